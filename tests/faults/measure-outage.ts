// One engine of the production deployment gone for minutes under a live load: what broker and ingest do meanwhile, and afterwards.
import { openPool } from '../../storage/database.ts';
import { createFleet, DEVICES_PER_GATEWAY } from '../bench/fleet.ts';
import { processUse } from '../bench/process-cpu.ts';
import { createClinic, createPatient } from '../system/clinic.ts';
import { PRODUCTION, type ProductionEngines } from '../system/deployment.ts';
import { type RunningSystem, startSystem } from '../system/running-system.ts';
import { until } from '../system/until.ts';
import { startWebhookReceiver } from '../system/webhook-receiver.ts';
import { accountForReadings, isNearlyConsumed, tellJournal } from './account-for-readings.ts';
import { type GatewayLoad, startGatewayLoad } from './gateway-load.ts';
import { prepareLow } from './prepare-low.ts';
import { probeBroker } from './probe-broker.ts';
import { createReadingLedger } from './reading-ledger.ts';
import type { FaultScene } from './snoozed-alert.ts';
import { type StoringWatch, watchStoring } from './watch-storing.ts';

export const OUTAGE_ENGINES = ['redis', 'influxdb', 'postgres'] as const;
export type OutageEngine = (typeof OUTAGE_ENGINES)[number];

export interface Outage {
  readonly engine: OutageEngine;
  /** What is told of it, by name. */
  readonly figures: Readonly<Record<string, string | number>>;
  /** Everything that Pulseward wrote. */
  readonly output: string;
}

export interface OutageOptions {
  readonly minutes: number;
  readonly readingsPerSecond: number;
  /** Is told how it stands every ten seconds. */
  readonly print: (line: string) => void;
}

/** Twenty devices each: at 1,500 readings/s one tells a reading in 4 s. */
const GATEWAYS = 300;
const READINGS_PER_MESSAGE = 10;
/** Every device has to have told something: while Postgres is away a broker knows only whom it has met. */
const WARM_UP_TURNS = 1.2;
const SAMPLE_MS = 10_000;
const ROLES = ['broker', 'ingest', 'alerting', 'dashboards'] as const;
const CAUGHT_UP_WITHIN_MS = 30 * 60_000;

export async function measureOutage(engine: OutageEngine, options: OutageOptions): Promise<Outage> {
  const engines = await PRODUCTION.start();
  const webhook = await startWebhookReceiver();
  const system = await startSystem({ env: { ...engines.env, PULSEWARD_WEBHOOK_ALLOW: '127.0.0.1' } });
  try {
    const clinic = await createClinic(system.api, webhook);
    const scene = { system, webhook, clinic, ledger: createReadingLedger() };
    const figures = await runOutage(engine, options, engines, scene);
    return { engine, figures, output: system.output() };
  } finally {
    await system.destroy();
    await engines.destroy();
    await webhook.close();
  }
}

async function runOutage(
  engine: OutageEngine,
  { minutes, readingsPerSecond, print }: OutageOptions,
  engines: ProductionEngines,
  scene: FaultScene,
): Promise<Outage['figures']> {
  const { system, clinic, ledger } = scene;
  const pool = openPool(engines.postgres.databaseUrl, { max: 1, applicationName: 'fleet' });
  const { gateways } = await createFleet(pool, GATEWAYS, clinic.teamId);
  await pool.end();
  const low = await prepareLow(scene, await createPatient(system.api, clinic.teamId));
  const probe = await probeBroker(scene, await createPatient(system.api, clinic.teamId));
  const storing = watchStoring(engines.postgres.databaseUrl);
  const load = startGatewayLoad(system.mqttPort, gateways, ledger, {
    readingsPerSecond,
    readingsPerMessage: READINGS_PER_MESSAGE,
  });
  await until('the load runs', 120_000, () => load.progress.count() > 10 * readingsPerSecond && load.lagMs() < 1_000);
  const pids = await Promise.all(ROLES.map((role) => system.rolePid(role)));
  const startedAt = performance.now();
  const watch = { system, load, storing, pids, print, startedAt, highest: new Map<string, number>() };

  const turnMs = (GATEWAYS * DEVICES_PER_GATEWAY * READINGS_PER_MESSAGE * 1000) / readingsPerSecond;
  await watchFor(watch, WARM_UP_TURNS * turnMs);
  const before = memoryOf(pids);
  watch.highest.clear();
  const server = { redis: engines.redis, influxdb: engines.influx, postgres: engines.postgres }[engine];
  await server.kill();
  const goneAt = performance.now();
  const countWhenGone = load.progress.count();
  print(`${engine} is gone`);
  probe.begin();
  void low.publish();
  await watchFor(watch, minutes * 60_000);
  const countWhenBack = load.progress.count();
  const lagWhenBackMs = load.lagMs();
  const waiting = await tellJournal(system);
  await server.start();
  const backAt = performance.now();
  print(`${engine} is back (${Math.round(backAt - goneAt)} ms)`);
  await until('readings are acknowledged', 120_000, () => load.progress.count() > countWhenBack);
  await watchUntilCaughtUp(watch, readingsPerSecond);
  const caughtUpAt = performance.now();
  await until('the system is ready', 60_000, () => system.ready());
  await low.paged();
  const toldByBroker = await probe.end();
  const restarted = (await Promise.all(ROLES.map((role) => system.rolePid(role)))).filter((pid) => !pids.includes(pid));
  const after = memoryOf(pids);
  const troubles = `${load.troubles.closed}, ${JSON.stringify(load.troubles.refused)}`;

  await load.stop();
  await storing.stop();
  const accounts = await accountForReadings(system, ledger, {
    recordsMayRepeat: true,
    influx: engines.influx.settings,
  });
  const megabytes = (role: (typeof ROLES)[number]) =>
    `${before.get(role)} → ${watch.highest.get(role)} at most → ${after.get(role)} MB`;
  const caughtUpMs = caughtUpAt - backAt;
  // All that was measured while it was gone, and what came in addition until everything was stored.
  const caughtUpWith = (readingsPerSecond * (caughtUpAt - goneAt)) / 1000;
  return {
    'acknowledged while it was gone, readings/s': Math.round(
      (1000 * (countWhenBack - countWhenGone)) / (backAt - goneAt),
    ),
    'devices behind when it was back, s': Math.round(lagWhenBackMs / 1000),
    'journal when it was back': waiting,
    'a message that waited: connection closed after, s': toldByBroker.closedAfterSeconds ?? 'not closed',
    'CONNECT refused with code 3 from, s': toldByBroker.refusedFromSeconds ?? 'not refused',
    'connections lost, sign-ins refused': troubles,
    'acknowledging again after it was back, ms': Math.round(load.progress.nextAfterMs(backAt) ?? Number.NaN),
    'storing again after it was back, ms': Math.round(storing.progress.nextAfterMs(backAt) ?? Number.NaN),
    'a low of the first second paged after it was back, ms': Math.round(low.pagedAfterMs() - (backAt - goneAt)),
    'caught up after, s': (caughtUpMs / 1000).toFixed(1),
    'catching up, readings/s': Math.round((caughtUpWith * 1000) / caughtUpMs),
    'times the live rate': ((caughtUpWith * 1000) / caughtUpMs / readingsPerSecond).toFixed(1),
    'broker, resident': megabytes('broker'),
    'ingest, resident': megabytes('ingest'),
    'alerting, resident': megabytes('alerting'),
    'dashboards, resident': megabytes('dashboards'),
    'roles started again': restarted.length,
    'acknowledged, lost, stored twice': `${accounts.readings}, 0, 0 (${accounts.duplicate} duplicates)`,
  };
}

interface Watch {
  readonly system: RunningSystem;
  readonly load: GatewayLoad;
  readonly storing: StoringWatch;
  readonly pids: readonly number[];
  readonly print: (line: string) => void;
  readonly startedAt: number;
  /** MB by role. */
  readonly highest: Map<string, number>;
}

async function watchFor(watch: Watch, forMs: number): Promise<void> {
  for (const endsAt = performance.now() + forMs; performance.now() < endsAt; )
    await sampleFor(watch, Math.min(SAMPLE_MS, endsAt - performance.now()), () => false);
}

/** No device is behind, and nothing waits for ingest but what comes in a second. */
async function watchUntilCaughtUp(watch: Watch, readingsPerSecond: number): Promise<void> {
  const { load, system } = watch;
  const isSo = async () => load.lagMs() < 500 && (await isNearlyConsumed(system, readingsPerSecond));
  for (const endsAt = performance.now() + CAUGHT_UP_WITHIN_MS; performance.now() < endsAt; )
    if (await sampleFor(watch, SAMPLE_MS, isSo)) return;
  throw new Error(`not caught up within ${CAUGHT_UP_WITHIN_MS} ms`);
}

/** Whether it ended early because `isOver`. */
async function sampleFor(watch: Watch, forMs: number, isOver: () => boolean | Promise<boolean>): Promise<boolean> {
  const { load, storing, pids, system, print, startedAt, highest } = watch;
  const from = performance.now();
  let over = false;
  while (!over && performance.now() - from < forMs) {
    await new Promise((resolve) => setTimeout(resolve, Math.min(200, Math.max(0, from + forMs - performance.now()))));
    for (const [role, megabytes] of memoryOf(pids)) highest.set(role, Math.max(highest.get(role) ?? 0, megabytes));
    over = await isOver();
  }
  const now = performance.now();
  const memory = [...memoryOf(pids)].map(([role, megabytes]) => `${role} ${megabytes}`).join(', ');
  print(
    `${Math.round((now - startedAt) / 1000)} s: ${Math.round(load.progress.rate(from, now))} readings/s acknowledged, ` +
      `${Math.round(storing.progress.rate(from, now))} records/s stored, devices ${Math.round(load.lagMs() / 1000)} s behind, ` +
      `journal ${await tellJournal(system)}; MB: ${memory}`,
  );
  return over;
}

function memoryOf(pids: readonly number[]): Map<string, number> {
  return new Map(
    ROLES.map((role, index) => [role, Math.round((processUse(pids[index]!)?.residentBytes ?? 0) / 2 ** 20)]),
  );
}
