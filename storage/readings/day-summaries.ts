// The day_summaries table: what one patient's local day of CGM readings comes to, as JSON of domain/metrics/day-summary.ts.
import type { Pool, PoolClient } from 'pg';
import { DAY_SUMMARY_VERSION, type DaySummary } from '../../domain/metrics/day-summary.ts';
import { numberArray, textArray } from './array-literal.ts';

/** The one kind there is; blood pressure and fingersticks are few enough to be read as they are. */
const KIND = 'cgm';

export interface PatientDaySummary {
  readonly patientKey: number;
  readonly summary: DaySummary;
}

export async function writeDaySummaries(
  tx: Pick<PoolClient, 'query'>,
  summaries: readonly PatientDaySummary[],
  now: number,
): Promise<void> {
  await tx.query({
    name: 'day-summaries-write',
    text: `insert into day_summaries as s (patient_key, day, kind, summary, computed_at)
      select patient_key, day, '${KIND}', summary, $4 from unnest($1::int4[], $2::date[], $3::jsonb[]) as given (patient_key, day, summary)
      on conflict (patient_key, day, kind) do update set summary = excluded.summary,
        computed_at = greatest(excluded.computed_at, s.computed_at + 1)`,
    values: [
      numberArray(summaries, ({ patientKey }) => patientKey),
      textArray(summaries, ({ summary }) => summary.day),
      textArray(summaries, ({ summary }) => JSON.stringify(summary)),
      now,
    ],
  });
}

export interface SummarisedDays {
  readonly summaries: ReadonlyMap<string, DaySummary>;
  /** When each was summed up, epoch ms: another number, another summary. */
  readonly computedAt: ReadonlyMap<string, number>;
  /** Days of the stretch whose summary, stored or not, is not the truth now: sum them up from the readings. */
  readonly dirty: ReadonlySet<string>;
}

/** Local days `from` to `to`, both included. Days without readings are neither here nor there. One snapshot. */
export async function readDaySummaries(
  pool: Pick<Pool, 'query'>,
  patientKey: number,
  from: string,
  to: string,
): Promise<SummarisedDays> {
  const { rows } = await pool.query<{
    day: string;
    summary: DaySummary | null;
    computed_at: number | null;
    dirty: boolean;
  }>({
    name: 'day-summaries-read',
    text: `select day, s.summary, s.computed_at, d.mark is not null as dirty
      from (select day, summary, computed_at from day_summaries where patient_key = $1 and kind = '${KIND}' and day between $2 and $3) s
      full join (select day, mark from dirty_days where patient_key = $1 and day between $2 and $3) d using (day)`,
    values: [patientKey, from, to],
  });
  const summaries = new Map<string, DaySummary>();
  const computedAt = new Map<string, number>();
  const dirty = new Set<string>();
  for (const { day, summary, computed_at, dirty: isMarked } of rows) {
    if (isMarked || computed_at === null || summary?.version !== DAY_SUMMARY_VERSION) {
      dirty.add(day);
      continue;
    }
    summaries.set(day, summary);
    computedAt.set(day, computed_at);
  }
  return { summaries, computedAt, dirty };
}
