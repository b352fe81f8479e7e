// The three crash points of the design, each taken exactly: the process kills itself there once, is started again, and the books balance.
// FAULT_ROUNDS sets the rounds; from the second on the low comes at another moment, among other readings, after another kind of stop.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { between } from '../../simulators/traces/random.ts';
import { type Clinic, createClinic, createDevice, createPatient, type DeviceAccess } from '../system/clinic.ts';
import { connectDevice, type TestDevice } from '../system/mqtt-device.ts';
import { openDatabase, type RunningSystem, startSystem } from '../system/running-system.ts';
import { until } from '../system/until.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../system/webhook-receiver.ts';
import { accountForAlerts } from './account-for-alerts.ts';
import { accountForReadings } from './account-for-readings.ts';
import { chanceOf, FAULT_ROUNDS } from './fault-rounds.ts';
import {
  createReadingLedger,
  fingerstick,
  type Item,
  lowFingerstick,
  payloadOf,
  type ReadingLedger,
} from './reading-ledger.ts';

const ROUND_WITHIN_MS = 120_000;

describe.each(['after-store', 'after-offset', 'after-send'])('a crash %s', (point) => {
  let system: RunningSystem;
  let webhook: WebhookReceiver;
  let clinic: Clinic;
  let ledger: ReadingLedger;

  beforeAll(async () => {
    webhook = await startWebhookReceiver();
    // Once a start and process: the first time the point is passed.
    system = await startSystem({ env: { PULSEWARD_WEBHOOK_ALLOW: '127.0.0.1', PULSEWARD_FAULT_POINT: point } });
    clinic = await createClinic(system.api, webhook);
    ledger = createReadingLedger();
  });
  afterAll(async () => {
    await system?.destroy();
    await webhook?.close();
  });

  const crashes = () => system.output().split(`fault point ${point}: this process kills itself`).length - 1;
  const publish = async (device: TestDevice, access: DeviceAccess, items: readonly Item[]) => {
    await device.publishBytes(`v1/devices/${access.deviceId}/readings`, payloadOf(items));
    ledger.acknowledge(access, items);
  };

  test(
    'is a non-event: one reading, one alert, one page to a receiver that honours the key',
    async () => {
      for (let round = 0; round < FAULT_ROUNDS; round++) {
        const chance = chanceOf(point, round);
        if (round > 0) {
          // Armed again by the start.
          if (chance() < 0.5) await system.stop();
          else await system.killAll();
          await system.start();
        }
        const patientId = await createPatient(system.api, clinic.teamId, { name: `Patient ${round}` });
        const access = await createDevice(system.api, 'glucometer', patientId);
        const device = await connectDevice(system.mqttPort, access);
        ledger.watch(device.client);
        // What the broker journals of the connection itself must not spend the crash.
        await until('the connection is known', 20_000, async () => {
          const { rows } = await query<{ online: boolean }>(
            system,
            'select s.online from device_status s join devices d using (device_key) where d.device_id = $1',
            [access.deviceId],
          );
          return rows[0]?.online;
        });
        expect(crashes()).toBe(round);

        const at = Date.now() - 1000;
        const calm = (count: number, from: number) =>
          Array.from({ length: count }, (_, n) => fingerstick(from + n, 110));
        const before = round === 0 ? 0 : Math.floor(between(chance, 0, 40));
        const after = round === 0 ? 0 : Math.floor(between(chance, 0, 40));
        await publish(device, access, [...calm(before, at - 60_000), lowFingerstick(at), ...calm(after, at - 90_000)]);

        await until('the process has killed itself', 20_000, () => crashes() === round + 1);
        const { alertId } = await until('the low is an alert', 30_000, async () => {
          const { items } = await system.api
            .get<{ items: { alertId: string }[] }>(`/alerts?patientId=${patientId}`)
            .catch(() => ({ items: [] }));
          return items[0];
        });
        const sends = () => webhook.received.filter(({ body }) => body.alertId === alertId);
        await until('the page arrives all the same', 30_000, () => sends().length >= (point === 'after-send' ? 2 : 1));
        await until('the system is ready', 30_000, () => system.ready());
        await publish(device, access, [fingerstick(at + 500, 44)]);
        await accountForReadings(system, ledger);
        await until('nothing waits to be told', 30_000, async () => {
          const { rows } = await query(
            system,
            `select 1 from notifications where status = 'pending' union all select 1 from signals where version > applied`,
          );
          return rows.length === 0;
        });
        await accountForAlerts(system);
        const { items } = await system.api.get<{ items: unknown[] }>(`/alerts?patientId=${patientId}`);
        expect(items).toHaveLength(1);
        for (const { body } of sends()) expect(body).toMatchObject({ kind: 'opened', severity: 'critical' });
        expect(new Set(sends().map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
        // Only who dies between sending and writing it down can't know that it was heard.
        if (point !== 'after-send') expect(sends()).toHaveLength(1);
        expect(crashes()).toBe(round + 1);
        await device.close();
      }
    },
    60_000 + FAULT_ROUNDS * ROUND_WITHIN_MS,
  );
});

async function query<T extends Record<string, unknown>>(system: RunningSystem, sql: string, values: unknown[] = []) {
  const database = await openDatabase(system);
  try {
    return await database.query<T>(sql, values);
  } finally {
    await database.end();
  }
}
