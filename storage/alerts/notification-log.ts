// What was decided to be sent, to whom, and how that went: the log that says what was already sent. Survives everything but the disk.
import type { NotificationKind } from '../../domain/alerts/decide-notification.ts';
import { WITHHELD } from '../../domain/alerts/may-be-heard.ts';
import type { NotificationSubject } from '../../domain/alerts/notification-subject.ts';
import type { Audience } from '../../domain/alerts/route-step.ts';
import type { ToldBefore } from '../../domain/alerts/take-steps.ts';
import type { Severity } from '../../domain/rules/rule.ts';
import { dropNulls } from './drop-nulls.ts';
import type { Queryable } from './queryable.ts';

export interface PlannedNotification {
  readonly notificationId: string;
  /** Absent: `subject` says what it is about. */
  readonly alertId?: string | undefined;
  readonly subject?: NotificationSubject | undefined;
  /** Whose affair it is where it is about no alert. */
  readonly teamId?: string | undefined;
  /** Of the alert; without one 1. */
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
  /** Absent: the team. */
  readonly audience?: Audience | undefined;
  /** Place in the alert's escalation. */
  readonly escalationStep?: number | undefined;
  /** What is due for one contact with the same company may be told in one message; absent: alone. */
  readonly company?: string | undefined;
  /** Epoch ms; absent: at once. */
  readonly dueAt?: number | undefined;
}

const PLAN = `
  insert into notifications (notification_id, alert_id, occurrence, contact_id, member_id, user_id, channel, kind, severity, reason,
                             sent_key, audience, escalation_step, company, team_id, subject, status, due_at, created_at)
  select notification_id, alert_id, occurrence, contact_id, member_id, user_id, channel, kind, severity, reason, sent_key,
         audience, escalation_step, company, team_id, subject, 'pending', coalesce(due_at, $2), $2
  from jsonb_populate_recordset(null::notifications, $1::jsonb)
  on conflict (sent_key) do nothing returning notification_id as "notificationId"`;

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
    audience: each.audience ?? 'team',
    escalation_step: each.escalationStep,
    company: each.company,
    team_id: each.teamId,
    subject: each.subject,
    due_at: each.dueAt,
  }));
  const { rows: added } = await tx.query<{ notificationId: string }>({
    name: 'notifications-plan',
    text: PLAN,
    values: [JSON.stringify(rows), now],
  });
  return added.map(({ notificationId }) => notificationId);
}

/** How far each of these is that was ever planned. */
export async function readStatusByKey(
  tx: Queryable,
  sentKeys: readonly string[],
): Promise<ReadonlyMap<string, ToldContact['status']>> {
  const { rows } = await tx.query<{ sentKey: string; status: ToldContact['status'] }>({
    name: 'notifications-by-key',
    text: 'select sent_key as "sentKey", status from notifications where sent_key = any($1::text[])',
    values: [sentKeys],
  });
  return new Map(rows.map(({ sentKey, status }) => [sentKey, status]));
}

/** Pages of an alert that nobody has begun to send are not sent any more. */
export async function dropUnsentNotifications(tx: Queryable, alertId: string, why: string, now: number): Promise<void> {
  await tx.query({
    name: 'notifications-drop-unsent',
    text: `update notifications set status = 'skipped', due_at = null, settled_at = $3, last_failure = $2
      where alert_id = $1 and status = 'pending' and attempts = 0 and kind in ('opened', 'changed', 'reminder')`,
    values: [alertId, why, now],
  });
}

/** What each contact was already told, or is being told, of an alert. */
export interface ToldContact extends ToldBefore {
  /** `contactId`, or for in-app the user. */
  readonly recipient: string;
  readonly channel: string;
  readonly severity: Severity;
  readonly attempts: number;
  readonly createdAt: number;
  readonly isWithheld: boolean;
  readonly memberId?: string | undefined;
  readonly userId?: string | undefined;
}

export async function readTold(tx: Queryable, alertId: string): Promise<ToldContact[]> {
  const { rows } = await tx.query<ToldContact>({
    name: 'notifications-told',
    text: `select coalesce(contact_id, user_id)::text as recipient, channel, occurrence, kind, severity, audience, status, unanswered, attempts, created_at as "createdAt",
        status = 'skipped' and last_failure is not distinct from '${WITHHELD}' as "isWithheld", escalation_step as "escalationStep",
        contact_id as "contactId", member_id as "memberId", user_id as "userId"
      from notifications where alert_id = $1 order by created_at, notification_id`,
    values: [alertId],
  });
  return rows.map(dropNulls);
}
