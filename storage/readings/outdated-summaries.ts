// Day summaries that an earlier version of the program has computed, found step by step: they are marked to be summed up again.
// Promise: a step reads a stated number of rows in the order of the primary key; marking verdicts is not its business.
import type { Pool } from 'pg';
import { DAY_SUMMARY_VERSION } from '../../domain/metrics/day-summary.ts';
import { numberArray } from './array-literal.ts';
import type { DayOfPatient } from './dirty-days.ts';

export const BEFORE_ALL_DAYS: DayOfPatient = { patientKey: 0, day: '-infinity' };

/** Answers the last day looked at; undefined: there are none behind `after`. Throws what pg throws. */
export async function markOutdatedSummaries(
  pool: Pick<Pool, 'query'>,
  partitions: readonly number[],
  after: DayOfPatient,
  limit: number,
): Promise<DayOfPatient | undefined> {
  const { rows } = await pool.query<{ patient_key: number; day: string }>({
    name: 'day-summaries-mark-outdated',
    text: `with looked_at as materialized (
        select patient_key, day, partition, s.summary->>'version' is distinct from $5 as outdated
        from day_summaries s join patient_state p using (patient_key)
        where (s.patient_key, s.day) > ($1, $2::date) and p.partition = any($3::int2[])
        order by s.patient_key, s.day limit $4),
      marked as (
        insert into dirty_days (patient_key, day, partition, mark, evaluate)
        select patient_key, day, partition, nextval('dirty_day_marks'), false from looked_at where outdated
        order by patient_key, day on conflict (patient_key, day) do nothing)
      select patient_key, day from looked_at order by patient_key desc, day desc limit 1`,
    values: [
      after.patientKey,
      after.day,
      numberArray(partitions, (partition) => partition),
      limit,
      String(DAY_SUMMARY_VERSION),
    ],
  });
  const last = rows[0];
  return last && { patientKey: last.patient_key, day: last.day };
}
