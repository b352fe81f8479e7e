// What people are spared: several alerts in one message, digests after quiet hours and above the cap of a day, what another alert speaks
// for; and what nobody is ever spared. Over a real mail server and a webhook's other side; the clock stands still unless a test moves it.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AlertingSettings } from '../../domain/alerts/alerting-settings.ts';
import { claimCompany } from '../../storage/alerts/notification-company.ts';
import { type MailReceiver, startMailReceiver } from '../system/mail-receiver.ts';
import { until } from '../system/until.ts';
import { alertingByHand } from './alerting-by-hand.ts';
import { createScene, MINUTE_MS, type Scene } from './alerting-scene.ts';
import { passTo as passSceneTo } from './pass-to.ts';
import { openSceneTeam } from './scene-team.ts';

// Each step waits for a round of what is due, of which there is one in two seconds.
vi.setConfig({ testTimeout: 120_000 });

const WARNING = { severity: 'warning' } as const;
const NOON = Date.parse('2026-09-28T12:00+08:00');

let mail: MailReceiver;
let scene: Scene;
/** Told by mail and by webhook. */
let teamId: string;

beforeEach(async () => {
  mail = await startMailReceiver();
  scene = await createScene({ member: false, channels: { mail: mail.config }, clockStandsAt: NOON });
  const { url: address, secret } = scene.webhook;
  teamId = await scene.addTeam([
    { channel: 'email', address: 'nurse@clinic.example' },
    { channel: 'webhook', address, secret },
  ]);
});
afterEach(async () => {
  await scene.destroy();
  await mail.close();
});

const settings = async (made: AlertingSettings) => (await openSceneTeam(scene, { teamId })).configure(made);

const passTo = (time: string) => passSceneTo(scene, time);

/** What waits half a minute for company, and then a moment for what is decided with it. */
async function passGrouping(): Promise<void> {
  await scene.settled();
  scene.pass(31_000);
  await scene.settled();
  scene.pass(4_000);
  await scene.settled();
}

const entriesOf = async (alertId: string, event: string) =>
  (await scene.detail(alertId)).timeline.filter((entry) => entry.event === event);
const bodies = () => scene.webhook.distinct().map(({ body }) => body);

describe('two alerts of one patient that are not urgent', () => {
  test('come within half a minute and are told in one mail, in the order of their severity', async () => {
    await scene.startAlerting();
    const patientKey = await scene.addPatient(teamId);
    await scene.fire('CGM-05', { severity: 'info' }, { patientKey });
    await scene.settled();
    scene.pass(12_000);
    await scene.fire('BP-01', WARNING, { patientKey });
    await scene.settled();
    scene.pass(19_000);
    await passGrouping();
    expect(mail.mails).toHaveLength(1);
    const [{ subject, lines } = { subject: '', lines: [] }] = mail.mails;
    expect(subject).toBe('2条警报，最高级别警告');
    expect(lines.slice(1, 3)).toEqual(['警告：高血压', '提示：高血糖']);
    // A machine that follows each alert gets each by itself.
    expect(bodies().map(({ kind, severity }) => [kind, severity])).toEqual(
      expect.arrayContaining([
        ['opened', 'info'],
        ['opened', 'warning'],
      ]),
    );
    const alerts = await scene.alerts();
    const told = await Promise.all(alerts.map(({ alertId }) => entriesOf(alertId, 'notification_delivered')));
    const byMail = told.map((entries) => entries.find(({ channel }) => channel === 'email'));
    const withHead = byMail.flatMap((entry) => entry?.detail.sentWith ?? []);
    expect(withHead).toEqual([mail.mails[0]?.messageId]);
  });

  test('are the same mail under the same id when the relay was away, and both are told then', async () => {
    await scene.startAlerting();
    const patientKey = await scene.addPatient(teamId);
    await scene.fire('CGM-05', WARNING, { patientKey });
    await scene.fire('BP-01', WARNING, { patientKey });
    mail.answerWith(451);
    await scene.settled();
    scene.pass(31_000);
    await until('both wait for their mail', 10_000, async () => (await waitingByMail()).length === 2);
    scene.pass(4_000);
    const tried = await until('it was tried in vain', 10_000, async () => {
      const waiting = await waitingByMail();
      return waiting.every(({ attempts }) => attempts > 0) && waiting;
    });
    mail.answerWith(250);
    scene.pass(2_000);
    await scene.settled();
    expect(mail.mails).toHaveLength(1);
    expect(mail.mails[0]?.subject).toContain('2');
    expect(tried.map(({ notification_id }) => notification_id)).toContain(mail.mails[0]?.messageId);
    expect((await scene.notifications()).filter(({ status }) => status !== 'delivered')).toEqual([]);
  });

  test('fail together, each on its own alert, where the relay refuses the address for good', async () => {
    await scene.startAlerting();
    const patientKey = await scene.addPatient(teamId);
    await scene.fire('CGM-05', WARNING, { patientKey });
    await scene.fire('BP-01', WARNING, { patientKey });
    mail.answerWith(550);
    await passGrouping();
    for (const { alertId } of await scene.alerts()) {
      const failed = await entriesOf(alertId, 'notification_failed');
      expect(failed.map(({ reason, channel }) => [reason, channel])).toEqual([['smtp_550', 'email']]);
    }
  });

  test('of which one is owned before the mail goes are told as the one that is left', async () => {
    await scene.startAlerting();
    const patientKey = await scene.addPatient(teamId);
    await scene.fire('CGM-05', WARNING, { patientKey });
    await scene.fire('BP-01', WARNING, { patientKey });
    await scene.settled();
    scene.pass(31_000);
    await until('both wait for their mail', 10_000, async () => (await waitingByMail()).length === 2);
    const owned = (await scene.alerts()).find(({ condition }) => condition === 'glucose');
    await scene.commands.acknowledge(owned!.alertId, scene.userId);
    scene.pass(4_000);
    await scene.settled();
    expect(mail.mails.map(({ subject }) => subject)).toEqual(['警告：高血压']);
  });
});

test('an alert that gets worse while it waits for company is told once, as it is by then', async () => {
  await scene.startAlerting();
  const patientKey = await scene.addPatient(teamId);
  await scene.fire('CGM-05', { severity: 'info' }, { patientKey });
  await scene.settled();
  scene.pass(31_000);
  await until('it waits for its mail', 10_000, async () => (await waitingByMail()).length === 1);
  await scene.fire('SMBG-03', WARNING, { patientKey });
  await until('it is to be told again', 10_000, async () => (await waitingByMail()).length === 2);
  scene.pass(4_000);
  await scene.settled();
  expect(mail.mails.map(({ subject }) => subject)).toEqual(['警告：高血糖，有变化']);
  const [alert] = await scene.alerts();
  const skipped = await entriesOf(alert!.alertId, 'notification_skipped');
  expect(skipped.map(({ reason, channel }) => [reason, channel])).toEqual([['told_in_its_newer_state', 'email']]);
});

const waitingByMail = async () => {
  const { rows } = await scene.database.pool.query<{ notification_id: string; attempts: number }>(
    `select notification_id, attempts from notifications where channel = 'email' and status = 'pending'`,
  );
  return rows;
};

describe('quiet hours', () => {
  beforeEach(async () => {
    await settings({ quietHours: { from: '22:00', to: '07:00' } });
    passTo('23:00');
    await scene.startAlerting();
  });

  test('make one digest of the night’s warnings, of all patients, at their end', async () => {
    const patients = [await scene.addPatient(teamId), await scene.addPatient(teamId), await scene.addPatient(teamId)];
    for (const patientKey of patients) await scene.fire('CGM-05', WARNING, { patientKey });
    await passGrouping();
    const alerts = await scene.alerts();
    for (const { alertId } of alerts) {
      const [held, ...more] = await entriesOf(alertId, 'notification_held');
      expect([held?.reason, more.length]).toEqual(['quiet_hours', 0]);
      expect(new Date(Number(held?.detail.until)).toISOString()).toMatch(/T23:00:00.000Z$/);
    }
    expect([mail.mails.length, scene.webhook.received.length]).toEqual([0, 0]);

    passTo('07:00');
    await until('all of them wait for their mail', 10_000, async () => (await waitingByMail()).length === 3);
    scene.pass(4_000);
    await scene.settled();
    expect(mail.mails.map(({ subject }) => subject)).toEqual(['3条警报，最高级别警告']);
    const [{ receivedAt: _, body: digest } = { receivedAt: 0, body: undefined }, ...more] = scene.webhook.distinct();
    expect(more).toEqual([]);
    expect(digest).toMatchObject({ kind: 'digest', notificationId: scene.webhook.received[0]?.idempotencyKey });
    const items = digest?.items ?? [];
    expect(new Set(items.map(({ alertId }) => alertId))).toEqual(new Set(alerts.map(({ alertId }) => alertId)));
    expect(items[0]).toMatchObject({ kind: 'opened', severity: 'warning', condition: 'glucose', direction: 'high' });
    expect(items[0]?.link).toBe(`http://clinic.example/#/alerts/${items[0]?.alertId}`);
  });

  test('name a low first of what they put off, however many highs there are', async () => {
    const patients = await Promise.all(Array.from({ length: 25 }, () => scene.addPatient(teamId)));
    for (const patientKey of patients) await scene.fire('CGM-05', WARNING, { patientKey });
    await scene.fire('CGM-02', WARNING, { patientKey: await scene.addPatient(teamId) });
    await passGrouping();
    passTo('07:00');
    await until('all of them wait for their mail', 20_000, async () => (await waitingByMail()).length === 26);
    scene.pass(4_000);
    await scene.settled();
    expect(mail.mails.map(({ subject }) => subject)).toEqual(['26条警报，最高级别警告']);
    expect(mail.mails[0]?.lines[1]).toBe('警告：低血糖');
  });

  test('hold up nothing urgent', async () => {
    const patientKey = await scene.addPatient(teamId);
    await scene.fire('CGM-01', { severity: 'critical' }, { patientKey });
    await scene.fire('CGM-06', { severity: 'emergency' }, { patientKey });
    await scene.settled();
    expect(mail.mails.map(({ subject }) => subject).toSorted()).toEqual(['危急：低血糖', '紧急：高血糖']);
    expect(bodies()).toHaveLength(2);
  });

  test('hold up no longer what becomes urgent before they end', async () => {
    const patientKey = await scene.addPatient(teamId);
    await scene.fire('CGM-02', WARNING, { patientKey });
    await passGrouping();
    expect(mail.mails).toEqual([]);
    await scene.fire('CGM-01', { severity: 'critical' }, { patientKey });
    await scene.settled();
    expect(mail.mails.map(({ subject }) => subject)).toEqual(['危急：低血糖']);
  });

  test('say nothing in the morning of what was over by then', async () => {
    const patientKey = await scene.addPatient(teamId);
    await scene.fire('CGM-05', WARNING, { patientKey });
    await passGrouping();
    passTo('03:00');
    await scene.recover('CGM-05', { patientKey });
    await scene.settled();
    passTo('07:01');
    await scene.settled();
    expect([mail.mails.length, scene.webhook.received.length]).toEqual([0, 0]);
    expect(await scene.alerts(['retrospective'])).toHaveLength(1);
  });
});

test('a digest whose sender dies before it wrote that down is sent again as it was, and each alert is settled once', async () => {
  await settings({ quietHours: { from: '22:00', to: '07:00' } });
  passTo('23:00');
  const patients = [await scene.addPatient(teamId), await scene.addPatient(teamId)];
  const byHand = await alertingByHand(scene);
  for (const patientKey of patients) {
    await scene.fire('CGM-05', WARNING, { patientKey, nudge: false });
    await byHand.apply(patientKey);
  }
  scene.pass(31_000);
  await byHand.review();
  passTo('07:00');
  await byHand.review();
  scene.pass(4_000);
  byHand.receiverAnswers('crash');
  await byHand.deliver();
  byHand.receiverAnswers('delivered');
  scene.pass(5_000);
  await byHand.deliver();
  expect(byHand.received.map(({ items }) => items?.length)).toEqual([2, 2]);
  expect(new Set(byHand.received.map(({ notificationId }) => notificationId)).size).toBe(1);
  const settled = (await scene.notifications()).filter(({ channel }) => channel === 'webhook');
  expect(settled.map(({ status, attempts }) => [status, attempts])).toEqual([
    ['delivered', 2],
    ['delivered', 2],
  ]);
});

test('of one patient the fourth message of a day that isn’t urgent comes with the next morning’s digest, but a low at once', {
  timeout: 60_000,
}, async () => {
  passTo('09:00');
  await scene.startAlerting();
  const patientKey = await scene.addPatient(teamId);
  for (const ruleId of ['CGM-05', 'BP-05', 'DATA-02', 'CGM-09']) {
    await scene.fire(ruleId, WARNING, { patientKey });
    await passGrouping();
  }
  expect(mail.mails).toHaveLength(3);
  await scene.fire('CGM-02', WARNING, { patientKey });
  await passGrouping();
  expect(mail.mails.map(({ subject }) => subject).slice(3)).toEqual(['警告：低血糖']);
  await scene.recover('CGM-02', { patientKey });
  await scene.settled();
  const held = (await scene.alerts()).find(
    ({ condition, direction }) => condition === 'glucose' && direction === 'none',
  );
  expect((await entriesOf(held!.alertId, 'notification_held')).map(({ reason }) => reason)).toEqual(['daily_cap']);
  passTo('08:00');
  await until('it waits for its mail', 10_000, async () => (await waitingByMail()).length === 1);
  scene.pass(4_000);
  await scene.settled();
  expect(mail.mails.map(({ subject }) => subject).at(-1)).toBe('警告：血糖异常');
});

describe('a sensor at fault', () => {
  test('holds back its highs until it can be believed again, and nothing else of the patient', async () => {
    passTo('09:00');
    await scene.startAlerting();
    const patientKey = await scene.addPatient(teamId);
    await scene.fire('DATA-02', WARNING, { patientKey });
    await passGrouping();
    await scene.fire('CGM-05', WARNING, { patientKey });
    await scene.fire('CGM-02', WARNING, { patientKey });
    await passGrouping();
    expect(mail.mails.map(({ subject }) => subject)).toEqual(['警告：设备异常', '警告：低血糖']);
    const high = (await scene.alerts()).find(({ direction }) => direction === 'high');
    const held = await entriesOf(high!.alertId, 'notification_held');
    expect(held.map(({ reason }) => reason)).toEqual(['inhibited_by_sensor_fault']);

    await scene.recover('DATA-02', { patientKey });
    await scene.settled();
    scene.pass(5 * MINUTE_MS);
    await passGrouping();
    expect(mail.mails.map(({ subject }) => subject).at(-1)).toBe('警告：高血糖');
  });
});

describe('a contact that is told too much at once', () => {
  test('hears the rest of what is critical together, each alert once, and of an emergency at once', async () => {
    await scene.startAlerting();
    const patients = await Promise.all(Array.from({ length: 40 }, () => scene.addPatient(teamId)));
    for (const patientKey of patients) await scene.fire('CGM-01', { severity: 'critical' }, { patientKey });
    await until('some wait to be told together', 20_000, async () => (await waitingByMail()).length > 5);
    const emergency = await scene.addPatient(teamId);
    await scene.fire('CGM-06', { severity: 'emergency' }, { patientKey: emergency });
    await scene.settled();
    expect(mail.mails.filter(({ subject }) => subject.startsWith('紧急'))).toHaveLength(1);
    expect((await waitingByMail()).length).toBeGreaterThan(5);
    scene.pass(10_000);
    await scene.settled();
    expect(await waitingByMail()).toEqual([]);
    const alone = mail.mails.filter(({ subject }) => subject === '危急：低血糖');
    const together = mail.mails.filter(({ subject }) => subject.includes('条警报'));
    const counted = together.reduce((sum, { subject }) => sum + Number.parseInt(subject, 10), alone.length);
    expect(counted).toBe(40);
    expect(alone.length + together.length).toBeLessThan(25);
    // A machine is told each that is urgent by itself.
    expect(bodies().filter(({ kind }) => kind === 'opened')).toHaveLength(41);
  });

  test('by critical highs hears of a critical low at once and by itself', async () => {
    await scene.startAlerting();
    const patients = await Promise.all(Array.from({ length: 30 }, () => scene.addPatient(teamId)));
    for (const patientKey of patients) await scene.fire('SMBG-03', { severity: 'critical' }, { patientKey });
    await until('some highs wait to be told together', 20_000, async () => (await waitingByMail()).length > 5);
    const low = await scene.addPatient(teamId);
    await scene.fire('CGM-01', { severity: 'critical' }, { patientKey: low });
    await scene.settled();
    expect(mail.mails.filter(({ subject }) => subject === '危急：低血糖')).toHaveLength(1);
    expect((await waitingByMail()).length).toBeGreaterThan(5);
  });

  test('is told by one of those who take the same page on at the same moment', async () => {
    const byHand = await alertingByHand(scene);
    const patients = await Promise.all(Array.from({ length: 5 }, () => scene.addPatient(teamId)));
    for (const patientKey of patients) {
      await scene.fire('CGM-05', WARNING, { patientKey, nudge: false });
      await byHand.apply(patientKey);
    }
    scene.pass(31_000);
    await byHand.review();
    const { pool } = scene.database;
    const { rows } = await pool.query<{ id: string }>(
      `select notification_id as id from notifications where company = 'alone' and status = 'pending'`,
    );
    expect(rows).toHaveLength(5);
    for (const { id } of rows) {
      const question = { now: scene.now(), leaseMs: 4_000, judge: () => undefined };
      const answers = await Promise.all(Array.from({ length: 30 }, () => claimCompany(pool, id, question)));
      expect(answers.filter((answer) => answer && 'head' in answer && answer.head)).toHaveLength(1);
    }
  });
});
