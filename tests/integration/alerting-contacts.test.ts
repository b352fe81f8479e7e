// Contacts that fail: one that is dead is followed by the next of the same person at once, and where all are dead by the next step; the
// alert and the metrics say so; and no kill in between loses or doubles a page.
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EscalationPolicy, EscalationStep } from '../../domain/alerts/escalation-policy.ts';
import { createCounters } from '../../runtime/counters.ts';
import { openKysely } from '../../storage/database.ts';
import { verifyContact } from '../../storage/registry/contact-codes.ts';
import { putOwnContacts } from '../../storage/registry/own-contacts.ts';
import { openVault } from '../../storage/registry/vault.ts';
import { type Answer, startHttpReceiver } from '../contract/http-receiver.ts';
import { type MailReceiver, startMailReceiver } from '../system/mail-receiver.ts';
import { until } from '../system/until.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../system/webhook-receiver.ts';
import { alertingByHand } from './alerting-by-hand.ts';
import { createScene, MINUTE_MS, type Scene } from './alerting-scene.ts';
import { openSceneTeam } from './scene-team.ts';

const PAGED_MS = 10_000;
const SECRET = 'secret-of-the-contact';
const MAIL = 'nurse@clinic.example';
const stepOf = (delayMin: number, kind: EscalationStep['targets'][number]['kind'], role?: string): EscalationStep => ({
  delayMin,
  targets: [{ kind, role }],
  contacts: 'in_order',
});
const NURSE_THEN_LEAD: EscalationPolicy = {
  name: 'one_after_the_other',
  severities: ['critical', 'emergency'],
  steps: [stepOf(0, 'role', 'nurse'), stepOf(15, 'role', 'lead'), stepOf(60, 'team')],
};

let scene: Scene;
let mail: MailReceiver;
let dead: Awaited<ReturnType<typeof startHttpReceiver>>;
let lead: WebhookReceiver;
let teamId: string;
let patientKey: number;
const processes: ChildProcess[] = [];
beforeEach(async () => {
  dead = await startHttpReceiver();
  lead = await startWebhookReceiver();
  mail = await startMailReceiver();
  scene = await createScene({ member: false, channels: { mail: mail.config } });
});
afterEach(async () => {
  for (const child of processes.splice(0)) child.kill('SIGKILL');
  await scene.destroy();
  await mail.close();
  await lead.close();
  await dead.stop();
});

const webhook = (address: string) => ({ channel: 'webhook', address, secret: SECRET });
const deadContact = () => webhook(`${dead.url}/gone`);
/** A nurse with these contacts and a lead who can be reached, told one after the other. */
async function createTeam(contacts: Parameters<Scene['addTeam']>[0]): Promise<void> {
  teamId = await scene.addTeam(contacts);
  const team = await openSceneTeam(scene, { teamId });
  const ofLead = { channel: 'webhook', address: lead.url, secret: lead.secret };
  await team.join({ name: 'Lead', role: 'lead', contacts: [ofLead] });
  await team.configure({ policies: [NURSE_THEN_LEAD] });
  patientKey = await scene.addPatient(teamId);
}
const fireLow = () => scene.fire('CGM-01', {}, { patientKey });
const timeline = async () => {
  const [alert] = await scene.alerts();
  return alert ? (await scene.detail(alert.alertId)).timeline : [];
};
const failures = async () =>
  (await timeline())
    .filter(({ event }) => event === 'notification_failed')
    .map(({ channel, reason }) => `${channel} ${reason}`);
const answerWith =
  (status: number, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(status, headers).end();

describe('a first contact that is dead', () => {
  test.each([
    ['is gone', answerWith(410), 'http_410'],
    ['was never there', answerWith(404), 'http_404'],
    ['leads to a private address', answerWith(307, { location: 'http://10.0.0.8/hook' }), 'http_307'],
  ] as const)(
    'and %s is followed by the mail at once, which the alert and the metrics say',
    async (_, answer, reason) => {
      dead.answerWith(answer);
      await createTeam([deadContact(), { channel: 'email', address: MAIL }]);
      const counters = createCounters({ part: 'alerting' });
      await scene.startAlerting({ counters });
      await fireLow();
      await until('the mail is there', PAGED_MS, () => mail.mails.length === 1);
      await scene.settled();
      expect(await failures()).toEqual([`webhook ${reason}`]);
      expect(dead.requests).toHaveLength(1);
      expect(lead.received).toHaveLength(0);
      const ended =
        (await counters.snapshot()).find(({ name }) => name === 'pulseward_notifications_total')?.values ?? [];
      expect(ended.map(({ labels, value }) => [labels.channel, labels.status, value])).toEqual(
        expect.arrayContaining([
          ['webhook', 'failed', 1],
          ['email', 'delivered', 1],
        ]),
      );
      // Once a person has it, there is nobody to be told because of what failed.
      scene.pass(14 * MINUTE_MS);
      await scene.settled();
      expect(lead.received).toHaveLength(0);
    },
  );

  test('is tried again by none of the reminders while the next one works', async () => {
    dead.answerWith(answerWith(410));
    await createTeam([deadContact(), { channel: 'email', address: MAIL }]);
    await scene.startAlerting();
    await fireLow();
    await until('the mail is there', PAGED_MS, () => mail.mails.length === 1);
    scene.pass(15 * MINUTE_MS);
    await until('it is reminded', PAGED_MS, () => mail.mails.length === 2);
    await until('the lead hears', PAGED_MS, () => lead.received.length === 1);
    expect(dead.requests).toHaveLength(1);
  });
});

test('where every contact of the nurse is dead the lead is told at once, not in a quarter of an hour', async () => {
  dead.answerWith(answerWith(410));
  await createTeam([deadContact(), webhook(`${dead.url}/gone-too`)]);
  const counters = createCounters({ part: 'alerting' });
  await scene.startAlerting({ counters });
  await fireLow();
  await until('the lead has it', PAGED_MS, () => lead.received.length === 1);
  await scene.settled();
  expect(lead.received.map(({ body }) => body.kind)).toEqual(['opened']);
  // Neither of the two failures waited for its turn among what is due; now and then that finds one of them in the moment between.
  const found = (await counters.snapshot()).find(({ name }) => name === 'pulseward_reconciled_total')?.values ?? [];
  expect(found.find(({ labels }) => labels.what === 'timers')?.value ?? 0).toBeLessThan(2);
  expect(await failures()).toEqual(['webhook http_410', 'webhook http_410']);
  expect(dead.requests.map(({ path }) => path)).toEqual(['/gone', '/gone-too']);
});

test('a webhook that hangs holds up nobody else: the lead hears at his time, and the mail of others at once', async () => {
  let hasEnded = false;
  dead.answerWith((response) => {
    response.once('close', () => {
      hasEnded = true;
    });
  });
  await createTeam([deadContact()]);
  const others = await scene.addTeam([{ channel: 'email', address: MAIL }]);
  const theirs = await scene.addPatient(others);
  await scene.startAlerting();
  await fireLow();
  await until('it hangs', PAGED_MS, () => dead.requests.length === 1);
  await scene.fire('CGM-01', {}, { patientKey: theirs });
  await until('the mail is there', PAGED_MS, () => mail.mails.length === 1);
  expect(hasEnded, 'the webhook still hangs').toBe(false);
  scene.pass(15 * MINUTE_MS);
  await until('the lead hears', PAGED_MS, () => lead.received.length === 1);
});

test('a webhook that answers 500 for an hour is asked ever more rarely, is one line on the timeline, and has the page once it is back', async () => {
  await createTeam([deadContact()]);
  const hand = await alertingByHand(scene);
  hand.receiverAnswers('refused');
  await scene.fire('CGM-01', {}, { patientKey, nudge: false });
  await hand.settle(patientKey);
  for (let passed = 0; passed < 60 * MINUTE_MS; passed += MINUTE_MS / 4) {
    scene.pass(MINUTE_MS / 4);
    await hand.settle(patientKey);
  }
  const [first, ...others] = await scene.notifications();
  expect(first).toMatchObject({ status: 'pending', kind: 'opened' });
  expect(first?.attempts).toBeLessThan(60);
  expect(others.length).toBeLessThan(4);
  expect(await failures()).toHaveLength(1 + others.length);
  hand.receiverAnswers('delivered');
  scene.pass(2 * MINUTE_MS);
  await hand.settle(patientKey);
  const toNurse = hand.received.filter(({ to }) => to === deadContact().address);
  expect(toNurse.map(({ kind }) => kind)).toEqual(['opened']);
});

test('a webhook that a nurse entered for herself is paged once she has given its code back, and not before', async () => {
  await createTeam([]);
  const { pool } = scene.database;
  const { rows } = await pool.query<{ member_id: string }>(
    `insert into members (member_id, team_id, name, role, user_id) values (gen_random_uuid(), $1, 'Nurse', 'nurse', $2) returning member_id`,
    [teamId, scene.userId],
  );
  const db = openKysely(pool);
  const vault = await openVault(db, scene.processSettings('after-send').encryptionKeyFile);
  const { userId } = scene;
  const contacts = [{ channel: 'webhook', address: `${dead.url}/own` }];
  const deps = { vault, plainHttpHosts: ['127.0.0.1'] };
  const own = await putOwnContacts(db, deps, { userId, contacts, now: scene.now() });
  const contactId = own.contacts[0]?.contactId ?? '';
  await scene.startAlerting();
  const kinds = () => dead.requests.map(({ body }) => JSON.parse(String(body)).kind);
  await until('the code is there', PAGED_MS, () => dead.requests.length === 1);

  await fireLow();
  // The lead has to stand in for whoever can't be reached yet.
  await until('the lead has it', PAGED_MS, () => lead.received.length === 1);
  await scene.settled();
  const skipped = (await timeline()).find(({ event }) => event === 'contact_skipped');
  expect(skipped).toMatchObject({ reason: 'unverified_contact', contactId, memberId: rows[0]?.member_id });
  expect(kinds()).toEqual(['verification']);

  const { code } = JSON.parse(String(dead.requests[0]?.body));
  await verifyContact(db, vault, { userId, contactId, code, now: scene.now() });
  scene.pass(15 * MINUTE_MS);
  await until('she has it', PAGED_MS, () => dead.requests.length === 2);
  expect(kinds()).toEqual(['verification', 'opened']);
});

describe('alerting is killed', { timeout: 90_000 }, () => {
  let second: Awaited<ReturnType<typeof startHttpReceiver>>;
  beforeEach(async () => {
    second = await startHttpReceiver();
    await createTeam([deadContact(), webhook(`${second.url}/second`)]);
  });
  afterEach(() => second.stop());

  async function startProcess(): Promise<{ kill(): void; readonly died: Promise<unknown> }> {
    const file = join(import.meta.dirname, 'alerting.process.ts');
    const child = fork(file, [JSON.stringify({ ...scene.processSettings('after-send'), faultPoint: undefined })], {
      stdio: ['ignore', 'inherit', 'ignore', 'ipc'],
    });
    processes.push(child);
    await new Promise((resolve) => child.once('message', resolve));
    return { kill: () => child.kill('SIGKILL'), died: new Promise((resolve) => child.once('exit', resolve)) };
  }
  const keys = ({ requests }: typeof second) => requests.map(({ headers }) => headers['idempotency-key']);

  test('before the dead contact has answered: it is asked again with the same key, and the next one has the page once', async () => {
    const child = await startProcess();
    dead.answerWith(() => child.kill());
    await fireLow();
    await child.died;
    expect(second.requests).toHaveLength(0);
    dead.answerWith(answerWith(410));
    await scene.startAlerting();
    await until('the next contact has it', 30_000, () => second.requests.length > 0);
    await scene.settled();
    expect(new Set(keys(dead)).size).toBe(1);
    expect(second.requests).toHaveLength(1);
    expect(await failures()).toEqual(['webhook http_410']);
  });

  test('between the failure and what follows from it: the next contact has the page once', async () => {
    const child = await startProcess();
    dead.answerWith(answerWith(410));
    await fireLow();
    await until(
      'the failure is written down',
      PAGED_MS,
      async () => (await scene.notifications()).some(({ status }) => status === 'failed'),
      1,
    );
    child.kill();
    await child.died;
    await scene.startAlerting();
    await until('the next contact has it', 30_000, () => second.requests.length > 0);
    await scene.settled();
    expect(new Set(keys(second)).size).toBe(1);
    expect(dead.requests).toHaveLength(1);
  });

  test('as the next contact is being told: it is told again with the same key, and the dead one is left alone', async () => {
    const child = await startProcess();
    dead.answerWith(answerWith(410));
    second.answerWith(() => child.kill());
    await fireLow();
    await child.died;
    second.answerWith(answerWith(204));
    await scene.startAlerting();
    await until('it is told again', 30_000, () => second.requests.length === 2);
    await scene.settled();
    expect(new Set(keys(second)).size).toBe(1);
    expect(dead.requests).toHaveLength(1);
    expect(lead.received).toHaveLength(0);
  });
});
