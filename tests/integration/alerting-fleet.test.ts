// Many devices of a team that fall silent together are one incident, told once to its lead, and nobody is told of single ones meanwhile.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type MailReceiver, startMailReceiver } from '../system/mail-receiver.ts';
import { until } from '../system/until.ts';
import { createScene, MINUTE_MS, type Scene } from './alerting-scene.ts';

const DEVICES = 12;
/** The clock stands still unless a test moves it. */
const NOON = Date.parse('2026-09-28T12:00+08:00');

let mail: MailReceiver;
let scene: Scene;
let teamId: string;
let patients: readonly number[];

beforeEach(async () => {
  mail = await startMailReceiver();
  scene = await createScene({ member: false, channels: { mail: mail.config }, clockStandsAt: NOON });
  const { url: address, secret } = scene.webhook;
  teamId = await scene.addTeam([
    { channel: 'email', address: 'nurse@clinic.example' },
    { channel: 'webhook', address, secret },
  ]);
  patients = await Promise.all(Array.from({ length: DEVICES }, () => scene.addPatient(teamId)));
  await scene.database.pool.query(
    `insert into patient_state (patient_key, partition, state, updated_at)
     select p, 0, jsonb_build_object('last', jsonb_build_object('cgm', $2::int8), 'open', '[]'::jsonb), $2 from unnest($1::int[]) p`,
    [patients, scene.now() - 40 * MINUTE_MS],
  );
});
afterEach(async () => {
  await scene.destroy();
  await mail.close();
});

/** At the stage that is the team's. */
const fallSilent = async (some: readonly number[], reason = 'cgm_silent') => {
  for (const patientKey of some) await scene.fire('DATA-01', { severity: 'warning', reason, stage: 3 }, { patientKey });
};
const incidents = async () =>
  (
    await scene.database.pool.query<{ detail: { silent: number; devices: number }; open: boolean }>(
      'select detail, closed_at is null as open from team_incidents',
    )
  ).rows;
const heldFor = async (reason: string) =>
  (await scene.database.pool.query(`select 1 from alerts where due_reason = $1 and told is null`, [reason])).rowCount;

test('a third of a team’s devices falling silent is one incident and no alert of a patient, and who is still silent after it is told', async () => {
  await fallSilent(patients.slice(0, 5));
  const first = await scene.startAlerting();
  await until('the team is told', 10_000, () => mail.mails.length === 1 && scene.webhook.received.length === 1);
  expect(mail.mails[0]?.subject).toBe('设备大面积失联');
  expect(mail.mails[0]?.lines[1]).toContain('至少有 5 台设备失联');
  expect(mail.mails[0]?.lines[2]).toContain(`http://clinic.example/#/teams/${teamId}`);
  const { body } = scene.webhook.received[0]!;
  const link = `http://clinic.example/#/teams/${teamId}`;
  expect(body).toEqual({ notificationId: expect.any(String), kind: 'incident', teamId, link });
  expect(await incidents()).toEqual([{ detail: { silent: 5, devices: DEVICES }, open: true }]);

  await scene.settled();
  scene.pass(31_000);
  await until('each alert is held', 10_000, async () => (await heldFor('fleet_outage')) === 5);
  expect(mail.mails).toHaveLength(1);

  for (const patientKey of patients.slice(0, 4)) await scene.recover('DATA-01', { patientKey });
  await scene.settled();
  await first.stop();
  await scene.startAlerting();
  await until('the incident is over', 10_000, async () => (await incidents()).every(({ open }) => !open));
  scene.pass(5 * MINUTE_MS);
  await until('whoever is still silent waits to be told', 10_000, async () => {
    const { rowCount } = await scene.database.pool.query(`select 1 from notifications where kind = 'opened'`);
    return (rowCount ?? 0) > 0;
  });
  scene.pass(4_000);
  await scene.settled();
  expect(mail.mails.map(({ subject }) => subject)).toEqual(['设备大面积失联', '警告：数据中断']);
});

test('who falls silent hours after an outage began is told as ever while it goes on', async () => {
  await fallSilent(patients.slice(0, 6));
  await scene.startAlerting();
  await until('the team is told of the outage', 10_000, () => mail.mails.length === 1);
  await scene.settled();
  scene.pass(31_000);
  await until('each alert is held', 10_000, async () => (await heldFor('fleet_outage')) === 6);
  scene.pass(3 * 60 * MINUTE_MS);
  await fallSilent(patients.slice(6, 7));
  await scene.settled();
  scene.pass(31_000);
  await scene.settled();
  scene.pass(4_000);
  await until('the later one is told', 10_000, () => mail.mails.length === 2);
  expect(mail.mails[1]?.subject).toBe('警告：数据中断');
  expect(await heldFor('fleet_outage')).toBe(6);
  expect((await incidents()).every(({ open }) => open)).toBe(true);
});

test('an outage that lasts a day is over: who is still silent is told in one digest', async () => {
  await fallSilent(patients.slice(0, 6));
  const first = await scene.startAlerting();
  await until('the team is told of the outage', 10_000, () => mail.mails.length === 1);
  await scene.settled();
  scene.pass(31_000);
  await until('each alert is held', 10_000, async () => (await heldFor('fleet_outage')) === 6);
  scene.pass(24 * 60 * MINUTE_MS);
  await until('nobody is held any more', 10_000, async () => (await heldFor('fleet_outage')) === 0);
  await scene.settled();
  scene.pass(4_000);
  await until('the digest is told', 10_000, () => mail.mails.length === 2);
  expect(mail.mails[1]?.subject).toBe('6条警报，最高级别警告');
  await first.stop();
  await scene.startAlerting();
  await until('the incident is over', 10_000, async () => (await incidents()).every(({ open }) => !open));
});

test('an outage that reaches no contact of the lead is told every member', async () => {
  const { pool } = scene.database;
  await pool.query(`update members set role = 'lead' where team_id = $1`, [teamId]);
  const nurse = await pool.query<{ member_id: string }>(
    `insert into members (member_id, team_id, name, role) select gen_random_uuid(), $1, 'Nurse', 'nurse' returning member_id`,
    [teamId],
  );
  await pool.query(`update member_contacts set member_id = $1 where channel = 'webhook'`, [nurse.rows[0]?.member_id]);
  mail.answerWith(550);
  await fallSilent(patients.slice(0, 6));
  const first = await scene.startAlerting();
  await until('the lead can’t be told', 10_000, async () =>
    (await scene.notifications()).some(({ kind, status }) => kind === 'incident' && status === 'failed'),
  );
  expect(scene.webhook.received).toEqual([]);
  await first.stop();
  const second = await scene.startAlerting();
  await until('the nurse is told', 10_000, () => scene.webhook.received.length === 1);
  expect(scene.webhook.received[0]?.body).toMatchObject({ kind: 'incident', teamId });
  await second.stop();
  await scene.startAlerting();
  await scene.settled();
  expect(scene.webhook.received).toHaveLength(1);
});

test('sensors that have come to their end, and a few silent devices, are no outage', async () => {
  await fallSilent(patients.slice(0, 6), 'sensor_ended');
  await fallSilent(patients.slice(6, 9));
  await scene.startAlerting();
  await scene.settled();
  scene.pass(31_000);
  await scene.settled();
  expect(await incidents()).toEqual([]);
  expect(await heldFor('fleet_outage')).toBe(0);
});

test('two processes that find the same outage tell of it once', async () => {
  await fallSilent(patients.slice(0, 8));
  await Promise.all([scene.startAlerting(), scene.startAlerting()]);
  await until('the team is told', 10_000, () => mail.mails.length > 0 && scene.webhook.received.length > 0);
  await scene.settled();
  expect([mail.mails.length, scene.webhook.distinct().length, (await incidents()).length]).toEqual([1, 1, 1]);
});
