// A process of its own that publishes as told: the load must not share an event loop with whoever measures it.
// Told by IPC: connect, then run (as fast as acknowledgements allow) or pace (so many a second), one answer each.
import { readFileSync } from 'node:fs';
import type { FleetGateway } from './fleet.ts';
import { connectPublisher, type Publisher } from './mqtt-publisher.ts';
import { Latencies } from './percentiles.ts';

export type LoadCommand =
  | { readonly type: 'connect'; readonly port: number; readonly fleetFile: string; readonly connections: number }
  | {
      readonly type: 'run';
      readonly inFlight: number;
      readonly seconds: number;
      /** 1: a reading of now a message. More: that many five-minute readings a message, from two days ago on. */
      readonly readingsPerMessage: number;
    }
  | { readonly type: 'pace'; readonly perSecond: number; readonly seconds: number }
  | { readonly type: 'close' };

export interface LoadResult {
  readonly seconds: number;
  /** Until the last one in flight was acknowledged, after `seconds`. */
  readonly drainSeconds: number;
  readonly published: number;
  /** In all, the drain after the time included. */
  readonly acknowledged: number;
  /** Within the measured time: what rates are made of. */
  readonly acknowledgedInTime: number;
  readonly unacknowledged: number;
  readonly closed: number;
  readonly ackP50Ms: number | undefined;
  readonly ackP99Ms: number | undefined;
  readonly cpuSeconds: number;
}

interface Device {
  readonly topic: string;
  readonly phase: number;
  readonly low: boolean;
  lastAt: number;
  seq: number;
}

const CYCLE_MS = 300_000;
let publishers: Publisher[] = [];
let latencies = new Latencies();
let published = 0;
let acknowledged = 0;
let closed = 0;
let readingsPerMessage = 1;
let sending = true;

const BACKLOG_MS = 48 * 3_600_000;
const CADENCE_MS = 300_000;

/** Smooth, in range; one device in a hundred stays a little low, so that one reading in a hundred concerns a rule. */
function readingOf(device: Device): string {
  const backlog = readingsPerMessage > 1;
  const at = backlog
    ? (device.lastAt || Date.now() - BACKLOG_MS) + CADENCE_MS
    : Math.max(Date.now(), device.lastAt + 1);
  device.lastAt = at;
  const value = device.low ? 3.6 : 6.5 + 2.2 * Math.sin((at / CYCLE_MS + device.phase) * 2 * Math.PI);
  return `{"kind":"cgm","at":${at},"value":${value.toFixed(1)},"unit":"mmol/L","seq":${device.seq++}}`;
}

function payloadOf(device: Device): string {
  if (readingsPerMessage === 1) return readingOf(device);
  return `[${Array.from({ length: readingsPerMessage }, () => readingOf(device)).join(',')}]`;
}

async function connect(command: Extract<LoadCommand, { type: 'connect' }>): Promise<void> {
  const gateways = (JSON.parse(readFileSync(command.fleetFile, 'utf8')) as FleetGateway[]).slice(
    0,
    command.connections,
  );
  publishers = [];
  // A hundred at a time: a storm of connections is another test.
  for (let start = 0; start < gateways.length; start += 100) {
    publishers.push(
      ...(await Promise.all(
        gateways.slice(start, start + 100).map((gateway, index) => publisherOf(gateway, start + index, command.port)),
      )),
    );
  }
}

function publisherOf(gateway: FleetGateway, number: number, port: number): Promise<Publisher> {
  const devices = gateway.deviceIds.map((deviceId, index): Device => {
    const n = number * gateway.deviceIds.length + index;
    return { topic: `v1/devices/${deviceId}/readings`, phase: (n % 97) / 97, low: n % 100 === 0, lastAt: 0, seq: 0 };
  });
  let turn = number % devices.length;
  return connectPublisher({
    port,
    clientId: 'bench',
    username: gateway.username,
    password: gateway.password,
    next: () => {
      if (!sending) return undefined;
      const device = devices[turn] as Device;
      turn = (turn + 1) % devices.length;
      // Two days are all that a device kept.
      if (readingsPerMessage > 1 && device.lastAt > Date.now() - 2 * CADENCE_MS) return undefined;
      published += readingsPerMessage;
      return { topic: device.topic, payload: payloadOf(device) };
    },
    onAck: (latencyMs) => {
      acknowledged += readingsPerMessage;
      latencies.add(latencyMs);
    },
    onClose: () => {
      closed++;
    },
  });
}

async function measure(seconds: number, load: () => Promise<void>): Promise<LoadResult> {
  latencies = new Latencies();
  published = 0;
  acknowledged = 0;
  closed = 0;
  sending = true;
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  await load();
  const elapsed = (performance.now() - startedAt) / 1000;
  const acknowledgedInTime = acknowledged;
  sending = false;
  const drainingAt = performance.now();
  await Promise.all(publishers.map((publisher) => publisher.drain(30_000)));
  const cpu = process.cpuUsage(cpuBefore);
  return {
    seconds: elapsed || seconds,
    drainSeconds: (performance.now() - drainingAt) / 1000,
    published,
    acknowledged,
    acknowledgedInTime,
    unacknowledged: published - acknowledged,
    closed,
    ackP50Ms: latencies.percentile(50),
    ackP99Ms: latencies.percentile(99),
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
  };
}

const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function pace(perSecond: number, seconds: number): Promise<void> {
  const startedAt = performance.now();
  let sent = 0;
  let turn = 0;
  for (;;) {
    const elapsedMs = performance.now() - startedAt;
    if (elapsedMs >= seconds * 1000) return;
    for (const due = (elapsedMs / 1000) * perSecond; sent < due; sent++) {
      publishers[turn]?.sendOne();
      turn = (turn + 1) % publishers.length;
    }
    await after(5);
  }
}

process.on('message', (command: LoadCommand) => {
  handle(command).then(
    (result) => process.send?.({ result }),
    (error: Error) => process.send?.({ error: error.message }),
  );
});
process.on('disconnect', () => process.exit(0));

async function handle(command: LoadCommand): Promise<LoadResult | undefined> {
  switch (command.type) {
    case 'connect':
      await connect(command);
      return undefined;
    case 'run':
      readingsPerMessage = command.readingsPerMessage;
      return measure(command.seconds, async () => {
        for (const publisher of publishers) publisher.run(command.inFlight);
        await after(command.seconds * 1000);
      });
    case 'pace':
      readingsPerMessage = 1;
      return measure(command.seconds, () => pace(command.perSecond, command.seconds));
    case 'close':
      for (const publisher of publishers) publisher.close();
      publishers = [];
      return undefined;
  }
}
