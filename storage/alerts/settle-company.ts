// How it ended for each of those that were told, or were to be told, in one message.
import type { PoolClient } from 'pg';
import type { ClaimedNotification, Settlement } from './notification-claims.ts';
import type { Queryable } from './queryable.ts';
import type { TimelineEvent } from './timeline.ts';

export interface CompanySettlement {
  readonly notification: ClaimedNotification;
  readonly settlement: Settlement;
  /** On the timeline of its alert; absent: none. */
  readonly entry?: CompanyEntry | undefined;
}

export interface CompanyEntry {
  readonly event: TimelineEvent;
  readonly reason: string;
  readonly detail: Readonly<Record<string, string | number | boolean>>;
}

// What is still to be told stays with its head; what isn't clear yet goes its own way, as if it had not been taken on.
const SETTLE = `
  with given as (
    select * from jsonb_to_recordset($1::jsonb) as g (notification_id uuid, status text, failure text, put_back boolean, has_answer int,
      event text, reason text, detail jsonb)),
  settled as (
    update notifications n set status = g.status,
      due_at = case when g.put_back then $2::int8 end, settled_at = case when g.status = 'pending' then null else $2::int8 end,
      company = case when g.put_back then null else n.company end, sent_with = case when g.put_back then null else n.sent_with end,
      last_failure = coalesce(g.failure, n.last_failure), attempts = n.attempts - (case when g.put_back then 1 else 0 end),
      unanswered = n.unanswered - g.has_answer
    from given g where n.notification_id = g.notification_id and n.status = 'pending'
    returning n.notification_id, n.alert_id, n.channel, n.contact_id, n.member_id, g.event, g.reason, g.detail),
  told as (
    insert into alert_timeline (alert_id, at, event, reason, actor_kind, channel, contact_id, member_id, notification_id, detail)
    select alert_id, $2::int8, event, reason, 'system', channel, contact_id, member_id, notification_id, coalesce(detail, '{}') from settled
    where event is not null and alert_id is not null)
  select count(*)::int as settled from settled`;

export async function settleCompany(tx: Queryable, ended: readonly CompanySettlement[], now: number): Promise<void> {
  if (ended.length === 0) return;
  const rows = ended.map(({ notification, settlement, entry }) => ({
    notification_id: notification.notificationId,
    status: settlement.status === 'put_back' ? 'pending' : settlement.status,
    failure: 'failure' in settlement ? settlement.failure : undefined,
    put_back: settlement.status === 'put_back',
    has_answer: 'perhapsArrived' in settlement && settlement.perhapsArrived ? 0 : 1,
    ...entry,
  }));
  await tx.query({ name: 'company-settle', text: SETTLE, values: [JSON.stringify(rows), now] });
}

/** Before anything was sent: what there is no more to tell of. */
export async function settleLeftOut(
  tx: PoolClient,
  left: readonly Omit<CompanySettlement, 'entry'>[],
  now: number,
): Promise<void> {
  const ended = left.map(({ notification, settlement }): CompanySettlement => {
    if (settlement.status !== 'skipped') return { notification, settlement };
    const { kind, attempts } = notification;
    const detail = { kind, attempts, final: true };
    return { notification, settlement, entry: { event: 'notification_skipped', reason: settlement.failure, detail } };
  });
  await settleCompany(tx, ended, now);
}

/** The keys of their alerts, in one order, so that two that hold several never wait for each other. */
export async function lockKeysOf(tx: PoolClient, alertIds: readonly string[]): Promise<void> {
  await tx.query({
    name: 'alert-keys-lock',
    text: `select 1 from alert_keys where (patient_key, condition, direction) in (
        select patient_key, condition, direction from alerts where alert_id = any($1::uuid[]))
      order by patient_key, condition, direction for update`,
    values: [alertIds],
  });
}
