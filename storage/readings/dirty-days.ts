// The dirty_days table: local days whose stored summary doesn't cover the readings that are stored. A mark rises with each touch, so
// that whoever has summed a day up removes only the mark it has seen.
import type { Pool, PoolClient } from 'pg';
import { numberArray, textArray } from './array-literal.ts';

export interface DayOfPatient {
  readonly patientKey: number;
  /** Local calendar day, YYYY-MM-DD. */
  readonly day: string;
}

export interface DayMark extends DayOfPatient {
  /** Of the patient, not of the record. */
  readonly partition: number;
  /** The owner's own touch, which its next flush covers; else the store changed and the owner has to read the day again. */
  readonly held: boolean;
}

export interface MarkedDay extends DayOfPatient {
  readonly partition: number;
  readonly mark: number;
  /** Whether verdicts may differ too. */
  readonly evaluate: boolean;
}

/** Answers the mark that all of them got: one transaction is one touch. In the transaction of what made them dirty. */
export async function markDirtyDays(tx: Pick<PoolClient, 'query'>, days: readonly DayMark[]): Promise<number> {
  const { rows } = await tx.query<{ mark: number }>({
    name: 'dirty-days-mark',
    text: 'select mark_dirty_days($1, $2, $3, $4) as mark',
    values: markArrays(days),
  });
  return rows[0]!.mark;
}

/** The arguments of mark_dirty_days. */
export const markArrays = (days: readonly DayMark[]): string[] => [
  numberArray(days, ({ patientKey }) => patientKey),
  textArray(days, ({ day }) => day),
  numberArray(days, ({ partition }) => partition),
  textArray(days, ({ held }) => (held ? 't' : 'f')),
];

export interface SeenMark extends DayOfPatient {
  readonly mark: number;
}

/** Removes each mark that is still the one seen: whoever read the day from the store covers every touch up to it. */
export const removeMarks = (tx: Pick<PoolClient, 'query'>, seen: readonly SeenMark[]) =>
  remove(tx, seen, 'dirty-days-remove', '');

/** The same for whoever summed the day up from memory: a touch that was not the owner's own stays to be read. */
export const removeHeldMarks = (tx: Pick<PoolClient, 'query'>, seen: readonly SeenMark[]) =>
  remove(tx, seen, 'dirty-days-remove-held', 'and d.held_mark = d.mark');

async function remove(
  tx: Pick<PoolClient, 'query'>,
  seen: readonly SeenMark[],
  name: string,
  condition: string,
): Promise<void> {
  await tx.query({
    name,
    text: `delete from dirty_days d using unnest($1::int4[], $2::date[], $3::int8[]) as seen (patient_key, day, mark)
      where d.patient_key = seen.patient_key and d.day = seen.day and d.mark = seen.mark ${condition}`,
    values: [
      numberArray(seen, ({ patientKey }) => patientKey),
      textArray(seen, ({ day }) => day),
      numberArray(seen, ({ mark }) => mark),
    ],
  });
}

/** Days whose owner no longer holds in memory what it had added: to be read from the store after all. */
export async function releaseHeldMarks(pool: Pick<Pool, 'query'>, days: readonly DayOfPatient[]): Promise<void> {
  await pool.query({
    name: 'dirty-days-release',
    text: `update dirty_days d set held_mark = null from unnest($1::int4[], $2::date[]) as given (patient_key, day)
      where d.patient_key = given.patient_key and d.day = given.day`,
    values: [numberArray(days, ({ patientKey }) => patientKey), textArray(days, ({ day }) => day)],
  });
}

/** The same for partitions that were taken from a worker that may be gone. */
export async function releasePartitionMarks(pool: Pick<Pool, 'query'>, partitions: readonly number[]): Promise<void> {
  await pool.query(
    'update dirty_days set held_mark = null where partition = any($1::int2[]) and held_mark is not null',
    [numberArray(partitions, (partition) => partition)],
  );
}

/** Days that changed behind their owner's back: today and yesterday (of any zone) before older ones, then the first touched first. */
export async function readMarkedDays(
  pool: Pick<Pool, 'query'>,
  partitions: readonly number[],
  exceptPatients: readonly number[],
  limit: number,
): Promise<MarkedDay[]> {
  const { rows } = await pool.query<{ patient_key: number } & Omit<MarkedDay, 'patientKey'>>({
    name: 'dirty-days-to-read',
    text: `select patient_key, day, partition, mark, evaluate from dirty_days
      where partition = any($1::int2[]) and held_mark is distinct from mark and patient_key <> all($2::int4[])
      order by (day < current_date - 2), mark limit $3`,
    values: [numberArray(partitions, (partition) => partition), numberArray(exceptPatients, (key) => key), limit],
  });
  return rows.map(({ patient_key, ...row }) => ({ patientKey: patient_key, ...row }));
}
