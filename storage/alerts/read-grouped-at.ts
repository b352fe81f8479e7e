// When the other alerts of a patient that wait for company are told.
import type { AlertRecord } from './alert-record.ts';
import type { Queryable } from './queryable.ts';

/** Epoch ms of the first; undefined where none waits. */
export async function readGroupedAt(
  db: Queryable,
  { patientKey, alertId }: Pick<AlertRecord, 'patientKey' | 'alertId'>,
): Promise<number | undefined> {
  const { rows } = await db.query<{ at: number | null }>({
    name: 'alerts-grouped-at',
    text: `select min(due_at) as at from alerts where patient_key = $1 and alert_id <> $2 and state = 'open' and not test
        and due_reason = 'grouping'`,
    values: [patientKey, alertId],
  });
  return rows[0]?.at ?? undefined;
}
