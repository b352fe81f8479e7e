// What a rule says of a patient now, applied or not.
import type { Queryable } from './queryable.ts';

export async function isFiring(db: Queryable, patientKey: number, ruleId: string): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'signal-is-firing',
    text: `select 1 from signals where patient_key = $1 and rule_id = $2 and verdict = 'firing'`,
    values: [patientKey, ruleId],
  });
  return rowCount === 1;
}
