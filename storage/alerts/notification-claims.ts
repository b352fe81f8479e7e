// Who is sending a notification just now, and how it ended. Promise: one attempt at a time; what nobody finishes is due again.
import type { AlertState } from '../../domain/alerts/alert-life.ts';
import type { Audience } from '../../domain/alerts/route-step.ts';
import type { Language } from '../../domain/language.ts';
import type { Severity } from '../../domain/rules/rule.ts';
import type { AlertKey } from './alert-record.ts';
import { dropNulls } from './drop-nulls.ts';
import type { PlannedNotification } from './notification-log.ts';
import type { Queryable } from './queryable.ts';
import type { TimelineEntry } from './timeline.ts';

/** A notification that somebody has taken on, with its alert, its signals and its contact as they are at that moment. */
export interface ClaimedNotification extends Omit<PlannedNotification, 'sentKey' | 'dueAt' | 'audience'> {
  readonly audience: Audience;
  /** This attempt included. */
  readonly attempts: number;
  readonly createdAt: number;
  /** Absent where it is about no alert. */
  readonly alert?: ClaimedAlert | undefined;
  /** Of the contact, else of the team's messages. */
  readonly language?: Language | undefined;
  /** Its team is in debug mode: everything is decided and recorded, nothing is sent. */
  readonly isDebug: boolean;
  /** Of a patient's or carer's contact: why it may not be used any more. */
  readonly unusable?: 'contact_removed' | 'consent_withdrawn' | undefined;
  /** Absent once the contact was removed, its member has left or consent was withdrawn. */
  readonly sealedAddress?: Buffer | undefined;
  readonly sealedSecret?: Buffer | undefined;
  readonly keyId?: string | undefined;
}

/** The alert a notification is about, as it is now. */
export interface ClaimedAlert extends AlertKey {
  readonly alertId: string;
  readonly openedAt: number;
  readonly state: AlertState;
  readonly occurrence: number;
  readonly severity: Severity;
  readonly isTest: boolean;
  /** Whether an episode of one of its firing reasons still goes on, if under another name, by what ingest has said last, applied or not. */
  readonly stillFires: boolean;
  /** Ingest has said something of its key that isn't applied yet. */
  readonly hasUnapplied: boolean;
}

/** Takes on those of `which`, for $2 epoch ms. Consent is asked when it is sent, not when it was planned. */
const claimWhere = (which: string, dueAt: string) => `
  update notifications n set due_at = ${dueAt}, attempts = n.attempts + 1, unanswered = n.unanswered + 1
  from notifications self
    left join alerts a on a.alert_id = self.alert_id
    left join (member_contacts c join members m on m.member_id = c.member_id and m.left_at is null)
      on self.audience = 'team' and c.contact_id = self.contact_id and c.removed_at is null
    left join patient_contacts p on self.audience <> 'team' and p.contact_id = self.contact_id
    left join lateral (
      select case when self.audience = 'team' or p.consent_at is not null and p.consent_withdrawn_at is null and p.to_at is null then null
                  when p.contact_id is null or p.to_at is not null then 'contact_removed' else 'consent_withdrawn' end as why) unusable on true
    left join lateral (
      select t.settings->>'language' as language, (t.settings->>'debug')::boolean as debug from team_alerting t where t.team_id = coalesce(self.team_id, a.team_id)
      order by t.version desc limit 1) team on true
  where ${which} and self.notification_id = n.notification_id and n.status = 'pending'
  returning n.notification_id as "notificationId", n.alert_id as "alertId", n.team_id as "teamId", n.subject, n.occurrence,
    n.contact_id as "contactId", n.member_id as "memberId", n.user_id as "userId", n.channel, n.kind, n.severity, n.reason, n.audience,
    n.escalation_step as "escalationStep", n.company, n.attempts, n.created_at as "createdAt",
    coalesce(p.language, team.language) as language, unusable.why as unusable,
    coalesce(team.debug, false) as "isDebug",
    case when unusable.why is null then coalesce(c.address_encrypted, p.address_encrypted) end as "sealedAddress",
    coalesce(c.secret_encrypted, p.secret_encrypted) as "sealedSecret", coalesce(c.key_id, p.key_id) as "keyId",
    case when a.alert_id is not null then json_build_object(
      'alertId', a.alert_id, 'patientKey', a.patient_key, 'condition', a.condition, 'direction', a.direction, 'openedAt', a.opened_at,
      'state', a.state, 'occurrence', a.occurrence, 'severity', a.severity, 'isTest', a.test,
      'stillFires', a.test and a.signal = 'firing' or exists (
        with recursive named as (
          select e.episode_id, e.fate, e.end_at, e.withdrawn_at, e.joined_to from alert_reasons r join episodes e using (episode_id)
          where r.alert_id = n.alert_id and r.firing
          union
          select e.episode_id, e.fate, e.end_at, e.withdrawn_at, e.joined_to from named join episodes e on e.episode_id = named.joined_to)
        select 1 from named where end_at is null and withdrawn_at is null and fate <> 'retrospective'),
      'hasUnapplied', exists (
        select 1 from signals s where s.patient_key = a.patient_key and s.condition = a.condition and s.direction = a.direction
          and s.version > s.applied)) end as alert`;

const LEASED = '$2::int8 + $3::int8';
/** What has company is taken on with it at first (notification-company.ts), and after that by its head. */
const CLAIM = claimWhere(
  'n.notification_id = $1 and n.due_at <= $2 and n.sent_with is null and (n.company is null or n.attempts > 0)',
  LEASED,
);
const CLAIM_ALL = claimWhere('n.notification_id = any($1::uuid[])', LEASED);
const CLAIM_OTHERS = claimWhere('n.sent_with = $1', 'null');

/**
 * Takes a due notification on for `leaseMs`: nobody else gets it meanwhile, and if this process dies it is due again afterwards.
 * Undefined where it is settled, not due, taken, or to be told with others for the first time.
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

/** All of them; the caller holds their rows. */
export async function claimAll(
  tx: Queryable,
  notificationIds: readonly string[],
  now: number,
  leaseMs: number,
): Promise<ClaimedNotification[]> {
  const values = [notificationIds, now, leaseMs];
  const { rows } = await tx.query<ClaimedNotification>({ name: 'notification-claim-all', text: CLAIM_ALL, values });
  return rows.map(dropNulls);
}

/** Those that are told in the message of `headId`, which the caller has claimed. */
export async function claimOthers(db: Queryable, headId: string): Promise<ClaimedNotification[]> {
  const { rows } = await db.query<ClaimedNotification>({
    name: 'notification-claim-others',
    text: CLAIM_OTHERS,
    values: [headId],
  });
  return rows.map(dropNulls);
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
    select alert_id, $6::int8, $7::text, $8::text, 'system', channel, contact_id, member_id, notification_id, $9::jsonb from settled
    where $7::text is not null and alert_id is not null)
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

/** Alerts are looked at anew at once: what failed for good may be followed by another contact, or by the next step. The caller holds their keys. */
export async function reviewAfterFailure(tx: Queryable, alertIds: readonly string[], now: number): Promise<void> {
  await tx.query({
    name: 'notification-failed-review',
    text: `update alerts set due_at = $2, due_reason = 'delivery_failed' where alert_id = any($1::uuid[]) and state in ('open', 'acknowledged', 'snoozed')`,
    values: [alertIds, now],
  });
}

export interface StuckReview {
  readonly alertId: string;
  /** Epoch ms. */
  readonly at: number;
}

/** Alerts are looked at anew at `at` at the latest: what its channel hasn't taken by then is told somebody else, too. The caller holds their keys. */
export async function reviewWhenStuck(tx: Queryable, reviews: readonly StuckReview[]): Promise<void> {
  await tx.query({
    name: 'notification-stuck-review',
    text: `update alerts a set due_at = g.at, due_reason = 'delivery_stuck' from unnest($1::uuid[], $2::int8[]) as g (alert_id, at)
      where a.alert_id = g.alert_id and a.state in ('open', 'acknowledged', 'snoozed') and (a.due_at is null or a.due_at > g.at)`,
    values: [reviews.map(({ alertId }) => alertId), reviews.map(({ at }) => at)],
  });
}
