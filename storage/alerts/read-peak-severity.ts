// How bad an alert ever was.
import type { Severity } from '../../domain/rules/rule.ts';
import type { Queryable } from './queryable.ts';

/** Undefined where there is no such alert. */
export async function readPeakSeverity(db: Queryable, alertId: string): Promise<Severity | undefined> {
  const { rows } = await db.query<{ peakSeverity: Severity }>(
    'select peak_severity as "peakSeverity" from alerts where alert_id = $1',
    [alertId],
  );
  return rows[0]?.peakSeverity;
}
