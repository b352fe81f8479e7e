// Open urgent alerts that nobody owns and that no future timer will bring up again: there must be none.
import type { Pool } from 'pg';
import { inTransaction } from '../in-transaction.ts';
import { dropNulls } from './drop-nulls.ts';
import { appendTimeline } from './timeline.ts';

export interface UnattendedAlert {
  readonly alertId: string;
  /** Absent: no timer at all. */
  readonly dueAt?: number | undefined;
}

const UNATTENDED = `state in ('open', 'snoozed') and peak_severity in ('critical', 'emergency')`;

/** Timers that were due before `overdueBefore` count as none that runs. */
export async function readUnattendedAlerts(pool: Pool, overdueBefore: number): Promise<UnattendedAlert[]> {
  const { rows } = await pool.query<UnattendedAlert>(
    `select alert_id as "alertId", due_at as "dueAt" from alerts where ${UNATTENDED} and (due_at is null or due_at < $1)`,
    [overdueBefore],
  );
  return rows.map(dropNulls);
}

/** Due at once; how many were still without. */
export async function giveTimer(pool: Pool, alertIds: readonly string[], now: number): Promise<number> {
  if (alertIds.length === 0) return 0;
  return inTransaction(pool, async (tx) => {
    const { rows } = await tx.query<{ alertId: string }>(
      `update alerts set due_at = $2, due_reason = 'repaired' where alert_id = any($1::uuid[]) and due_at is null and ${UNATTENDED}
       returning alert_id as "alertId"`,
      [alertIds, now],
    );
    const entry = { at: now, event: 'repaired', reason: 'no_owner_and_no_timer' } as const;
    await appendTimeline(
      tx,
      rows.map(({ alertId }) => ({ ...entry, alertId })),
    );
    return rows.length;
  });
}
