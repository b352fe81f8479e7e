// The whole system with journal and queue on Redis: the way from a device to the team, Redis killed under load, and its queue's keys lost.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { requireEngine } from '../production-engine.ts';
import { redisVersion, startTestRedis, type TestRedis } from '../start-test-redis.ts';
import { type Clinic, createClinic, createDevice, createPatient } from '../system/clinic.ts';
import { connectDevice } from '../system/mqtt-device.ts';
import { openDatabase, type RunningSystem, startSystem } from '../system/running-system.ts';
import { until } from '../system/until.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../system/webhook-receiver.ts';
import { accountForAlerts } from './account-for-alerts.ts';
import { accountForReadings } from './account-for-readings.ts';
import { createReadingLedger, fingerstick, lowFingerstick, payloadOf, type ReadingLedger } from './reading-ledger.ts';

requireEngine(redisVersion ? undefined : 'no redis-server (PATH or REDIS_SERVER): the system on Redis is not tested');

const OPEN_ALERTS = 50;
let redis: TestRedis;
let system: RunningSystem;
let webhook: WebhookReceiver;
let clinic: Clinic;
let ledger: ReadingLedger;

beforeAll(async () => {
  if (!redisVersion) return;
  [redis, webhook] = await Promise.all([startTestRedis(), startWebhookReceiver()]);
  system = await startSystem({ env: { PULSEWARD_WEBHOOK_ALLOW: '127.0.0.1', REDIS_URL: redis.url } });
  clinic = await createClinic(system.api, webhook);
  ledger = createReadingLedger();
});
afterAll(async () => {
  await system?.destroy();
  await redis?.destroy();
  await webhook?.close();
});

async function openDevice(name: string) {
  const patientId = await createPatient(system.api, clinic.teamId, { name });
  const access = await createDevice(system.api, 'glucometer', patientId);
  const device = await connectDevice(system.mqttPort, access);
  ledger.watch(device.client);
  const publish = async (item: ReturnType<typeof fingerstick>) => {
    await device.publishBytes(`v1/devices/${access.deviceId}/readings`, payloadOf([item]));
    ledger.acknowledge(access, [item]);
  };
  return { patientId, device, publish };
}

const pagesOf = (alertId: string) => webhook.received.filter(({ body }) => body.alertId === alertId);

test('a low reaches the team, through the streams and queues of Redis alone; /readyz names Redis', async () => {
  const { patientId, device, publish } = await openDevice('Redis Patient');
  await publish(lowFingerstick());
  const page = await until('the team is paged', 10_000, () => webhook.received[0]);
  const { items } = await system.api.get<{ items: { alertId: string }[] }>(`/alerts?patientId=${patientId}`);
  expect(items).toMatchObject([{ alertId: page.body.alertId, severity: 'critical' }]);
  await device.close();

  const readiness = (await (await fetch(`${system.httpUrl}/readyz`)).json()) as { dependencies: object[] };
  expect(readiness.dependencies).toContainEqual({ name: 'redis', ready: true });
  const database = await openDatabase(system);
  const { rows } = await database.query(
    `select (select count(*)::int from journal_records) as records, to_regclass('bullmq.job') as jobs`,
  );
  await database.end();
  expect(rows).toEqual([{ records: 0, jobs: null }]);
});

test('Redis is killed five times under load: every acknowledged reading is stored once, every item has its fate', async () => {
  const devices = await Promise.all(Array.from({ length: 8 }, (_, n) => openDevice(`Busy Patient ${n}`)));
  let running = true;
  const start = Date.now() - 3_600_000;
  const publishing = devices.map(async ({ publish }) => {
    for (let n = 0; running; n++) await publish(fingerstick(start + n, 100 + (n % 40)));
  });
  for (let kill = 0; kill < 5; kill++) {
    const before = ledger.acknowledged.new;
    await until('readings are acknowledged', 40_000, () => ledger.acknowledged.new > before + 200);
    await redis.kill();
    const unready = await fetch(`${system.httpUrl}/readyz`);
    expect(unready.status).toBe(503);
    await redis.start();
    const backAt = performance.now();
    const known = ledger.acknowledged.new;
    await until('readings are acknowledged again', 20_000, () => ledger.acknowledged.new > known);
    console.log(`acknowledged again after ${Math.round(performance.now() - backAt)} ms`);
  }
  running = false;
  await Promise.all(publishing);
  await accountForReadings(system, ledger, { recordsMayRepeat: true });
  for (const { device } of devices) await device.close();
}, 240_000);

test(`all keys of the queue are lost again and again while ${OPEN_ALERTS} alerts open and ${OPEN_ALERTS} timers run: nothing is lost, nothing is sent twice`, async () => {
  const opened = await Promise.all(
    Array.from({ length: OPEN_ALERTS }, async (_, n) => {
      const patient = await openDevice(`Alerted Patient ${n}`);
      await patient.publish(lowFingerstick());
      return patient;
    }),
  );
  const alertOf = async (patientId: string) =>
    (await system.api.get<{ items: { alertId: string }[] }>(`/alerts?patientId=${patientId}&state=open`)).items[0];
  // Some are planned, some sent, some still on their way.
  await until('the first are paged', 20_000, () => webhook.received.length > 5);
  expect(await loseQueueKeys(3_000, 40)).toBeGreaterThan(20);
  const alertIds = await Promise.all(
    opened.map(async ({ patientId }) => (await until('it is open', 30_000, () => alertOf(patientId))).alertId),
  );
  await until('each is paged', 60_000, () => alertIds.every((alertId) => pagesOf(alertId).length > 0));

  const timers = await runTimers(alertIds);
  const lastDueAt = Math.max(...timers.values());
  // Timers aren't in the queue: what there is to lose is BullMQ's own.
  expect(await loseQueueKeys(lastDueAt - Date.now() + 5_000, 300)).toBeGreaterThan(0);
  await until('each is told again', 20_000, () => alertIds.every((alertId) => pagesOf(alertId).length > 1));
  const late = alertIds
    .map((alertId) => pagesOf(alertId)[1]!.receivedAt - timers.get(alertId)!)
    .toSorted((a, b) => a - b);
  console.log(`timers: told again ${late[OPEN_ALERTS / 2]} ms (median), ${late.at(-1)} ms (last) after they were due`);
  expect(late[0], 'none before its time').toBeGreaterThanOrEqual(0);
  // Whatever came, keys repeated or not: one page each when it opened, one when its time had come.
  for (const alertId of alertIds) expect(pagesOf(alertId).map(({ body }) => body.kind)).toEqual(['opened', 'reminder']);
  await expectNextTimers(alertIds);
  await accountForAlerts(system);
  for (const { device } of opened) await device.close();
}, 240_000);

/** Deletes whatever the queue has in Redis, again and again; answers how many keys that were. */
async function loseQueueKeys(forMs: number, everyMs: number): Promise<number> {
  let lost = 0;
  for (const until = performance.now() + forMs; performance.now() < until; ) {
    const keys = await redis.client.keys('pulseward:queue:*');
    if (keys.length > 0) lost += await redis.client.del(...keys);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  return lost;
}

/** Lets a timer of each run out in 4 to 10 s: every other one is put off, the others are to be told again. Answers when, by alert. */
async function runTimers(alertIds: readonly string[]): Promise<Map<string, number>> {
  const due = new Map(alertIds.map((alertId, n) => [alertId, Date.now() + 4_000 + (n % 13) * 500]));
  const database = await openDatabase(system);
  try {
    for (const [n, alertId] of alertIds.entries()) {
      const at = due.get(alertId)!;
      if (n % 2 === 0) {
        await system.api.post(`/alerts/${alertId}/snooze`, { until: at, reason: 'on the phone' });
        continue;
      }
      // As if nearly a quarter of an hour had passed: what was told, and with it the timer, lie back by what it had to go.
      const { rowCount } = await database.query(
        `update alerts set due_at = $2::int8, told = jsonb_set(told, '{at}', to_jsonb((told ->> 'at')::int8 - (due_at - $2::int8)))
         where alert_id = $1 and due_reason = 'repeat_interval' and due_at > $2::int8`,
        [alertId, at],
      );
      expect(rowCount).toBe(1);
    }
  } finally {
    await database.end();
  }
  return due;
}

/** Open, each told again once, for the reason it had, and with its next timer running. */
async function expectNextTimers(alertIds: readonly string[]): Promise<void> {
  const database = await openDatabase(system);
  const { rows } = await database.query<{ alert_id: string; woken: number }>(
    `select alert_id, (select count(*)::int from alert_timeline t where t.alert_id = a.alert_id and event = 'snooze_ended') as woken
     from alerts a where alert_id = any($1) and state = 'open' and signal = 'firing' and reminders = 1
       and due_reason in ('repeat_interval', 'escalation_step') and due_at > $2`,
    [alertIds, Date.now()],
  );
  await database.end();
  const woken = new Map(rows.map((row) => [row.alert_id, row.woken]));
  expect(alertIds.map((alertId) => woken.get(alertId))).toEqual(alertIds.map((_, n) => (n % 2 === 0 ? 1 : 0)));
}
