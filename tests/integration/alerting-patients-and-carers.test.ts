// What patients and carers are told, the whole way: an SMS gateway, a real SMTP server and a team's webhook stand at the other ends.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readConfig } from '../../runtime/config.ts';
import { answerJson, startHttpReceiver } from '../contract/http-receiver.ts';
import { type MailReceiver, startMailReceiver } from '../system/mail-receiver.ts';
import { until } from '../system/until.ts';
import { createScene, MINUTE_MS, type Scene } from './alerting-scene.ts';
import { passTo } from './pass-to.ts';
import { openSceneTeam, type SceneTeam } from './scene-team.ts';

const PATIENT_PHONE = '13800000001';
const CARER_MAIL = 'daughter@example.org';
const LEAD_PHONE = '13900000009';

let scene: Scene;
let gateway: Awaited<ReturnType<typeof startHttpReceiver>>;
let mailbox: MailReceiver;
let team: SceneTeam;

beforeEach(async () => {
  gateway = await startHttpReceiver();
  gateway.answerWith(answerJson(200, {}));
  mailbox = await startMailReceiver();
  const env = {
    PULSEWARD_WEBHOOK_ALLOW: '127.0.0.1',
    PULSEWARD_SMS_URL: `${gateway.url}/sms`,
    PULSEWARD_SMS_BODY: '{"to":"{phone}","content":"{text}"}',
    PULSEWARD_SMTP_URL: `smtp://127.0.0.1:${mailbox.config.port}`,
    PULSEWARD_MAIL_FROM: 'alerts@clinic.example',
  };
  const { channels } = readConfig({ env });
  scene = await createScene({ channels });
  team = await openSceneTeam(scene, { channels });
  await scene.identify(scene.patientKey, { name: '王建国' });
});
afterEach(async () => {
  await scene.destroy();
  await gateway.stop();
  await mailbox.close();
});

const self = (consent = true) => ({ relation: 'self', channel: 'sms', address: PATIENT_PHONE, consent }) as const;
const carer = (consent = true) => ({ relation: 'carer', channel: 'email', address: CARER_MAIL, consent }) as const;

interface Sms {
  readonly to: string;
  readonly content: string;
}
const mailText = () => mailbox.mails[0]?.lines.join('\n') ?? '';
const texts = (): Sms[] => gateway.requests.map(({ body }) => JSON.parse(String(body)) as Sms);
/** Why something was put off, in order. */
const heldFor = async () => {
  const { rows } = await scene.database.pool.query<{ reason: string }>(
    `select reason from alert_timeline where event = 'notification_held' and reason <> 'grouping' order by at`,
  );
  return rows.map(({ reason }) => reason);
};
const pages = () => scene.webhook.received.filter(({ body }) => body.kind === 'opened');
const toTheTeam = () => scene.webhook.received.length;
const timelineOf = async () => {
  const [alert] = await scene.alerts();
  return alert ? (await scene.detail(alert.alertId)).timeline : [];
};

describe('an urgent low', () => {
  test('tells the patient to take sugar, the daughter to look after them and the team, all at once', async () => {
    await scene.putContacts(scene.patientKey, [self(), carer()]);
    await scene.startAlerting();
    await scene.fire('CGM-01');
    await until(
      'all three are told',
      8_000,
      async () => texts().length === 1 && mailbox.mails.length === 1 && toTheTeam() === 1,
    );
    expect(texts()[0]).toMatchObject({
      to: PATIENT_PHONE,
      content: expect.stringMatching(/^请马上吃糖或喝含糖饮料。.*15分钟/),
    });
    expect(mailbox.mails[0]?.to).toBe(CARER_MAIL);
    expect(mailText()).toMatch(/请马上去看看您照护的人\s+您照护的人：王\s/);
    for (const text of [texts()[0]!.content, mailText()]) {
      expect(text).toMatch(/http:\/\/clinic\.example\/stop\/[\w-]{22}\s*$/);
      expect(text).not.toMatch(/建国|mmol|mg\/dL|alerts\//);
    }
    // They have it before it is written down that they have.
    await scene.settled();
    const { rows } = await scene.database.pool.query('select audience, escalation_step, status from notifications');
    expect(rows).toEqual(
      expect.arrayContaining([
        { audience: 'patient', escalation_step: 0, status: 'delivered' },
        { audience: 'carer', escalation_step: 1, status: 'delivered' },
        { audience: 'team', escalation_step: 2, status: 'delivered' },
      ]),
    );
    expect(JSON.stringify(scene.logged)).not.toMatch(/王|13800000001|daughter/);
  });

  test('is at the lead after 15 minutes without an owner; patient and carer are not reminded', async () => {
    await scene.putContacts(scene.patientKey, [self(), carer()]);
    // Who is on call is the nurse: the lead is not told before.
    await team.join({ name: 'Dr Li', role: 'lead', contacts: [{ channel: 'sms', address: LEAD_PHONE }] });
    await scheduleNurse();
    await scene.startAlerting();
    await scene.fire('CGM-01');
    await until('the patient is told', 8_000, async () => texts().length === 1);
    await scene.settled();
    expect(texts().map(({ to }) => to)).toEqual([PATIENT_PHONE]);
    scene.pass(15 * MINUTE_MS);
    await until('the lead is told', 8_000, async () => texts().some(({ to }) => to === LEAD_PHONE));
    scene.pass(15 * MINUTE_MS);
    await scene.settled();
    expect(texts().filter(({ to }) => to === PATIENT_PHONE)).toHaveLength(1);
    expect(mailbox.mails).toHaveLength(1);
  });

  test('that gets worse tells the patient again; its end is told to the team’s machines alone', async () => {
    const hook = { relation: 'carer', channel: 'webhook', address: `${gateway.url}/carer`, consent: true } as const;
    await scene.putContacts(scene.patientKey, [self(), hook]);
    await scene.startAlerting();
    await scene.fire('CGM-01', { severity: 'critical' });
    await until('patient and carer are told', 8_000, async () => gateway.requests.length === 2);
    await scene.fire('SMBG-01', { severity: 'emergency' });
    await until('both are told that it is worse', 8_000, async () => gateway.requests.length === 4);
    await scene.recover('CGM-01');
    await scene.recover('SMBG-01');
    await until('the team hears of the end', 8_000, async () =>
      scene.webhook.received.some(({ body }) => body.kind === 'cleared'),
    );
    await scene.settled();
    expect(gateway.requests).toHaveLength(4);
  });

  test.each([
    ['nobody gave a contact', [], 'no_contact'],
    ['nobody consented', [self(false), carer(false)], 'no_consent'],
  ] as const)('where %s it is a reason on the timeline, no problem and no error', async (_, contacts, reason) => {
    await scene.putContacts(scene.patientKey, contacts);
    await scene.startAlerting();
    await scene.fire('CGM-01');
    await until('the team is told', 8_000, async () => pages().length === 1);
    await scene.settled();
    const skipped = (await timelineOf()).filter(({ event }) => event === 'step_skipped');
    expect(skipped).toMatchObject([{ reason, detail: { targets: 'patient carer' } }]);
    expect(gateway.requests).toHaveLength(0);
    expect(scene.logged.filter((line) => /"level":(40|50|60)|"(warn|error)"/.test(line))).toEqual([]);
  });

  test('consent that is withdrawn before the message goes out stops it, with that reason', async () => {
    gateway.answerWith(answerJson(503, {}));
    await scene.putContacts(scene.patientKey, [self()]);
    await scene.startAlerting();
    await scene.fire('CGM-01');
    await until('the first attempt has failed', 8_000, async () => gateway.requests.length > 0);
    await scene.database.pool.query('update patient_contacts set consent_withdrawn_at = now()');
    gateway.answerWith(answerJson(200, {}));
    const refused = gateway.requests.length;
    scene.pass(5 * MINUTE_MS);
    const skipped = await until('it is skipped', 8_000, async () =>
      (await scene.notifications()).find(({ channel, status }) => channel === 'sms' && status === 'skipped'),
    );
    expect(skipped).toMatchObject({ last_failure: 'consent_withdrawn' });
    await scene.settled();
    expect(gateway.requests.length).toBe(refused);
  });

  test('reaches the patient by the next contact where the first fails for good, or its consent has gone', async () => {
    gateway.answerWith(answerJson(400, {}));
    const mail = { relation: 'self', channel: 'email', address: 'wang@example.org', consent: true } as const;
    await scene.putContacts(scene.patientKey, [self(), mail]);
    await scene.startAlerting();
    await scene.fire('CGM-01');
    await until('it comes by mail', 8_000, async () => mailbox.mails.length === 1);
    expect(mailbox.mails[0]?.to).toBe('wang@example.org');
    expect(mailText()).toMatch(/^您的血糖低了|^请马上吃糖/);
    expect(texts().map(({ to }) => to)).toEqual([PATIENT_PHONE]);
  });

  test('that a nurse takes over is told to the patient all the same, who has to act', async () => {
    gateway.answerWith(answerJson(503, {}));
    await scene.putContacts(scene.patientKey, [self()]);
    await scene.startAlerting();
    await scene.fire('CGM-01');
    await until('the gateway refuses for now', 8_000, async () => gateway.requests.length > 0);
    const [alert] = await scene.alerts();
    await scene.commands.acknowledge(alert!.alertId, scene.userId);
    const refused = gateway.requests.length;
    gateway.answerWith(answerJson(200, {}));
    scene.pass(5 * MINUTE_MS);
    await until('the patient is told', 8_000, async () => gateway.requests.length > refused);
  });
});

describe('what is at first the patient’s alone', () => {
  test('a low that is coming reaches the patient; the team hears of it as of something new once it is theirs', async () => {
    await scene.putContacts(scene.patientKey, [self(), carer()]);
    await scene.startAlerting();
    await scene.fire('CGM-03', { severity: 'warning', stage: 1 });
    await afterGrouping();
    await until('the patient is told', 8_000, async () => texts().length === 1);
    await scene.settled();
    expect(texts()[0]).toMatchObject({ to: PATIENT_PHONE, content: expect.stringMatching(/^请测一次血糖。/) });
    expect([mailbox.mails.length, toTheTeam()]).toEqual([0, 0]);
    await scene.stage('CGM-03', 2);
    await afterGrouping();
    await until('the team is told', 8_000, async () => pages().length === 1);
    await scene.settled();
    expect(texts()).toHaveLength(1);
  });

  test('it waits for no end of the team’s quiet hours', async () => {
    await team.configure({ quietHours: { from: '00:00', to: '23:59' } });
    await scene.putContacts(scene.patientKey, [self()]);
    await scene.startAlerting();
    await scene.fire('CGM-03', { severity: 'warning', stage: 1 });
    await afterGrouping();
    await until('the patient is told', 8_000, async () => texts().length === 1);
  });

  test('a silent sensor asks the patient to look at it, and nobody else for a day', async () => {
    await scene.putContacts(scene.patientKey, [self()]);
    passTo(scene, '09:00');
    await scene.startAlerting();
    await scene.fire('DATA-01', { severity: 'info', stage: 1 });
    await afterGrouping();
    await until('the patient is told', 8_000, async () => texts().length === 1);
    expect(texts()[0]!.content).toMatch(/^请检查测量设备。/);
    await scene.stage('DATA-01', 3, 'warning');
    await afterGrouping();
    await until('the team is told', 8_000, async () => pages().length === 1);
  });

  test('a silent sensor wakes no patient, also where the team has set no quiet hours', async () => {
    await scene.putContacts(scene.patientKey, [self()]);
    passTo(scene, '23:00');
    await scene.startAlerting();
    await scene.fire('DATA-01', { severity: 'info', stage: 1 });
    await afterGrouping();
    await until('it waits', 8_000, async () => (await heldFor()).length === 1);
    expect(await heldFor()).toEqual(['quiet_hours']);
    await scene.settled();
    expect(texts()).toEqual([]);
    passTo(scene, '08:00');
    await until('the patient is told in the morning', 8_000, async () => texts().length === 1);
  });

  test('what is no glucose goes no oftener to a patient than the cap of a day allows', async () => {
    await team.configure({ dailyCap: 1 });
    await scene.putContacts(scene.patientKey, [self()]);
    passTo(scene, '09:00');
    await scene.startAlerting();
    await scene.fire('CGM-03', { severity: 'warning', stage: 1 });
    await afterGrouping();
    await until('the patient is told of a low that is coming', 8_000, async () => texts().length === 1);
    await scene.recover('CGM-03');
    await scene.fire('DATA-01', { severity: 'info', stage: 1 });
    await afterGrouping();
    await until('the second waits', 8_000, async () => (await heldFor()).length === 1);
    expect(await heldFor()).toEqual(['daily_cap']);
    await scene.settled();
    expect(texts()).toHaveLength(1);
    passTo(scene, '08:00');
    await until('and comes in the morning', 8_000, async () => texts().length === 2);
    expect(texts()[1]?.content).toMatch(/设备/);
  });

  test('without a contact nothing is told, and the team is still told at its own stage', async () => {
    await scene.startAlerting();
    await scene.fire('CGM-03', { severity: 'warning', stage: 1 });
    await afterGrouping();
    await until('the reason stands on the timeline', 8_000, async () =>
      (await timelineOf()).some(
        ({ reason, detail }) => reason === 'meant_for_patient' && detail.patient === 'no_contact',
      ),
    );
    expect(toTheTeam()).toBe(0);
    await scene.stage('CGM-03', 2);
    await afterGrouping();
    await until('the team is told', 8_000, async () => pages().length === 1);
  });
});

test('a contact reads in its own language, else in the team’s', async () => {
  await team.configure({ language: 'en' });
  await scene.putContacts(scene.patientKey, [self(), { ...carer(), language: 'zh' }]);
  await scene.startAlerting();
  await scene.fire('CGM-01');
  await until('both are told', 8_000, async () => texts().length === 1 && mailbox.mails.length === 1);
  expect(texts()[0]!.content).toMatch(/^Eat or drink something sugary now\./);
  expect(mailText()).toMatch(/^请马上去看看您照护的人/);
});

async function scheduleNurse(): Promise<void> {
  const { pool } = scene.database;
  const { rows } = await pool.query<{ member_id: string }>(`select member_id from members where role = 'nurse'`);
  await team.plan({ shifts: [{ from: '2026-01-01T00:00', to: '2099-01-01T00:00', memberIds: [rows[0]!.member_id] }] });
}

/** What is not urgent waits for company first. */
async function afterGrouping(): Promise<void> {
  await scene.settled();
  scene.pass(MINUTE_MS);
}
