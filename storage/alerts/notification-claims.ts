// Who is sending a notification just now, and how it ended. Promise: one attempt at a time; what nobody finishes is due again.
import type { AlertState } from '../../domain/alerts/alert-life.ts';
import type { Condition, Direction, Severity } from '../../domain/rules/rule.ts';
import { dropNulls } from './drop-nulls.ts';
import type { PlannedNotification } from './notification-log.ts';
import type { Queryable } from './queryable.ts';
import type { TimelineEntry } from './timeline.ts';

/** A notification that somebody has taken on, with its alert, its signals and its contact as they are at that moment. */
export interface ClaimedNotification extends Omit<PlannedNotification, 'sentKey'> {
  /** This attempt included. */
  readonly attempts: number;
  readonly createdAt: number;
  readonly condition: Condition;
  readonly direction: Direction;
  readonly openedAt: number;
  readonly alertState: AlertState;
  readonly alertOccurrence: number;
  readonly alertSeverity: Severity;
  /** Whether an episode of one of its firing reasons still goes on, if under another name, by what ingest has said last, applied or not. */
  readonly stillFires: boolean;
  /** Ingest has said something of its key that isn't applied yet. */
  readonly hasUnapplied: boolean;
  /** Absent once the contact was removed or its member has left. */
  readonly sealedAddress?: Buffer | undefined;
  readonly sealedSecret?: Buffer | undefined;
  readonly keyId?: string | undefined;
}

const CLAIM = `
  update notifications n set due_at = $2::int8 + $3::int8, attempts = n.attempts + 1, unanswered = n.unanswered + 1
  from alerts a, notifications self
    left join (member_contacts c join members m on m.member_id = c.member_id and m.left_at is null)
      on c.contact_id = self.contact_id and c.removed_at is null
  where n.notification_id = $1 and self.notification_id = n.notification_id and a.alert_id = n.alert_id
    and n.status = 'pending' and n.due_at <= $2
  returning n.notification_id as "notificationId", n.alert_id as "alertId", n.occurrence, n.contact_id as "contactId",
    n.member_id as "memberId", n.user_id as "userId", n.channel, n.kind, n.severity, n.reason, n.attempts, n.created_at as "createdAt",
    a.condition, a.direction, a.opened_at as "openedAt", a.state as "alertState", a.occurrence as "alertOccurrence",
    a.severity as "alertSeverity",
    c.address_encrypted as "sealedAddress", c.secret_encrypted as "sealedSecret", c.key_id as "keyId",
    exists (
      with recursive named as (
        select e.episode_id, e.fate, e.end_at, e.withdrawn_at, e.joined_to from alert_reasons r join episodes e using (episode_id)
        where r.alert_id = n.alert_id and r.firing
        union
        select e.episode_id, e.fate, e.end_at, e.withdrawn_at, e.joined_to from named join episodes e on e.episode_id = named.joined_to)
      select 1 from named where end_at is null and withdrawn_at is null and fate <> 'retrospective') as "stillFires",
    exists (
      select 1 from signals s where s.patient_key = a.patient_key and s.condition = a.condition and s.direction = a.direction
        and s.version > s.applied) as "hasUnapplied"`;

/**
 * Takes a due notification on for `leaseMs`: nobody else gets it meanwhile, and if this process dies it is due again afterwards.
 * Undefined where it is settled, not due, or taken.
 */
export async function claimNotification(
  db: Queryable,
  notificationId: string,
  now: number,
  leaseMs: number,
): Promise<ClaimedNotification | undefined> {
  const values = [notificationId, now, leaseMs];
  const { rows } = await db.query<ClaimedNotification>({ name: 'notification-claim', text: CLAIM, values });
  return rows[0] && dropNulls(rows[0]);
}

/** Whoever made this attempt still makes it. */
export async function renewClaim(
  db: Queryable,
  notificationId: string,
  attempts: number,
  now: number,
  leaseMs: number,
): Promise<void> {
  await db.query({
    name: 'notification-renew',
    text: `update notifications set due_at = $3::int8 + $4::int8
      where notification_id = $1 and attempts = $2 and status = 'pending'`,
    values: [notificationId, attempts, now, leaseMs],
  });
}

export type Settlement =
  | { readonly status: 'delivered' }
  | { readonly status: 'skipped'; readonly failure: string }
  | { readonly status: 'failed'; readonly failure: string; readonly perhapsArrived: boolean }
  | { readonly status: 'pending'; readonly failure: string; readonly perhapsArrived: boolean; readonly dueAt: number }
  /** Nothing was sent, and what there is to send isn't settled yet: as if it had not been taken on, due at once. */
  | { readonly status: 'put_back' };

const SETTLE = `
  with settled as (
    update notifications set status = $2, due_at = $3, settled_at = $4, last_failure = coalesce($5, last_failure),
      attempts = attempts - $11::int, unanswered = unanswered - $12::int
    where notification_id = $1 and attempts = $10 and status = 'pending'
    returning notification_id, alert_id, channel, contact_id, member_id),
  told as (
    insert into alert_timeline (alert_id, at, event, reason, actor_kind, channel, contact_id, member_id, notification_id, detail)
    select alert_id, $6::int8, $7::text, $8::text, 'system', channel, contact_id, member_id, notification_id, $9::jsonb from settled where $7::text is not null)
  select count(*)::int as settled from settled`;

/**
 * Writes how an attempt ended, with its entry on the timeline if there is one. False where another attempt was made or it was settled
 * meanwhile: whoever was taken for dead settles nothing.
 */
export async function settleNotification(
  db: Queryable,
  { notificationId, attempts }: Pick<ClaimedNotification, 'notificationId' | 'attempts'>,
  settlement: Settlement,
  now: number,
  entry: Pick<TimelineEntry, 'event' | 'reason' | 'detail'> | undefined,
): Promise<boolean> {
  const { status } = settlement;
  const isPutBack = status === 'put_back';
  const dueAt = isPutBack ? now : status === 'pending' ? settlement.dueAt : null;
  const hasAnswer = !('perhapsArrived' in settlement && settlement.perhapsArrived);
  const { rows } = await db.query<{ settled: number }>({
    name: 'notification-settle',
    text: SETTLE,
    values: [
      notificationId,
      isPutBack ? 'pending' : status,
      dueAt,
      dueAt === null ? now : null,
      'failure' in settlement ? settlement.failure : null,
      now,
      entry?.event ?? null,
      entry?.reason ?? null,
      JSON.stringify(entry?.detail ?? {}),
      attempts,
      isPutBack ? 1 : 0,
      hasAnswer ? 1 : 0,
    ],
  });
  return rows[0]?.settled === 1;
}

/** Its alert is looked at anew at once: what failed for good may be followed by another contact, or by the next step. The caller holds its key. */
export async function reviewAfterFailure(tx: Queryable, alertId: string, now: number): Promise<void> {
  await tx.query({
    name: 'notification-failed-review',
    text: `update alerts set due_at = $2, due_reason = 'delivery_failed' where alert_id = $1 and state = 'open'`,
    values: [alertId, now],
  });
}
