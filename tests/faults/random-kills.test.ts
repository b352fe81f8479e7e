// kill -9 of anything at any moment under load: what was acknowledged is there once with the fate it should have, open alerts, their
// states and timers go on. FAULT_ROUNDS sets the kills per target; each round has its own load, and its own moment.
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { between } from '../../simulators/traces/random.ts';
import { createClinic, createDevice, createPatient } from '../system/clinic.ts';
import { connectDevice } from '../system/mqtt-device.ts';
import { openDatabase, type RunningSystem, startSystem } from '../system/running-system.ts';
import { until } from '../system/until.ts';
import { startWebhookReceiver } from '../system/webhook-receiver.ts';
import { accountForAlerts } from './account-for-alerts.ts';
import { accountForReadings } from './account-for-readings.ts';
import { chanceOf, FAULT_ROUNDS } from './fault-rounds.ts';
import { createReadingLedger, lowFingerstick, payloadOf } from './reading-ledger.ts';
import { expectSnoozeToEnd, expectSnoozeToStand, type FaultScene, openAlert, pagesOf } from './snoozed-alert.ts';
import { LOAD_DEVICES, LOAD_KINDS, type LoadDevice, startSteadyLoad } from './steady-load.ts';

const TARGETS = ['broker', 'ingest', 'alerting', 'dashboards', 'postgres', 'supervisor', 'everything'] as const;
/** M: 15 to 25 s on two busy cores. */
const ROUND_WITHIN_MS = 120_000;
const DEVICES = 20;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** A fast machine sends more than a day of minutes in a round. */
const DAYS_PER_ROUND = 5;

let scene: FaultScene;
let system: RunningSystem;
const devices: LoadDevice[] = [];
/** The rounds lie one after the other in the past: of an identity that a former round has corrected this one's books know nothing. */
let firstAt = Date.now() - (TARGETS.length * FAULT_ROUNDS * DAYS_PER_ROUND + 3) * DAY_MS;

beforeAll(async () => {
  const webhook = await startWebhookReceiver();
  system = await startSystem({ env: { PULSEWARD_WEBHOOK_ALLOW: '127.0.0.1' } });
  const clinic = await createClinic(system.api, webhook);
  scene = { system, webhook, clinic, ledger: createReadingLedger() };
  for (let index = 0; index < DEVICES; index++) {
    const patientId = await createPatient(system.api, clinic.teamId, { name: `Patient ${index}` });
    const measures = LOAD_KINDS[index % LOAD_KINDS.length]!;
    devices.push({ ...(await createDevice(system.api, LOAD_DEVICES[measures], patientId)), measures });
  }
});
afterAll(async () => {
  await system?.destroy();
  await scene?.webhook.close();
});

async function kill(target: (typeof TARGETS)[number]): Promise<void> {
  if (target === 'everything') {
    await system.killAll();
    return system.start();
  }
  if (target === 'supervisor') {
    process.kill(system.supervisorPid(), 'SIGKILL');
    return system.start();
  }
  const pid = target === 'postgres' ? await system.postmasterPid() : await system.rolePid(target);
  process.kill(pid, 'SIGKILL');
}

test.each(TARGETS)(
  'kill -9 of %s under load loses nothing that was acknowledged, forgets no alert and sends none twice',
  async (target) => {
    const { webhook, clinic, ledger } = scene;
    const sleeper = await openAlert(scene, `Put off ${target}`);
    for (let round = 0; round < FAULT_ROUNDS; round++) {
      const chance = chanceOf(target, round);
      const open = await openAlert(scene, `Snoozed ${target} ${round}`);
      const patientId = await createPatient(system.api, clinic.teamId, { name: `Low ${target} ${round}` });
      const lowDevice = await createDevice(system.api, 'glucometer', patientId);
      const load = startSteadyLoad(system.mqttPort, devices, ledger, { firstAt, stepMs: MINUTE_MS, chance });
      onTestFinished(() => load.stop());
      await until('the load runs', 20_000, () => load.acknowledged() > 100);

      const asleep = await sleeper.snooze(20 * MINUTE_MS);
      // Falls due while nobody is there to notice, or soon after.
      const snoozed = await open.snooze(Math.round(between(chance, 1_000, 12_000)));
      const connection = await connectDevice(system.mqttPort, lowDevice);
      onTestFinished(() => connection.close());
      ledger.watch(connection.client);
      const low = lowFingerstick();
      const published = connection
        .publishBytes(`v1/devices/${lowDevice.deviceId}/readings`, payloadOf([low]))
        .then(() => ledger.acknowledge(lowDevice, [low]));
      // At any moment between publish and page.
      await new Promise((resolve) => setTimeout(resolve, between(chance, 0, 150)));
      const killedAt = performance.now();
      await kill(target);
      const countBefore = load.acknowledged();
      await until('readings are acknowledged again', 60_000, () => load.acknowledged() > countBefore + 100);
      console.log(`${target}: acknowledging again after ${Math.round(performance.now() - killedAt)} ms`);
      await until('the system is ready', 60_000, () => system.ready());
      await expectSnoozeToStand(scene, asleep);
      await expectSnoozeToEnd(scene, snoozed);

      await published;
      await connection.close();
      await load.stop();
      firstAt = load.nextAt();
      await accountForReadings(system, ledger);
      const alert = await until('the low is an alert', 30_000, async () => {
        const page = await system.api.get<{ items: { alertId: string; state: string; severity: string }[] }>(
          `/alerts?patientId=${patientId}`,
        );
        expect(page.items.length).toBeLessThanOrEqual(1);
        return page.items[0];
      });
      expect(alert).toMatchObject({ state: 'open', severity: 'critical' });
      await until('the webhook has it', 30_000, () => pagesOf(webhook, alert.alertId).length > 0);
      expect(pagesOf(webhook, alert.alertId).map(({ body }) => body.kind)).toEqual(['opened']);
      await expectTimers([snoozed.alertId, alert.alertId]);
      await accountForAlerts(system);
    }
  },
  60_000 + FAULT_ROUNDS * ROUND_WITHIN_MS,
);

/** Both are told again a quarter of an hour after they were told last. */
async function expectTimers(alertIds: readonly string[]): Promise<void> {
  const database = await openDatabase(system);
  try {
    const { rows } = await database.query<{ due_at: number }>(
      'select due_at::float8 from alerts where alert_id = any($1)',
      [alertIds],
    );
    expect(rows).toHaveLength(alertIds.length);
    for (const { due_at } of rows) {
      expect(due_at).toBeGreaterThan(Date.now());
      expect(due_at).toBeLessThanOrEqual(Date.now() + 15 * MINUTE_MS);
    }
  } finally {
    await database.end();
  }
}
