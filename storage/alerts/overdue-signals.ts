// Urgent signals that fire and that nobody applies: what is urgent is no alert yet, so that no timer and no notification is missed.
import type { Pool } from 'pg';

/** How many have waited since before `unappliedBefore` (epoch ms), whatever ingest has said of them since. */
export async function countOverdueSignals(pool: Pool, unappliedBefore: number): Promise<number> {
  const { rows } = await pool.query<{ overdue: number }>(
    `select count(*)::int as overdue from signals
     where version > applied and verdict = 'firing' and severity in ('critical', 'emergency') and coalesce(unapplied_since, updated_at) < $1`,
    [unappliedBefore],
  );
  return rows[0]?.overdue ?? 0;
}
