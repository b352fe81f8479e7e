// Alerts that no future timer will bring up again although somebody has to hear of them: there must be none. Tests of a team's alerting
// are repaired like the others, but nobody is missed if one is late.
import type { Pool } from 'pg';
import { inTransaction } from '../in-transaction.ts';
import { dropNulls } from './drop-nulls.ts';
import { appendTimeline } from './timeline.ts';

/**
 * `no_owner_and_no_timer`: urgent, and nobody has taken it over · `escalation_without_timer`: further steps of its escalation are to come, and
 * no timer brings them in time · `owner_without_timer`: nobody would ask its owner for an outcome.
 */
export type WhyUnattended = 'no_owner_and_no_timer' | 'escalation_without_timer' | 'owner_without_timer';

export interface UnattendedAlert {
  readonly alertId: string;
  /** It has a timer, which was due before `overdueBefore`. */
  readonly isOverdue: boolean;
  /** Absent where it is overdue. */
  readonly why?: WhyUnattended | undefined;
}

const URGENT = `peak_severity in ('critical', 'emergency')`;
const UNOWNED = `state in ('open', 'snoozed') and ${URGENT}`;
/** Of an urgent one the timer may also be there and come too late. */
const STEP_AT = `case when state = 'open' and signal = 'firing' and (escalation->>'occurrence')::int = occurrence
  then (escalation->>'nextAt')::int8 end`;
const WHY = `case when ${UNOWNED} and due_at is null then 'no_owner_and_no_timer'
  when due_at is null and ${STEP_AT} is not null then 'escalation_without_timer'
  when due_at > $1 and ${STEP_AT} < $1 and severity in ('critical', 'emergency') then 'escalation_without_timer'
  when due_at is null and state = 'acknowledged' and acknowledged_at is not null then 'owner_without_timer' end`;
const UNCLOSED = `state in ('open', 'acknowledged', 'snoozed')`;

/** Timers that were due before `overdueBefore` count as none that runs. */
export async function readUnattendedAlerts(pool: Pool, overdueBefore: number): Promise<UnattendedAlert[]> {
  const { rows } = await pool.query<UnattendedAlert>(
    `select alert_id as "alertId", "isOverdue", why from (
       select alert_id, ${UNOWNED} and not test and coalesce(due_at < $1, false) as "isOverdue", ${WHY} as why
       from alerts where ${UNCLOSED}) as unclosed
     where "isOverdue" or why is not null`,
    [overdueBefore],
  );
  return rows.map(dropNulls);
}

/** Due at once, of those that are still so; how many they were. */
export async function giveTimer(
  pool: Pool,
  alertIds: readonly string[],
  overdueBefore: number,
  now: number,
): Promise<number> {
  if (alertIds.length === 0) return 0;
  return inTransaction(pool, async (tx) => {
    const { rows } = await tx.query<{ alertId: string; reason: WhyUnattended }>(
      `with broken as (
         select alert_id, ${WHY} as why from alerts where alert_id = any($2::uuid[]) and ${UNCLOSED} for update)
       update alerts a set due_at = $3, due_reason = 'repaired' from broken
       where broken.alert_id = a.alert_id and broken.why is not null returning a.alert_id as "alertId", broken.why as reason`,
      [overdueBefore, alertIds, now],
    );
    await appendTimeline(
      tx,
      rows.map((row) => ({ ...row, at: now, event: 'repaired' })),
    );
    return rows.length;
  });
}
