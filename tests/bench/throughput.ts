// One load against the running system: what was acknowledged, stored and evaluated a second, what was lost, what each process paid.
import { until } from '../system/until.ts';
import type { LoadProcess } from './load-process.ts';
import { type CpuByPart, cpuPerReading, type MeasuredSystem } from './measured-system.ts';

export interface Load {
  readonly name: string;
  readonly connections: number;
  readonly inFlight: number;
  readonly seconds: number;
  readonly readingsPerMessage?: number;
}

export interface Throughput {
  readonly name: string;
  readonly acknowledgedPerSecond: number;
  /** Over the time until the last one was stored. */
  readonly storedPerSecond: number;
  readonly evaluatedShare: number;
  /** Acknowledged and not stored. */
  readonly lost: number;
  /** Published, and neither acknowledged within the drain nor known to be refused. */
  readonly unacknowledged: number;
  readonly catchUpSeconds: number;
  /** Within the load: episodes that ingest first saw, alerts that alerting opened. */
  readonly opened: { readonly episodes: number; readonly alerts: number };
  readonly ackP50Ms: number | undefined;
  readonly ackP99Ms: number | undefined;
  /** µs per reading by process. */
  readonly cpu: CpuByPart & { readonly load: number };
}

export async function measureThroughput(
  load: Load,
  {
    port,
    fleetFile,
    generator,
    system,
  }: { port: number; fleetFile: string; generator: LoadProcess; system: MeasuredSystem },
): Promise<Throughput> {
  await generator.connect(port, fleetFile, load.connections);
  if (load.readingsPerMessage === undefined) await generator.warmUp(load.inFlight, 3);
  await system.caughtUp();
  const before = { cpu: system.cpu(), stored: await system.stored(), evaluated: await system.evaluated() };
  const startedAt = Date.now();

  const result = await generator.run(load.inFlight, load.seconds, load.readingsPerMessage);
  const catchUpSeconds = await system.caughtUp();
  const stored = (await system.stored()) - before.stored;
  // A worker that was behind evaluates once it has caught up.
  await until(
    'everything is evaluated',
    15_000,
    async () => (await system.evaluated()) - before.evaluated >= stored,
  ).catch(() => undefined);
  // Alerting follows by itself; what it still lacks is seen in the figures.
  const opened = () => system.openedSince(startedAt);
  await until('every low has its alert', 15_000, async () => (await opened()).alerts >= result.sunk).catch(
    () => undefined,
  );
  const after = { cpu: system.cpu(), evaluated: await system.evaluated() };
  await generator.close();

  return {
    name: load.name,
    acknowledgedPerSecond: result.acknowledgedInTime / result.seconds,
    storedPerSecond: stored / (result.seconds + result.drainSeconds + catchUpSeconds),
    evaluatedShare: (after.evaluated - before.evaluated) / stored,
    lost: Math.max(0, result.acknowledged - stored),
    unacknowledged: result.unacknowledged,
    catchUpSeconds,
    opened: await opened(),
    ackP50Ms: result.ackP50Ms,
    ackP99Ms: result.ackP99Ms,
    cpu: {
      ...cpuPerReading(before.cpu, after.cpu, result.acknowledged),
      load: (result.cpuSeconds * 1e6) / result.acknowledged,
    },
  };
}
