// One load against a running system: what was acknowledged, stored and evaluated a second, what was lost, what each process paid.
import { until } from '../system/until.ts';
import type { LoadProcess } from './load-process.ts';
import { type CpuByPart, cpuPerReading, type LoadedSystem } from './loaded-system.ts';

export interface Load {
  readonly connections: number;
  readonly inFlight: number;
  readonly seconds: number;
  readonly readingsPerMessage?: number;
}

export interface Throughput {
  readonly acknowledgedPerSecond: number;
  /** Over the time until the last one was stored. */
  readonly storedPerSecond: number;
  /** Acknowledged and not stored. */
  readonly lost: number;
  /** Published, and neither acknowledged within the drain nor known to be refused. */
  readonly unacknowledged: number;
  readonly catchUpSeconds: number;
  /** Of a system that judges. */
  readonly judged?: {
    readonly evaluatedShare: number;
    /** Within the load: episodes first seen, alerts opened. */
    readonly episodes: number;
    readonly alerts: number;
  };
  readonly ackP50Ms: number | undefined;
  readonly ackP99Ms: number | undefined;
  /** µs per acknowledged reading, by process. */
  readonly cpu: CpuByPart;
}

export async function measureThroughput(
  load: Load,
  { fleetFile, generator, system }: { fleetFile: string; generator: LoadProcess; system: LoadedSystem },
): Promise<Throughput> {
  const { judgement } = system;
  await generator.connect(system.mqttPort, fleetFile, load.connections);
  if (load.readingsPerMessage === undefined) await generator.warmUp(load.inFlight, 3);
  await system.caughtUp();
  if (judgement)
    await reached(
      'what came before is evaluated',
      async () => (await judgement.evaluated()) >= (await system.stored()),
    );
  const before = { stored: await system.stored(), evaluated: (await judgement?.evaluated()) ?? 0, cpu: system.cpu() };
  const startedAt = Date.now();

  const result = await generator.run(load.inFlight, load.seconds, load.readingsPerMessage);
  const catchUpSeconds = await system.caughtUp();
  // What looking costs is not the load's, where looking counts every point.
  const cpuOfStoring = system.cpu();
  const stored = (await system.stored()) - before.stored;
  let judged: Throughput['judged'];
  if (judgement) {
    const evaluated = async () => (await judgement.evaluated()) - before.evaluated;
    // A worker that was behind evaluates once it has caught up.
    await reached('everything is evaluated', async () => (await evaluated()) >= stored);
    // Alerting follows by itself; what it still lacks is seen in the figures.
    const opened = () => judgement.openedSince(startedAt);
    await reached('every low has its alert', async () => (await opened()).alerts >= result.sunk);
    judged = { evaluatedShare: (await evaluated()) / stored, ...(await opened()) };
  }
  const cpu = judgement ? system.cpu() : cpuOfStoring;
  await generator.close();

  return {
    acknowledgedPerSecond: result.acknowledgedInTime / result.seconds,
    storedPerSecond: stored / (result.seconds + result.drainSeconds + catchUpSeconds),
    lost: Math.max(0, result.acknowledged - stored),
    unacknowledged: result.unacknowledged,
    catchUpSeconds,
    ...(judged && { judged }),
    ackP50Ms: result.ackP50Ms,
    ackP99Ms: result.ackP99Ms,
    cpu: {
      ...cpuPerReading(before.cpu, cpu, result.acknowledged),
      'load generator': (result.cpuSeconds * 1e6) / result.acknowledged,
    },
  };
}

/** Up to 15 s: what is not reached then shows in the figures. */
const reached = (what: string, condition: () => Promise<boolean>): Promise<unknown> =>
  until(what, 15_000, condition, 250).catch(() => undefined);
