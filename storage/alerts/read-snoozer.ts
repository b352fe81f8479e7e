// Who put an alert off last: its timeline knows.
import type { Queryable } from './queryable.ts';

/** Undefined where nobody has. */
export async function readSnoozer(tx: Queryable, alertId: string): Promise<string | undefined> {
  const { rows } = await tx.query<{ userId: string | null }>({
    name: 'alert-snoozer',
    text: `select user_id as "userId" from alert_timeline where alert_id = $1 and event = 'snoozed' order by entry_id desc limit 1`,
    values: [alertId],
  });
  return rows[0]?.userId ?? undefined;
}
