// Whether a measurement that was asked for is still wanted.
import type { RepeatSubject } from '../../domain/alerts/notification-subject.ts';
import type { Queryable } from './queryable.ts';

/** Why not; undefined: it is. Wanted is what ingest has said last, applied or not. */
export async function noRepeatWanted(
  db: Queryable,
  { patientKey, ruleId, deadlineAt }: RepeatSubject,
  now: number,
): Promise<'deadline_passed' | 'repeat_has_come' | undefined> {
  if (deadlineAt <= now) return 'deadline_passed';
  const { rowCount } = await db.query({
    name: 'repeat-wanted',
    text: `select 1 from signals where patient_key = $1 and rule_id = $2 and verdict = 'pending' and deadline_at = $3`,
    values: [patientKey, ruleId, deadlineAt],
  });
  return rowCount === 0 ? 'repeat_has_come' : undefined;
}
