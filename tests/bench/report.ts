// The bench's figures for people.
import { PARTS } from './measured-system.ts';
import type { Throughput } from './throughput.ts';
import type { WebhookLatency } from './webhook-latency.ts';

export interface Report {
  readonly cores: number;
  readonly node: string;
  readonly throughput: readonly Throughput[];
  readonly latency?: WebhookLatency | undefined;
  readonly idleBytes?: number | undefined;
}

const whole = (value: number) => Math.round(value).toLocaleString('en');
const ms = (value: number | undefined) => (value === undefined ? '–' : `${value.toFixed(1)} ms`);
const micros = (value: number) => value.toFixed(1);

export function printReport({ cores, node, throughput, latency, idleBytes }: Report): void {
  console.log(`\n${cores} cores shared with the load generator, Node ${node}\n`);
  const rows = throughput.map((load) => ({
    load: load.name,
    'acked/s': whole(load.acknowledgedPerSecond),
    'stored/s': whole(load.storedPerSecond),
    'evaluated %': (100 * load.evaluatedShare).toFixed(1),
    lost: load.lost,
    unacknowledged: load.unacknowledged,
    'catch-up s': load.catchUpSeconds.toFixed(1),
    episodes: load.opened.episodes,
    alerts: load.opened.alerts,
    'ack p50': ms(load.ackP50Ms),
    'ack p99': ms(load.ackP99Ms),
  }));
  if (rows.length > 0) {
    console.table(rows);
    console.log('CPU, µs per acknowledged reading');
    console.table(
      throughput.map((load) => ({
        load: load.name,
        ...Object.fromEntries(PARTS.map((part) => [part, micros(load.cpu[part])])),
        'load generator': micros(load.cpu.load),
      })),
    );
  }
  if (latency)
    console.log(
      `publish → webhook at ${whole(latency.readingsPerSecond)} readings/s: p50 ${ms(latency.p50Ms)}, p99 ${ms(latency.p99Ms)} (${latency.arrived} of ${latency.alerts} alerts arrived, ${latency.beside} more opened by the load); medians of its legs: ${Object.entries(
        latency.legsMs,
      )
        .map(([leg, value]) => `${leg} ${ms(value)}`)
        .join(', ')}`,
    );
  if (idleBytes !== undefined) console.log(`broker memory per idle connection: ${(idleBytes / 1024).toFixed(1)} KiB`);
}
