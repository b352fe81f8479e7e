// What was decided to be sent, to whom, and how that went: the log that says what was already sent. Survives everything but the disk.
import type { Condition, Direction, Severity } from '../../domain/rules/rule.ts';
import type { AlertSignal, AlertState, NotificationKind } from './alert-record.ts';
import { dropNulls } from './drop-nulls.ts';
import type { Queryable } from './queryable.ts';

export interface PlannedNotification {
  readonly notificationId: string;
  readonly alertId: string;
  readonly occurrence: number;
  readonly contactId?: string | undefined;
  readonly memberId?: string | undefined;
  readonly userId?: string | undefined;
  readonly channel: string;
  readonly kind: NotificationKind;
  readonly severity: Severity;
  readonly reason: string;
  /** Says what is told to whom: the same thing is never told twice. */
  readonly sentKey: string;
}

/** Those that were new, due at once. */
export async function planNotifications(
  tx: Queryable,
  planned: readonly PlannedNotification[],
  now: number,
): Promise<string[]> {
  if (planned.length === 0) return [];
  const rows = planned.map((each) => ({
    notification_id: each.notificationId,
    alert_id: each.alertId,
    occurrence: each.occurrence,
    contact_id: each.contactId,
    member_id: each.memberId,
    user_id: each.userId,
    channel: each.channel,
    kind: each.kind,
    severity: each.severity,
    reason: each.reason,
    sent_key: each.sentKey,
  }));
  const { rows: added } = await tx.query<{ notificationId: string }>(
    `insert into notifications (notification_id, alert_id, occurrence, contact_id, member_id, user_id, channel, kind, severity, reason,
                                sent_key, status, due_at, created_at)
     select notification_id, alert_id, occurrence, contact_id, member_id, user_id, channel, kind, severity, reason, sent_key,
            'pending', $2, $2
     from jsonb_populate_recordset(null::notifications, $1::jsonb)
     on conflict (sent_key) do nothing returning notification_id as "notificationId"`,
    [JSON.stringify(rows), now],
  );
  return added.map(({ notificationId }) => notificationId);
}

/** A notification that somebody has taken on, with the alert as it is now. */
export interface ClaimedNotification extends PlannedNotification {
  /** This attempt included. */
  readonly attempts: number;
  readonly createdAt: number;
  readonly condition: Condition;
  readonly direction: Direction;
  readonly openedAt: number;
  readonly alertState: AlertState;
  readonly alertSignal: AlertSignal;
  readonly alertOccurrence: number;
}

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
  const { rows } = await db.query<ClaimedNotification>(
    `update notifications n set due_at = $2::int8 + $3::int8, attempts = n.attempts + 1
     from alerts a
     where n.notification_id = $1 and a.alert_id = n.alert_id and n.status = 'pending' and n.due_at <= $2
     returning n.notification_id as "notificationId", n.alert_id as "alertId", n.occurrence, n.contact_id as "contactId",
       n.member_id as "memberId", n.user_id as "userId", n.channel, n.kind, n.severity, n.reason, n.sent_key as "sentKey",
       n.attempts, n.created_at as "createdAt", a.condition, a.direction, a.opened_at as "openedAt", a.state as "alertState",
       a.signal as "alertSignal", a.occurrence as "alertOccurrence"`,
    [notificationId, now, leaseMs],
  );
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
  await db.query(
    `update notifications set due_at = $3::int8 + $4::int8 where notification_id = $1 and attempts = $2 and status = 'pending'`,
    [notificationId, attempts, now, leaseMs],
  );
}

export type Settlement =
  | { readonly status: 'delivered' }
  | { readonly status: 'skipped' | 'failed'; readonly failure: string }
  | { readonly status: 'pending'; readonly failure: string; readonly dueAt: number };

/** False where somebody else has settled it meanwhile. */
export async function settleNotification(
  tx: Queryable,
  notificationId: string,
  settlement: Settlement,
  now: number,
): Promise<boolean> {
  const pending = settlement.status === 'pending';
  const { rowCount } = await tx.query(
    `update notifications set status = $2, due_at = $3, settled_at = $4, last_failure = coalesce($5, last_failure)
     where notification_id = $1 and status = 'pending'`,
    [
      notificationId,
      settlement.status,
      pending ? settlement.dueAt : null,
      pending ? null : now,
      'failure' in settlement ? settlement.failure : null,
    ],
  );
  return rowCount === 1;
}

/** Pages of an alert that nobody has begun to send are not sent any more. */
export async function dropUnsentNotifications(tx: Queryable, alertId: string, why: string, now: number): Promise<void> {
  await tx.query(
    `update notifications set status = 'skipped', due_at = null, settled_at = $3, last_failure = $2
     where alert_id = $1 and status = 'pending' and attempts = 0 and kind in ('opened', 'changed', 'reminder')`,
    [alertId, why, now],
  );
}

/** What each contact was already told, or is being told, of an alert. */
export interface ToldContact {
  /** `contactId`, or for in-app the user. */
  readonly recipient: string;
  readonly channel: string;
  readonly occurrence: number;
  readonly kind: NotificationKind;
  readonly status: 'pending' | 'delivered' | 'failed' | 'skipped';
  readonly contactId?: string | undefined;
  readonly memberId?: string | undefined;
  readonly userId?: string | undefined;
}

export async function readTold(tx: Queryable, alertId: string): Promise<ToldContact[]> {
  const { rows } = await tx.query<ToldContact>(
    `select coalesce(contact_id, user_id)::text as recipient, channel, occurrence, kind, status, contact_id as "contactId",
       member_id as "memberId", user_id as "userId"
     from notifications where alert_id = $1 order by created_at, notification_id`,
    [alertId],
  );
  return rows.map(dropNulls);
}

/** Told, or being told, that it is there; a failure or a skip has told nobody. */
export function wasHeard({ status, kind }: ToldContact): boolean {
  return (status === 'delivered' || status === 'pending') && kind !== 'cleared' && kind !== 'closed';
}
