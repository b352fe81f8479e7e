// The peer under load, seen from outside: what InfluxDB has of what Mosquitto acknowledged.
import { setTimeout as delay } from 'node:timers/promises';
import type { LoadedSystem } from './loaded-system.ts';
import { PEER_BUCKET, type PeerServers } from './peer-servers.ts';
import { processUse } from './process-cpu.ts';

/** Telegraf writes what it has once a second. */
const QUIET_MS = 3_000;
const LONGEST_WAIT_MS = 120_000;

export function measurePeerSystem({ mqttPort, influx, pids }: PeerServers): LoadedSystem {
  /** InfluxDB's own counter: looking at it costs nothing, while a count goes through every series. */
  async function written(): Promise<number> {
    const line = /^storage_writer_ok_points_sum\{[^}]*\} ([\d.e+]+)/m.exec(await influx.ask('GET', '/metrics'));
    return line ? Number(line[1]) : 0;
  }
  return {
    mqttPort,
    cpu: () =>
      Object.fromEntries(Object.entries(pids).map(([part, pid]) => [part, processUse(pid)?.cpuSeconds ?? Number.NaN])),
    async stored() {
      const headers = { 'content-type': 'application/vnd.influxql' };
      const text = await influx.ask('POST', `/query?db=${PEER_BUCKET}`, 'select count(value) from cgm', headers);
      const answer = JSON.parse(text) as { results: { series?: { values: [unknown, number][] }[] }[] };
      return answer.results[0]?.series?.[0]?.values[0]?.[1] ?? 0;
    },
    async caughtUp() {
      const startedAt = performance.now();
      let grewAt = startedAt;
      let known = await written();
      while (performance.now() - grewAt < QUIET_MS && performance.now() - startedAt < LONGEST_WAIT_MS) {
        await delay(100);
        const now = await written();
        if (now === known) continue;
        known = now;
        grewAt = performance.now();
      }
      return (grewAt - startedAt) / 1000;
    },
  };
}
