// One alert with its whole story: the timeline and the readings it rests on, as they were when people were told.
import type { Pool } from 'pg';
import type { Vault } from '../registry/vault.ts';
import type { AlertEvidence } from './alert-record.ts';
import { dropNulls } from './drop-nulls.ts';
import { type ListedAlert, readListedAlert } from './list-alerts.ts';
import { noteIn } from './note-place.ts';
import { readEscalation, type ShownEscalation } from './read-escalation.ts';
import type { TimelineEvent } from './timeline.ts';

export interface ShownTimelineEntry {
  /** Epoch ms. */
  readonly at: number;
  readonly event: TimelineEvent;
  readonly reason: string;
  /** Who did it; absent: the system. */
  readonly userId?: string | undefined;
  readonly channel?: string | undefined;
  readonly contactId?: string | undefined;
  readonly memberId?: string | undefined;
  readonly notificationId?: string | undefined;
  readonly note?: string | undefined;
  readonly detail: Readonly<Record<string, string | number | boolean>>;
}

export interface AlertDetail extends ListedAlert {
  readonly timeline: readonly ShownTimelineEntry[];
  /** Absent: it has been told to nobody. */
  readonly escalation?: ShownEscalation | undefined;
  /** Of all reasons, in time order, each reading once. */
  readonly evidence: readonly AlertEvidence[];
}

interface TimelineRow extends Omit<ShownTimelineEntry, 'note'> {
  readonly sealedNote?: Buffer | undefined;
  readonly noteKeyId?: string | undefined;
}

export interface AlertDetailDeps {
  readonly pool: Pool;
  readonly vault: Pick<Vault, 'open'>;
}

/** Undefined where there is none, or none in these teams (undefined: all). */
export async function readAlertDetail(
  { pool, vault }: AlertDetailDeps,
  alertId: string,
  teams?: readonly string[] | undefined,
): Promise<AlertDetail | undefined> {
  const alert = await readListedAlert(pool, alertId, teams);
  if (!alert) return undefined;
  const { rows: entries } = await pool.query<TimelineRow>(
    `select at, event, reason, user_id as "userId", channel, contact_id as "contactId", member_id as "memberId",
       notification_id as "notificationId", note_encrypted as "sealedNote", note_key_id as "noteKeyId", detail
     from alert_timeline where alert_id = $1 order by entry_id`,
    [alertId],
  );
  const { rows: reasons } = await pool.query<{ evidence: AlertEvidence[] }>(
    'select evidence from alert_reasons where alert_id = $1',
    [alertId],
  );
  const timeline = entries.map(dropNulls).map(({ sealedNote, noteKeyId, ...entry }) => ({
    ...entry,
    ...(sealedNote && noteKeyId ? { note: vault.open({ bytes: sealedNote, keyId: noteKeyId }, noteIn(alertId)) } : {}),
  }));
  const evidence = uniqueEvidence(reasons.flatMap((reason) => reason.evidence));
  return { ...alert, timeline, escalation: await readEscalation(pool, alertId), evidence };
}

function uniqueEvidence(entries: readonly AlertEvidence[]): AlertEvidence[] {
  const byIdentity = new Map(entries.map((entry) => [`${entry.deviceKey} ${entry.kind} ${entry.measuredAt}`, entry]));
  return [...byIdentity.values()].sort((a, b) => a.measuredAt - b.measuredAt || a.deviceKey - b.deviceKey);
}
