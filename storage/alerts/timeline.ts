// The append-only story of an alert: who, what, when, through which channel, for what named reason. A trigger tells open pages.
import type { Sealed } from '../registry/vault.ts';
import type { Queryable } from './queryable.ts';

/** Everything that is ever written into a timeline; a name here is part of what people read, so it is never reused for another thing. */
export const TIMELINE_EVENTS = [
  'opened',
  'listed',
  'reason_joined',
  'reason_changed',
  'reason_cleared',
  'severity_rose',
  'severity_fell',
  'fired_again',
  'cleared',
  'acknowledged',
  'acknowledgement_lapsed',
  'snoozed',
  'snooze_ended',
  'resolved',
  'expired',
  'withdrawn',
  'moved_to_team',
  'notification_held',
  'notification_planned',
  'contact_skipped',
  'step_skipped',
  'notification_delivered',
  'notification_failed',
  'notification_skipped',
  'repaired',
] as const;
export type TimelineEvent = (typeof TIMELINE_EVENTS)[number];

export interface TimelineEntry {
  readonly alertId: string;
  /** Epoch ms. */
  readonly at: number;
  readonly event: TimelineEvent;
  /** Why, in snake_case. */
  readonly reason: string;
  /** Absent: the system. */
  readonly userId?: string | undefined;
  readonly channel?: string | undefined;
  readonly contactId?: string | undefined;
  readonly memberId?: string | undefined;
  readonly notificationId?: string | undefined;
  /** Free text about a patient, sealed for `noteIn(alertId)`. */
  readonly note?: Sealed | undefined;
  /** Facts without names or values, e.g. `{"ruleId": "CGM-01"}`. */
  readonly detail?: Readonly<Record<string, string | number | boolean>> | undefined;
}

const APPEND = `
  insert into alert_timeline (alert_id, at, event, reason, actor_kind, user_id, channel, contact_id, member_id, notification_id,
                              note_encrypted, note_key_id, detail)
  select alert_id, at, event, reason, case when user_id is null then 'system' else 'user' end, user_id, channel, contact_id, member_id,
         notification_id, note_encrypted, note_key_id, coalesce(detail, '{}')
  from jsonb_populate_recordset(null::alert_timeline, $1::jsonb) with ordinality order by ordinality`;

export async function appendTimeline(tx: Queryable, entries: readonly TimelineEntry[]): Promise<void> {
  if (entries.length === 0) return;
  const rows = entries.map((entry) => ({
    alert_id: entry.alertId,
    at: entry.at,
    event: entry.event,
    reason: entry.reason,
    user_id: entry.userId,
    channel: entry.channel,
    contact_id: entry.contactId,
    member_id: entry.memberId,
    notification_id: entry.notificationId,
    note_encrypted: entry.note && `\\x${entry.note.bytes.toString('hex')}`,
    note_key_id: entry.note?.keyId,
    detail: entry.detail,
  }));
  await tx.query({ name: 'alert-timeline-append', text: APPEND, values: [JSON.stringify(rows)] });
}
