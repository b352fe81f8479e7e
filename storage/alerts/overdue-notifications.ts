// Urgent messages that are due and that nobody sends: planning goes on, so that their alerts have timers, while delivering doesn't.
import type { Pool } from 'pg';

/**
 * How many were due before `dueBefore` (epoch ms) and have not been taken on since; who takes one on moves its time ahead. Tests of a team's
 * alerting don't count.
 */
export async function countOverdueNotifications(pool: Pool, dueBefore: number): Promise<number> {
  const { rows } = await pool.query<{ overdue: number }>(
    `select count(*)::int as overdue from notifications n left join alerts a using (alert_id)
     where n.status = 'pending' and n.due_at < $1 and n.severity in ('critical', 'emergency') and a.test is not true`,
    [dueBefore],
  );
  return rows[0]?.overdue ?? 0;
}
