// Kills, losses and races: Postgres is the truth, the queue is a hint, and nobody is paged twice.
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createAlertingCounters } from '../../alerting/alerting-counters.ts';
import { audit } from '../../alerting/audit.ts';
import { createCounters } from '../../runtime/counters.ts';
import { createLog } from '../../runtime/log.ts';
import { until } from '../system/until.ts';
import { createScene, MINUTE_MS, type Scene } from './alerting-scene.ts';

let scene: Scene;
const processes: ChildProcess[] = [];
beforeEach(async () => {
  scene = await createScene();
});
afterEach(async () => {
  for (const child of processes.splice(0)) child.kill('SIGKILL');
  await scene.destroy();
});

const pages = () => scene.webhook.received;

describe('the queue is a hint', () => {
  test('a signal whose nudge was lost is found within seconds', async () => {
    await scene.startAlerting();
    await scene.settled();
    await scene.fire('CGM-01', {}, { nudge: false });
    await until('the page arrives', 6_000, () => pages().length === 1);
  });

  test('the whole queue is lost while alerts are open, and everything goes on', async () => {
    await scene.startAlerting();
    await scene.fire('CGM-01');
    await until('the page arrives', 5_000, () => pages().length === 1);
    await scene.fire('SMBG-03', {}, { nudge: false });
    await scene.database.pool.query('truncate bullmq.job cascade');
    scene.pass(15 * MINUTE_MS);
    await until('the reminder and the other page arrive', 8_000, () => pages().length === 3);
    expect(
      pages()
        .map(({ body }) => `${body.kind} ${body.direction}`)
        .toSorted(),
    ).toEqual(['opened high', 'opened low', 'reminder low']);
  });

  test('the database schema of the queue is dropped, and a restart brings it back', async () => {
    const role = await scene.startAlerting();
    await scene.fire('CGM-01');
    await until('the page arrives', 5_000, () => pages().length === 1);
    await role.stop();
    await scene.database.pool.query('drop schema bullmq cascade');
    await scene.fire('SMBG-03', {}, { nudge: false });
    await scene.startAlerting();
    await until('the other page arrives', 6_000, () => pages().length === 2);
  });

  test('the same nudge a hundred times does what it does once', async () => {
    await scene.startAlerting();
    await scene.startAlerting();
    const patients = await Promise.all(Array.from({ length: 10 }, () => scene.addPatient()));
    await Promise.all(
      patients.flatMap((patientKey) => [
        scene.fire('CGM-01', {}, { patientKey }),
        scene.fire('CGM-02', {}, { patientKey }),
      ]),
    );
    await until('each has its page', 10_000, () => pages().length >= 10);
    await scene.settled();
    expect(pages()).toHaveLength(10);
    expect(await scene.alerts()).toHaveLength(10);
  });
});

describe('a restart is a non-event', () => {
  test('timers and snoozes survive', async () => {
    const first = await scene.startAlerting();
    await scene.fire('CGM-01');
    await until('the page arrives', 5_000, () => pages().length === 1);
    const [alert] = await scene.alerts();
    await scene.commands.snooze(alert?.alertId ?? '', scene.userId, scene.now() + 30 * MINUTE_MS, 'she is eating');
    await first.stop();
    await first.stop();
    scene.pass(20 * MINUTE_MS);
    await scene.startAlerting();
    await scene.settled();
    expect(pages()).toHaveLength(1);
    scene.pass(11 * MINUTE_MS);
    await until('it wakes', 6_000, () => pages().length === 2);
    expect(pages()[1]?.body.kind).toBe('reminder');
    expect((await scene.detail(alert?.alertId ?? '')).state).toBe('open');
  });

  test('a crash between the send and its record sends again with the same key', { timeout: 60_000 }, async () => {
    const child = fork(
      join(import.meta.dirname, 'alerting.process.ts'),
      [JSON.stringify(scene.processSettings('after-send'))],
      {
        stdio: ['ignore', 'inherit', 'ignore', 'ipc'],
      },
    );
    processes.push(child);
    await new Promise((resolve) => child.once('message', resolve));
    const died = new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal)));
    await scene.fire('CGM-01');
    expect(await died).toBe('SIGKILL');
    expect(pages()).toHaveLength(1);
    await scene.startAlerting();
    await until('it is sent again', 25_000, () => pages().length === 2);
    expect(new Set(pages().map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
    expect(scene.webhook.distinct()).toHaveLength(1);
    await scene.settled();
    const [alert] = await scene.alerts();
    const { timeline } = await scene.detail(alert?.alertId ?? '');
    expect(timeline.filter(({ event }) => event === 'notification_delivered')).toHaveLength(1);
  });
});

describe('a receiver in trouble', () => {
  test('gets it after its errors, later and later, with the same key', { timeout: 60_000 }, async () => {
    await scene.startAlerting();
    scene.webhook.answerWith(500);
    await scene.fire('CGM-01');
    await until('three attempts have failed', 30_000, () => pages().length >= 3);
    scene.webhook.answerWith(204);
    const before = pages().length;
    await until('it is delivered', 15_000, async () => (await scene.notifications())[0]?.status === 'delivered');
    expect(pages().length).toBeGreaterThan(before);
    expect(scene.webhook.distinct()).toHaveLength(1);
    const [first, second, third] = pages().map(({ receivedAt }) => receivedAt);
    expect((third ?? 0) - (second ?? 0)).toBeGreaterThan(500);
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThan(500);
    const [alert] = await scene.alerts();
    const { timeline } = await scene.detail(alert?.alertId ?? '');
    expect(timeline.filter(({ event }) => event === 'notification_failed')).toHaveLength(1);
    expect(timeline.at(-1)).toMatchObject({ event: 'notification_delivered', channel: 'webhook' });
  });

  test('is not sent to any more once it says so for good, and the failure is on the alert', async () => {
    await scene.startAlerting();
    scene.webhook.answerWith(410);
    await scene.fire('CGM-01');
    await until('it has failed', 5_000, async () => (await scene.notifications())[0]?.status === 'failed');
    await scene.settled();
    expect(pages()).toHaveLength(1);
    const [alert] = await scene.alerts();
    const { timeline } = await scene.detail(alert?.alertId ?? '');
    expect(timeline.at(-1)).toMatchObject({
      event: 'notification_failed',
      reason: 'http_410',
      detail: { final: true },
    });
  });

  test('that hangs delays nobody else, not even who is told over the same host', { timeout: 40_000 }, async () => {
    const HANGING = 30;
    scene.webhook.answerAfter(({ direction }) => (direction === 'high' ? Number.POSITIVE_INFINITY : 0));
    await scene.startAlerting();
    const critical = { severity: 'critical' } as const;
    for (let n = 0; n < HANGING; n += 1)
      await scene.fire('SMBG-03', critical, { patientKey: await scene.addPatient() });
    await until('every page about a high waits for its answer', 8_000, () => scene.webhook.unanswered() === HANGING);
    await scene.fire('CGM-01');
    await until('the page about a low arrives', 4_000, () => pages().some(({ body }) => body.direction === 'low'));
  });

  test('neither its address nor its secret is in the log, on the timeline or beside the notification', async () => {
    await scene.startAlerting();
    scene.webhook.answerWith(500);
    await scene.fire('CGM-01');
    await until('an attempt has failed', 5_000, async () => (await scene.notifications())[0]?.last_failure !== null);
    scene.webhook.answerWith(410);
    await until('it has failed', 8_000, async () => (await scene.notifications())[0]?.status === 'failed');
    const [alert] = await scene.alerts();
    const shown = JSON.stringify([await scene.detail(alert?.alertId ?? ''), await scene.notifications(), scene.logged]);
    expect(shown).toContain('http_410');
    expect(shown).not.toContain(scene.webhook.secret);
    expect(shown).not.toContain(new URL(scene.webhook.url).port);
  });
});

describe('races', () => {
  test('two alerting processes at once send once', async () => {
    await scene.startAlerting();
    await scene.startAlerting();
    const patients = await Promise.all(Array.from({ length: 20 }, () => scene.addPatient()));
    for (const patientKey of patients) await scene.fire('CGM-01', {}, { patientKey });
    await until('all pages arrive', 10_000, () => pages().length >= 20);
    await scene.settled();
    expect(pages()).toHaveLength(20);
  });

  test('an acknowledgement that crosses with the recovery neither re-opens nor pages twice', async () => {
    await scene.startAlerting();
    for (let n = 0; n < 10; n += 1) {
      const patientKey = await scene.addPatient();
      await scene.fire('CGM-01', {}, { patientKey });
      const alert = await until('it is open', 5_000, async () =>
        (await scene.alerts(['open'])).find((each) => each.patientKey === patientKey && each.signal === 'firing'),
      );
      await until('its page arrives', 5_000, () => pages().some(({ body }) => body.alertId === alert.alertId));
      await Promise.all([
        scene.recover('CGM-01', { patientKey }),
        scene.commands.acknowledge(alert.alertId, scene.userId),
        scene.commands.acknowledge(alert.alertId, scene.userId),
      ]);
      await scene.settled();
      const after = await scene.detail(alert.alertId);
      // Somebody owns it, and it waits for an outcome.
      expect([after.state, after.signal]).toEqual(['acknowledged', 'cleared']);
      expect(after.timeline.filter(({ event }) => event === 'acknowledged')).toHaveLength(1);
      const opened = pages().filter(({ body }) => body.alertId === alert.alertId && body.kind === 'opened');
      expect(opened).toHaveLength(1);
    }
  });

  test('a resolve that crosses with another resolve closes once, and the second is told of the conflict', async () => {
    await scene.startAlerting();
    await scene.fire('CGM-01');
    await until('the page arrives', 5_000, () => pages().length === 1);
    const [alert] = await scene.alerts();
    const answers = await Promise.allSettled([
      scene.commands.resolve(alert?.alertId ?? '', scene.userId, 'called'),
      scene.commands.resolve(alert?.alertId ?? '', scene.userId, 'false_alarm'),
    ]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(answers.find((answer) => answer.status === 'rejected')?.reason).toMatchObject({ code: 'conflict' });
  });
});

describe('promise 7', () => {
  test('an open urgent alert without owner and timer is found, repaired and counted', async () => {
    await scene.startAlerting();
    await scene.fire('CGM-01');
    await until('the page arrives', 5_000, () => pages().length === 1);
    await scene.settled();
    await scene.database.pool.query('update alerts set due_at = null');
    const counters = createCounters({ part: 'test' });
    const { pool } = scene.database;
    const log = createLog({ part: 'test', level: 'silent' });
    await audit({ pool, now: scene.now, log, counters: createAlertingCounters(counters), deadMan: { ping() {} } });
    const repairs = (await counters.snapshot()).find(({ name }) => name === 'pulseward_audit_repairs_total');
    expect(repairs?.values[0]?.value).toBe(1);
    const [alert] = await scene.alerts();
    const { timeline } = await scene.detail(alert?.alertId ?? '');
    expect(timeline.at(-1)).toMatchObject({ event: 'repaired', reason: 'no_owner_and_no_timer' });
    await until('it has a timer again', 6_000, async () => {
      const { rows } = await scene.database.pool.query<{ due_at: number | null }>('select due_at from alerts');
      return (rows[0]?.due_at ?? 0) > scene.now();
    });
  });
});
