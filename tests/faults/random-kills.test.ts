// kill -9 of anything at any moment under load: what was acknowledged is there once, open alerts and their timers go on.
// FAULT_ROUNDS sets the kills per target (2 where nothing is said; `npm run faults` runs 20 each).
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Clinic, createClinic, createDevice, createPatient, type DeviceAccess } from '../system/clinic.ts';
import { connectDevice } from '../system/mqtt-device.ts';
import { type RunningSystem, startSystem } from '../system/running-system.ts';
import { until } from '../system/until.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../system/webhook-receiver.ts';
import { accountForReadings } from './account-for-readings.ts';
import { startSteadyLoad } from './steady-load.ts';

const ROUNDS = Number(process.env.FAULT_ROUNDS ?? 2);
const TARGETS = ['broker', 'ingest', 'alerting', 'dashboards', 'postgres', 'supervisor', 'everything'] as const;
/** M: 10 to 12 s on two busy cores. */
const ROUND_WITHIN_MS = 90_000;
const DEVICES = 20;
const MINUTE_MS = 60_000;

let system: RunningSystem;
let webhook: WebhookReceiver;
let clinic: Clinic;
const devices: DeviceAccess[] = [];
let firstAt = Date.now() - 20 * 24 * 60 * MINUTE_MS;

beforeAll(async () => {
  webhook = await startWebhookReceiver();
  system = await startSystem({ env: { PULSEWARD_WEBHOOK_ALLOW: '127.0.0.1' } });
  clinic = await createClinic(system.api, webhook);
  for (let index = 0; index < DEVICES; index++) {
    const patientId = await createPatient(system.api, clinic.teamId, { name: `Patient ${index}` });
    devices.push(await createDevice(system.api, 'cgm', patientId));
  }
});
afterAll(async () => {
  await system?.destroy();
  await webhook?.close();
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
  'kill -9 of %s under load loses nothing that was acknowledged and sends no alert twice',
  async (target) => {
    for (let round = 0; round < ROUNDS; round++) {
      const patientId = await createPatient(system.api, clinic.teamId, { name: `Low ${target} ${round}` });
      const lowDevice = await createDevice(system.api, 'glucometer', patientId);
      const load = startSteadyLoad(system.mqttPort, devices, firstAt, MINUTE_MS);
      await until('the load runs', 20_000, () => load.acknowledged.size > 100);

      const connection = await connectDevice(system.mqttPort, lowDevice);
      const low = connection.publish({
        kind: 'smbg',
        at: Date.now() - 1000,
        value: 45,
        unit: 'mg/dL',
        context: 'random',
      });
      // At any moment between publish and page.
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 150));
      const killedAt = performance.now();
      await kill(target);
      const countBefore = load.acknowledged.size;
      await until('readings are acknowledged again', 60_000, () => load.acknowledged.size > countBefore + 100);
      console.log(`${target}: acknowledging again after ${Math.round(performance.now() - killedAt)} ms`);
      await low;
      await connection.close();
      await load.stop();
      firstAt += 24 * 60 * MINUTE_MS - Math.floor(Math.random() * 1000);

      await until('the system is ready', 60_000, () => system.ready());
      await accountForReadings(system, load.acknowledged);
      const alert = await until('the low is an alert', 30_000, async () => {
        const page = await system.api.get<{ items: { alertId: string }[] }>(`/alerts?patientId=${patientId}`);
        expect(page.items.length).toBeLessThanOrEqual(1);
        return page.items[0];
      });
      await until('the webhook has it', 30_000, () =>
        webhook.received.some((entry) => entry.body.alertId === alert.alertId),
      );
      const opened = webhook
        .distinct()
        .filter((entry) => entry.body.alertId === alert.alertId && entry.body.kind === 'opened');
      expect(opened).toHaveLength(1);
    }
  },
  60_000 + ROUNDS * ROUND_WITHIN_MS,
);
