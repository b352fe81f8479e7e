// Takes on at once what is told in one message: the first of a company is its head, the others point to it and are settled with it, so
// that a repeat is the same message under the same key. Promise: who is told with whom is decided once, by one process at a time.
import type { Pool, PoolClient } from 'pg';
import {
  ALONE,
  DIGEST,
  goesByItself,
  LOW,
  nextStormBeat,
  STORM,
  STORM_OF_LOWS,
  stormOf,
  TOLD_AT_ONCE,
} from '../../domain/alerts/company.ts';
import { inTransaction } from '../in-transaction.ts';
import { type ClaimedNotification, claimAll, type Settlement } from './notification-claims.ts';
import { readCrowded } from './read-crowded.ts';
import { type CompanySettlement, settleLeftOut } from './settle-company.ts';
import { isGlucoseLowSql, turnSql } from './turn-sql.ts';

export interface CompanyClaim {
  /** Absent where nothing is left to be told. */
  readonly head?: ClaimedNotification | undefined;
  readonly others: readonly ClaimedNotification[];
  /** What became of those that are not told. */
  readonly left: readonly Omit<CompanySettlement, 'entry'>[];
}

/** `busy`: somebody else decides about its contact just now · `held`: so many wait for the next message to their contact. */
export type CompanyAnswer = CompanyClaim | { readonly busy: true } | { readonly held: number } | undefined;

export interface CompanyQuestion {
  readonly now: number;
  readonly leaseMs: number;
  /** What has to become of one of them instead of being told; undefined: it is told. */
  readonly judge: (notification: ClaimedNotification) => Settlement | undefined;
}

interface Waiting {
  readonly contactId: string;
  readonly company: string;
}

const WAITING = `select contact_id as "contactId", company from notifications where notification_id = $1 and status = 'pending'
  and due_at <= $2 and attempts = 0 and sent_with is null and company is not null and contact_id is not null`;
/** Two that decide about one contact at once would both be heads. */
const LOCK = 'select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as locked';
const HOLD = `update notifications set company = $5::text, due_at = case when severity = 'critical' then $3::int8 else $4::int8 end where contact_id = $1 and status = 'pending' and company is not null
  and company not in ('${DIGEST}', '${STORM}', '${STORM_OF_LOWS}') and (company = '${LOW}') = ($5::text = '${STORM_OF_LOWS}')
  and due_at <= $2 and attempts = 0 and sent_with is null returning alert_id`;
const CANDIDATES = `select n.notification_id as "notificationId" from notifications n left join alerts a using (alert_id)
  where n.contact_id = $1 and n.company = $2 and n.status = 'pending'
    and n.due_at <= $3 and n.attempts = 0 and n.sent_with is null and (n.company not in ('${ALONE}', '${LOW}') or n.notification_id = $4)
  order by ${turnSql('a', 'n.severity')} desc, ${isGlucoseLowSql('a')} desc, n.notification_id limit ${TOLD_AT_ONCE} for update of n skip locked`;

/** Undefined where it is settled, not due, or taken. */
export async function claimCompany(
  pool: Pool,
  notificationId: string,
  question: CompanyQuestion,
): Promise<CompanyAnswer> {
  const { rows } = await pool.query<Waiting>({
    name: 'notification-waiting',
    text: WAITING,
    values: [notificationId, question.now],
  });
  const [waiting] = rows;
  return waiting && inTransaction(pool, (tx) => decide(tx, notificationId, waiting, question));
}

async function decide(
  tx: PoolClient,
  notificationId: string,
  { contactId, company }: Waiting,
  question: CompanyQuestion,
): Promise<CompanyAnswer> {
  const { now } = question;
  const storm = stormOf(company);
  const isTooMuch = storm && (await readCrowded(tx, { contactIds: [contactId], storm, now })).has(contactId);
  // What goes alone needs nobody to wait for it: its own row says whether it was taken on.
  const isAlone = goesByItself(company) && !isTooMuch;
  if (!isAlone && !(await lockContact(tx, contactId))) return { busy: true };
  if (isTooMuch) {
    const values = [contactId, now, nextStormBeat('critical', now), nextStormBeat('warning', now), storm];
    const { rowCount } = await tx.query({ name: 'company-hold', text: HOLD, values });
    return { held: rowCount ?? 0 };
  }
  const { rows } = await tx.query<{ notificationId: string }>({
    name: 'company-candidates',
    text: CANDIDATES,
    values: [contactId, company, now, notificationId],
  });
  const ids = rows.map((row) => row.notificationId);
  return ids.length === 0 ? undefined : gather(tx, ids, question);
}

async function lockContact(tx: PoolClient, contactId: string): Promise<boolean> {
  const { rows } = await tx.query<{ locked: boolean }>({ name: 'company-lock', text: LOCK, values: [contactId] });
  return rows[0]?.locked ?? false;
}

async function gather(tx: PoolClient, ids: readonly string[], question: CompanyQuestion): Promise<CompanyAnswer> {
  const { now, leaseMs, judge } = question;
  const claimed = new Map((await claimAll(tx, ids, now, leaseMs)).map((each) => [each.notificationId, each]));
  const inOrder = ids.flatMap((id) => claimed.get(id) ?? []);
  const left: Omit<CompanySettlement, 'entry'>[] = [];
  const stands: ClaimedNotification[] = [];
  for (const notification of inOrder) {
    const settlement = judge(notification);
    if (settlement) left.push({ notification, settlement });
    else stands.push(notification);
  }
  const newest = new Map(stands.toSorted(byId).map((each) => [each.alertId, each]));
  const told = stands.filter((each) => newest.get(each.alertId) === each);
  for (const notification of stands)
    if (newest.get(notification.alertId) !== notification) left.push({ notification, settlement: SAID_ANEW });
  await settleLeftOut(tx, left, now);
  const [head, ...others] = told;
  if (head && others.length > 0)
    await tx.query({
      name: 'company-join',
      text: 'update notifications set sent_with = $1, due_at = null where notification_id = any($2::uuid[])',
      values: [head.notificationId, others.map((each) => each.notificationId)],
    });
  return { head, others, left };
}

/** Of one alert the last word is enough. */
const SAID_ANEW: Settlement = { status: 'skipped', failure: 'told_in_its_newer_state' };
const byId = (a: ClaimedNotification, b: ClaimedNotification) => (a.notificationId < b.notificationId ? -1 : 1);
