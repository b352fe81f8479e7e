// The production deployment under 3,000 readings/s: every role, the supervisor and each engine are killed, in turn and then at random.
// What was acknowledged is there once, every low has paged once, timers run on. FAULT_KILLS sets how many kills.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { between } from '../../simulators/traces/random.ts';
import { openPool } from '../../storage/database.ts';
import { createFleet } from '../bench/fleet.ts';
import { requireEngine } from '../production-engine.ts';
import { missingInfluxd } from '../start-test-influxdb.ts';
import { createClinic, createDevice, createPatient } from '../system/clinic.ts';
import { PRODUCTION, type ProductionEngines } from '../system/deployment.ts';
import { openDatabase, startSystem } from '../system/running-system.ts';
import { until } from '../system/until.ts';
import { startWebhookReceiver } from '../system/webhook-receiver.ts';
import { accountForAlerts } from './account-for-alerts.ts';
import { accountForReadings, isNearlyConsumed } from './account-for-readings.ts';
import { chanceOf, FAULT_KILLS } from './fault-rounds.ts';
import { type GatewayLoad, startGatewayLoad } from './gateway-load.ts';
import { type Low, prepareLow } from './prepare-low.ts';
import { createReadingLedger } from './reading-ledger.ts';
import { expectSnoozeToEnd, type FaultScene, openAlert } from './snoozed-alert.ts';
import { LOAD_DEVICES, LOAD_KINDS, type LoadDevice, type SteadyLoad, startSteadyLoad } from './steady-load.ts';
import { type StoringWatch, watchStoring } from './watch-storing.ts';

requireEngine(PRODUCTION.missing ?? missingInfluxd);

const TARGETS = ['broker', 'ingest', 'alerting', 'dashboards', 'redis', 'influxdb', 'postgres', 'supervisor'] as const;
type Target = (typeof TARGETS)[number];
const KILLS = FAULT_KILLS ?? TARGETS.length;
const READINGS_PER_SECOND = 3_000;
/** Twenty devices each: at 3,000 readings/s one tells a reading in 2 s. */
const GATEWAYS = 300;
const READINGS_PER_MESSAGE = 10;
/** Lows on their way when something is killed. */
const LOWS = 3;
/** An engine is gone this long at most. */
const AWAY_AT_MOST_MS = 4_000;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

const sequence = Array.from({ length: KILLS }, (_, kill) => ({
  kill: kill + 1,
  target: TARGETS[kill] ?? TARGETS[Math.floor(chanceOf('whom', kill)() * TARGETS.length)]!,
}));
const lows: Low[] = [];
/** Patients of the lows that were put off. */
const putOff: string[] = [];
const recoveries: Record<string, number | string>[] = [];
let engines: ProductionEngines;
let scene: FaultScene;
let load: GatewayLoad;
let mixed: SteadyLoad;
let storing: StoringWatch;
let loadedAt: number;

beforeAll(async () => {
  if (PRODUCTION.missing ?? missingInfluxd) return;
  engines = await PRODUCTION.start();
  const webhook = await startWebhookReceiver();
  const system = await startSystem({ env: { ...engines.env, PULSEWARD_WEBHOOK_ALLOW: '127.0.0.1' } });
  const clinic = await createClinic(system.api, webhook);
  const ledger = createReadingLedger();
  scene = { system, webhook, clinic, ledger };
  const devices: LoadDevice[] = [];
  for (const measures of [...LOAD_KINDS, ...LOAD_KINDS]) {
    const patientId = await createPatient(system.api, clinic.teamId);
    devices.push({ ...(await createDevice(system.api, LOAD_DEVICES[measures], patientId)), measures });
  }
  const pool = openPool(engines.postgres.databaseUrl, { max: 1, applicationName: 'fleet' });
  const { gateways } = await createFleet(pool, GATEWAYS, clinic.teamId);
  await pool.end();
  storing = watchStoring(engines.postgres.databaseUrl);
  const options = { readingsPerSecond: READINGS_PER_SECOND, readingsPerMessage: READINGS_PER_MESSAGE };
  load = startGatewayLoad(system.mqttPort, gateways, ledger, options);
  loadedAt = performance.now();
  await until('the load runs', 60_000, () => load.progress.count() > 5 * READINGS_PER_SECOND && load.lagMs() < 1_000);
  // Corrections, repetitions and what is refused, beside it.
  const past = { firstAt: Date.now() - 20 * DAY_MS, stepMs: MINUTE_MS, pauseMs: 50, chance: chanceOf('mixed', 0) };
  mixed = startSteadyLoad(system.mqttPort, devices, ledger, past);
});
afterAll(async () => {
  await storing?.stop();
  await scene?.system.destroy();
  // What the load still waits for, nobody answers any more.
  await engines?.destroy();
  await scene?.webhook.close();
});

/** Resolves when it is there again, with how long it was gone. */
async function kill(target: Target, awayMs: number): Promise<void> {
  const { system } = scene;
  if (target === 'supervisor') {
    process.kill(system.supervisorPid(), 'SIGKILL');
    return system.start();
  }
  if (target === 'redis' || target === 'influxdb' || target === 'postgres') {
    const engine = { redis: engines.redis, influxdb: engines.influx, postgres: engines.postgres }[target];
    await engine.kill();
    await new Promise((resolve) => setTimeout(resolve, awayMs));
    return engine.start();
  }
  process.kill(await system.rolePid(target), 'SIGKILL');
}

/** By patient: how many alerts, and how many of them the receiver has been told of. */
async function alertsOf(patientIds: readonly string[]): Promise<Record<string, { alerts: number; told: number }>> {
  const heard = new Set(scene.webhook.distinct().map(({ body }) => body.alertId));
  const database = await openDatabase(scene.system);
  const { rows } = await database
    .query<{ patient_id: string; alert_id: string }>(
      'select patient_id, alert_id from alerts join patients using (patient_key) where patient_id = any($1::uuid[])',
      [patientIds],
    )
    .finally(() => database.end());
  const byPatient = Object.groupBy(rows, ({ patient_id }) => patient_id);
  return Object.fromEntries(
    Object.entries(byPatient).map(([patientId, alerts = []]) => [
      patientId,
      { alerts: alerts.length, told: alerts.filter(({ alert_id }) => heard.has(alert_id)).length },
    ]),
  );
}

describe('kill -9 under 3,000 readings/s', () => {
  test.each(sequence)(
    'kill $kill, $target: readings are acknowledged and stored again, lows on their way page once, a timer runs on',
    async ({ kill: number, target }) => {
      const { system, clinic } = scene;
      await until('ingest is not behind', 120_000, () => isNearlyConsumed(system, READINGS_PER_SECOND));
      const chance = chanceOf('production kills', number);
      const open = await openAlert(scene, `Snoozed ${number}`);
      const mine = await Promise.all(
        Array.from({ length: LOWS }, async (_, index) => {
          const patientId = await createPatient(system.api, clinic.teamId, { name: `Low ${number} ${index}` });
          return prepareLow(scene, patientId);
        }),
      );
      const snoozed = await open.snooze(Math.round(between(chance, 1_000, 10_000)));
      for (const low of mine) setTimeout(() => void low.publish(), between(chance, 0, 150));
      // At any moment between publish and page.
      await new Promise((resolve) => setTimeout(resolve, between(chance, 0, 250)));
      const awayMs = Math.round(between(chance, 0, AWAY_AT_MOST_MS));
      const killedAt = performance.now();
      const before = load.progress.count();
      await kill(target, awayMs);
      const backMs = Math.round(performance.now() - killedAt);

      await until(
        'readings are acknowledged again',
        60_000,
        () => load.progress.count() > before + 3 * READINGS_PER_SECOND,
      );
      await until('the load has caught up', 60_000, () => load.lagMs() < 1_000);
      const stored = storing.progress.count();
      await until('readings are stored again', 60_000, () => storing.progress.count() > stored + 100);
      await until('the system is ready', 60_000, () => system.ready());
      for (const low of mine) await low.paged();
      const row = {
        killed: target,
        'there again, ms': backMs,
        'acknowledging, ms': Math.round(load.progress.resumedAfterMs(killedAt)),
        'storing, ms': Math.round(storing.progress.resumedAfterMs(killedAt)),
        'lows paged, ms': mine.map(({ pagedAfterMs }) => pagedAfterMs()).join(' '),
      };
      recoveries.push(row);
      console.log(`kill ${number}: ${JSON.stringify(row)}`);
      await expectSnoozeToEnd(scene, snoozed);
      await accountForAlerts(system);
      lows.push(...mine);
      putOff.push(open.patientId);
    },
    300_000,
  );

  test('nothing that was acknowledged is lost or stored twice, no low is lost, and nobody was told anything twice', async () => {
    const { system, webhook, ledger } = scene;
    const seconds = (performance.now() - loadedAt) / 1000;
    await Promise.all([load.stop(), mixed.stop()]);
    const accounts = await accountForReadings(system, ledger, {
      recordsMayRepeat: true,
      influx: engines.influx.settings,
    });
    for (const low of lows) await low.paged();
    const distinct = webhook.distinct();
    const ids = new Set(distinct.map(({ body }) => body.notificationId));
    console.table(recoveries);
    console.log(
      `${recoveries.length} kills in ${seconds.toFixed(0)} s: ${(load.progress.count() / seconds).toFixed(0)} readings/s acknowledged; ` +
        `${accounts.readings} readings, lost 0, stored twice 0 (${accounts.duplicate} duplicates, ${accounts.corrected} corrected, ` +
        `${accounts.rejected} rejected); ${lows.length} lows, ${new Set(distinct.map(({ body }) => body.alertId)).size} alerts, ` +
        `${distinct.length} notifications, ${webhook.received.length - distinct.length} came again under their key`,
    );
    expect(recoveries, 'kills').toHaveLength(KILLS);
    expect(load.progress.count() / seconds, 'readings a second').toBeGreaterThan(READINGS_PER_SECOND * 0.95);
    expect(ids.size, 'a notification under two keys').toBe(distinct.length);
    const opened = distinct.flatMap(({ body }) => (body.kind === 'opened' ? [body.alertId] : []));
    expect(new Set(opened).size, 'an alert that was opened twice').toBe(opened.length);
    const patients = [...lows.map(({ patientId }) => patientId), ...putOff];
    expect(await alertsOf(patients), 'alerts by patient with a low').toEqual(
      Object.fromEntries(patients.map((patientId) => [patientId, { alerts: 1, told: 1 }])),
    );
    expect(webhook.received.every(({ signatureValid }) => signatureValid)).toBe(true);
  }, 300_000);
});
