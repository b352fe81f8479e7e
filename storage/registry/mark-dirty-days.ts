// Tells ingest which (patient, local day) it has to compute again because the registry, not a reading, has changed.
import { type Kysely, sql } from 'kysely';
import { localDayOf } from '../../domain/local-day.ts';
import type { Database } from '../database-schema.ts';
import { DEFAULT_JOURNAL_PARTITIONS } from '../journal/journal-partitions.ts';
import { partitionOfPatient } from '../journal/partition-of.ts';

const DAY_MS = 86_400_000;

export interface PatientDays {
  readonly patientKey: number;
  /** YYYY-MM-DD in the patient's zone. */
  readonly days: Iterable<string>;
}

/** In the transaction of the change. `evaluate`: verdicts may differ although no day does. */
export async function markDirtyDays(
  tx: Kysely<Database>,
  { patientKey, days }: PatientDays,
  { evaluate }: { readonly evaluate: boolean },
): Promise<void> {
  const distinct = [...new Set(days)];
  if (distinct.length === 0) return;
  const partition = partitionOfPatient(patientKey, await readPartitionCount(tx));
  await sql`
    insert into dirty_days as d (patient_key, day, partition, mark, evaluate)
    select ${patientKey}::int, day, ${partition}::smallint, nextval('dirty_day_marks'), ${evaluate}::boolean
    from unnest(${distinct}::date[]) as day
    on conflict (patient_key, day) do update set mark = excluded.mark, partition = excluded.partition,
      evaluate = d.evaluate or excluded.evaluate`.execute(tx);
}

/** What a changed fact (a treatment, a symptom, a birth date) can alter: the verdicts of now, over windows of two days. */
export function markForEvaluation(
  tx: Kysely<Database>,
  patient: { readonly patientKey: number; readonly timeZone: string },
  now: number,
): Promise<void> {
  const { patientKey, timeZone } = patient;
  return markDirtyDays(tx, { patientKey, days: todayAndYesterday(timeZone, now) }, { evaluate: true });
}

export const todayAndYesterday = (timeZone: string, now: number): string[] => [
  localDayOf(now - DAY_MS, timeZone),
  localDayOf(now, timeZone),
];

/** Days from `fromAt` on for which the patient has a summary. */
export async function summarisedDaysSince(
  tx: Kysely<Database>,
  patient: { readonly patientKey: number; readonly timeZone: string },
  fromAt: number,
): Promise<string[]> {
  const { rows } = await sql<{ day: string }>`
    select distinct day from day_summaries
    where patient_key = ${patient.patientKey} and day >= ${localDayOf(Math.max(0, fromAt), patient.timeZone)}::date`.execute(
    tx,
  );
  return rows.map((row) => row.day);
}

async function readPartitionCount(tx: Kysely<Database>): Promise<number> {
  const row = await tx
    .selectFrom('installation_settings')
    .select('value')
    .where('name', '=', 'journal_partitions')
    .executeTakeFirst();
  return typeof row?.value === 'number' ? row.value : DEFAULT_JOURNAL_PARTITIONS;
}
