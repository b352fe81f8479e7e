// A database as version 0008 left it, in the middle of alerting: upgraded through all migrations since, it goes on. Rows are written as
// that version wrote them, so by its columns and not by what writes them now.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Migrator } from 'kysely/migration';
import { v7 as uuidv7 } from 'uuid';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createAlertingCounters } from '../../alerting/alerting-counters.ts';
import { audit } from '../../alerting/audit.ts';
import { createCounters } from '../../runtime/counters.ts';
import { createLog } from '../../runtime/log.ts';
import { openKysely } from '../../storage/database.ts';
import { ALL_MIGRATIONS } from '../../storage/migrations/all-migrations.ts';
import { migrateToLatest } from '../../storage/migrator.ts';
import { openVault } from '../../storage/registry/vault.ts';
import { createEmptyTestDatabase, type TestDatabase } from '../test-database.ts';
import { alertingByHand, type ByHand } from './alerting-by-hand.ts';

const MINUTE_MS = 60_000;
const UPGRADED_AT = Date.parse('2026-11-22T02:10:00Z');
const ago = (minutes: number) => UPGRADED_AT - minutes * MINUTE_MS;
const [TEAM, USER, MEMBER, CONTACT] = [uuidv7(), uuidv7(), uuidv7(), uuidv7()];

let directory: string;
let database: TestDatabase;
let byHand: ByHand;
let at: number;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'pulseward-upgrade-'));
  database = await createEmptyTestDatabase();
  at = UPGRADED_AT;
  const provider = { getMigrations: async () => ALL_MIGRATIONS };
  const { error } = await new Migrator({ db: openKysely(database.pool), provider }).migrateTo('0008-patient-risks');
  if (error) throw error;
  await writeTeam();
});
afterEach(async () => {
  await database.drop();
  rmSync(directory, { recursive: true, force: true });
});

type Row = Readonly<Record<string, unknown>>;
async function insert(table: string, rows: readonly Row[]): Promise<void> {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))].join(', ');
  await database.pool.query(
    `insert into ${table} (${columns}) select ${columns} from jsonb_populate_recordset(null::${table}, $1)`,
    [JSON.stringify(rows)],
  );
}
const read = async <T extends Row>(sql: string) => (await database.pool.query<T>(sql)).rows;

async function writeTeam(): Promise<void> {
  const vault = await openVault(openKysely(database.pool), join(directory, 'encryption.key'));
  const seal = (text: string, part: string) => vault.seal(text, `member-contact/${CONTACT}/${part}`);
  const address = seal('https://example.org/hook', 'address');
  await insert('users', [{ user_id: USER, username: 'lin', password_hash: 'x', created_at: new Date(0) }]);
  await insert('teams', [{ team_id: TEAM, name: 'Team', time_zone: 'Asia/Shanghai', created_at: new Date(0) }]);
  const member = { member_id: MEMBER, team_id: TEAM, name: 'Lin', role: 'nurse', user_id: USER };
  await insert('members', [{ ...member, created_at: new Date(0) }]);
  await database.pool.query(
    `insert into member_contacts (contact_id, member_id, position, channel, address_encrypted, secret_encrypted, key_id, verified_at)
     values ($1, $2, 0, 'webhook', $3, $4, $5, now())`,
    [CONTACT, MEMBER, address.bytes, seal('secret', 'secret').bytes, address.keyId],
  );
}

interface Story {
  readonly alert?: Row;
  readonly reminders?: number;
  /** When it was told last. */
  readonly toldAt: number;
  /** Of the last message. */
  readonly sent?: Row;
  readonly signal?: Row;
}

/** A critical low of a patient of their own that was told when it opened, and as often again as it says. */
async function tell({ alert = {}, reminders = 0, toldAt, sent = {}, signal = {} }: Story) {
  const patientId = uuidv7();
  await insert('patients', [{ patient_id: patientId, time_zone: 'Asia/Shanghai', registered_at: new Date(0) }]);
  const [patient] = await read<{ patient_key: number }>(
    `select patient_key from patients where patient_id = '${patientId}'`,
  );
  const patient_key = patient!.patient_key;
  await insert('responsibilities', [{ patient_key, team_id: TEAM, from_at: new Date(ago(9_999)) }]);
  const [alert_id, episode_id] = [uuidv7(), uuidv7()];
  const key = { patient_key, condition: 'glucose', direction: 'low' };
  const openedAt = toldAt - reminders * 15 * MINUTE_MS;
  const explanation = { reason: 'below_line', thresholds: {} };
  const rule = { ...key, rule_id: 'CGM-01', rule_version: 1, severity: 'critical', episode_id, explanation };
  const applied = { version: 1, handed_over: 1, applied: 1, updated_at: openedAt };
  await insert('signals', [{ ...rule, verdict: 'firing', ...applied, ...signal }]);
  const times = { start_at: openedAt, completed_at: openedAt, first_seen_at: openedAt };
  await insert('episodes', [{ ...rule, ...times, fate: 'live', evidence: [], signal_version: 1 }]);
  await insert('alert_keys', [key]);
  const told = { kind: reminders > 0 ? 'reminder' : 'opened', severity: 'critical', occurrence: 1, at: toldAt };
  const state = { state: 'open', signal: 'firing', severity: 'critical', peak_severity: 'critical', test: false };
  const opened = { opened_at: openedAt, fired_at: openedAt, occurrence: 1, version: 2 };
  await insert('alerts', [{ ...{ alert_id, team_id: TEAM, ...key, ...state, ...opened, told, reminders }, ...alert }]);
  const reason = { alert_id, rule_id: 'CGM-01', episode_id, severity: 'critical', firing: state.signal === 'firing' };
  await insert('alert_reasons', [
    { ...reason, joined_at: openedAt, episode_start_at: openedAt, explanation, evidence: [] },
  ]);
  const notifications = Array.from({ length: reminders + 1 }, (_, step) => {
    const kind = step === 0 ? 'opened' : 'reminder';
    const created_at = openedAt + step * 15 * MINUTE_MS;
    const of = (recipient: string) => ({
      ...{
        notification_id: uuidv7(),
        alert_id,
        occurrence: 1,
        kind,
        severity: 'critical',
        reason: 'first_notification',
      },
      ...{ sent_key: `${alert_id}.1.${kind}.critical.${step}.${recipient}`, member_id: MEMBER, created_at },
      ...{ status: 'delivered', attempts: 1, settled_at: created_at },
    });
    const webhook = { ...of(CONTACT), channel: 'webhook', contact_id: CONTACT };
    const inApp = { ...of(USER), channel: 'in_app', user_id: USER };
    return [step === reminders ? { ...webhook, ...sent } : webhook, inApp];
  }).flat();
  await insert('notifications', notifications);
  await database.pool.query(
    `insert into alert_timeline (alert_id, at, event, reason, actor_kind) values ($1, $2, 'opened', 'below_line', 'system')`,
    [alert_id, openedAt],
  );
  return { alertId: alert_id, patientKey: patient_key, notifications };
}

async function upgrade(): Promise<void> {
  expect((await migrateToLatest(database.url)).at(0)).toBe('0009-one-responsible-team');
  const encryptionKeyFile = join(directory, 'encryption.key');
  const processSettings = () => ({ databaseUrl: database.url, encryptionKeyFile });
  byHand = await alertingByHand({ database, now: () => at, patientKey: 0, processSettings });
}
/** What the role does in normal running, until nothing is due. */
async function goOn(minutes = 0): Promise<void> {
  at += minutes * MINUTE_MS;
  const patients = await read<{ patient_key: number }>('select patient_key from signals where version > applied');
  for (const { patient_key } of patients) await byHand.apply(patient_key);
  do await byHand.review();
  while ((await byHand.deliver()) > 0);
}
const received = () => byHand.received.map(({ kind, alertId }) => `${kind} ${alertId}`);
const keysOf = async (alertId: string) =>
  (
    await read<{ sent_key: string }>(
      `select sent_key from notifications where alert_id = '${alertId}' and contact_id is not null order by created_at, sent_key`,
    )
  ).map(({ sent_key }) => sent_key);
const webhookKey = (alertId: string, kind: string, step: number) => `${alertId}.1.${kind}.critical.${step}.${CONTACT}`;
const everyNotification = () =>
  read('select notification_id, sent_key, status, attempts from notifications order by 1');

test('what was told is not told again by the upgrade, and its timer repeats at its time under the next key', async () => {
  const timer = { due_at: ago(5) + 15 * MINUTE_MS, due_reason: 'repeat_interval' };
  const { alertId } = await tell({ toldAt: ago(5), alert: timer });
  const before = await everyNotification();
  await upgrade();
  await goOn();
  await goOn(9);
  expect(await everyNotification()).toEqual(before);
  expect(received()).toEqual([]);
  await goOn(1);
  expect(received()).toEqual([`reminder ${alertId}`]);
  expect(await keysOf(alertId)).toEqual([webhookKey(alertId, 'opened', 0), webhookKey(alertId, 'reminder', 1)]);
  await goOn(15);
  await goOn(15);
  expect(await keysOf(alertId)).toHaveLength(4);
  expect((await keysOf(alertId)).at(-1)).toBe(webhookKey(alertId, 'reminder', 3));
});

test('a timer that came due during the upgrade is acted on once, counting on from the reminders there were', async () => {
  const timer = { due_at: ago(3), due_reason: 'repeat_interval' };
  const { alertId } = await tell({ toldAt: ago(18), reminders: 2, alert: timer });
  await upgrade();
  await goOn();
  await goOn();
  expect(received()).toEqual([`reminder ${alertId}`]);
  expect((await keysOf(alertId)).at(-1)).toBe(webhookKey(alertId, 'reminder', 3));
});

test('a message on its way is delivered, once, as the one it was', async () => {
  const sent = { status: 'pending', attempts: 1, due_at: ago(0), settled_at: null };
  const timer = { due_at: ago(1) + 15 * MINUTE_MS, due_reason: 'repeat_interval' };
  const { notifications } = await tell({ toldAt: ago(1), sent, alert: timer });
  await upgrade();
  await goOn();
  await goOn();
  expect(byHand.received.map(({ notificationId }) => notificationId)).toEqual([notifications[0]!.notification_id]);
});

test('whoever puts one off is reminded at the end of the snooze, and what nobody reviewed expires', async () => {
  const snoozed = { state: 'snoozed', snoozed_until: ago(-20), snoozed_severity: 'critical', snoozed_from: 'open' };
  const { alertId } = await tell({
    toldAt: ago(40),
    alert: { ...snoozed, due_at: ago(-20), due_reason: 'snooze_ends' },
  });
  const clearedAt = ago(7 * 24 * 60 - 30);
  const over = await tell({
    toldAt: clearedAt - MINUTE_MS,
    alert: { signal: 'cleared', cleared_at: clearedAt, due_at: ago(-30), due_reason: 'expires' },
    signal: { verdict: 'clear', severity: null, episode_id: null },
  });
  await database.pool.query('update alert_reasons set firing = false, cleared_at = $2 where alert_id = $1', [
    over.alertId,
    clearedAt,
  ]);
  await upgrade();
  await goOn(19);
  expect(received()).toEqual([]);
  await goOn(2);
  expect(received()).toEqual([`reminder ${alertId}`]);
  await goOn(10);
  const [expired] = await read<{ state: string }>(`select state from alerts where alert_id = '${over.alertId}'`);
  expect(expired?.state).toBe('expired');
  expect(received().filter((each) => each.includes(over.alertId))).toEqual([`closed ${over.alertId}`]);
});

test('an owner of before, for whom there was no timer, is asked for an outcome; what nobody has applied is told', async () => {
  const owned = { state: 'acknowledged', acknowledged_at: ago(90), acknowledged_by: USER, due_at: null };
  const owner = await tell({ toldAt: ago(95), alert: owned });
  const unapplied = { version: 2, handed_over: 2, applied: 1, updated_at: ago(2), severity: 'emergency' };
  const worse = await tell({
    toldAt: ago(5),
    signal: unapplied,
    alert: { due_at: ago(-10), due_reason: 'repeat_interval' },
  });
  await database.pool.query(`update episodes set severity = 'emergency', signal_version = 2 where patient_key = $1`, [
    worse.patientKey,
  ]);
  await upgrade();
  const counters = createCounters({ part: 'test' });
  const pings: number[] = [];
  const runAudit = () =>
    audit({
      ...{ pool: database.pool, now: () => at, log: createLog({ part: 'test', level: 'silent' }) },
      ...{ counters: createAlertingCounters(counters), deadMan: { ping: () => void pings.push(at) } },
    });
  await runAudit();
  // An urgent signal that is two minutes old, from before there was any note of since when.
  expect(pings).toEqual([]);
  await goOn();
  await runAudit();
  expect(pings).toEqual([at]);
  expect(received().toSorted()).toEqual([`changed ${worse.alertId}`, `reminder ${owner.alertId}`].toSorted());
});
