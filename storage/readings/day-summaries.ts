// The day_summaries table: what one patient's local day of CGM readings comes to, as JSON of domain/metrics/day-summary.ts, and, where
// it is kept, the trace it was made of (day-traces.ts).
import type { Pool, PoolClient } from 'pg';
import { DAY_SUMMARY_VERSION, type DaySummary } from '../../domain/metrics/day-summary.ts';
import { numberArray, textArray } from './array-literal.ts';
import { writeDayTraces } from './day-traces.ts';

/** The one kind there is; blood pressure and fingersticks are few enough to be read as they are. */
const KIND = 'cgm';

export interface PatientDaySummary {
  readonly patientKey: number;
  readonly summary: DaySummary;
  /** Of a day that is over: the readings it was made of, as day-trace.ts packs them. */
  readonly trace?: Buffer | undefined;
}

export async function writeDaySummaries(
  tx: Pick<PoolClient, 'query'>,
  summaries: readonly PatientDaySummary[],
  now: number,
): Promise<void> {
  await tx.query({
    name: 'day-summaries-write',
    text: `insert into day_summaries (patient_key, day, kind, summary, computed_at)
      select patient_key, day, '${KIND}', summary, $4 from unnest($1::int4[], $2::date[], $3::jsonb[]) as s (patient_key, day, summary)
      on conflict (patient_key, day, kind) do update set summary = excluded.summary, computed_at = excluded.computed_at`,
    values: [
      numberArray(summaries, ({ patientKey }) => patientKey),
      textArray(summaries, ({ summary }) => summary.day),
      textArray(summaries, ({ summary }) => JSON.stringify(summary)),
      now,
    ],
  });
  const traces = summaries.flatMap(({ patientKey, summary: { day }, trace: bytes }) =>
    bytes === undefined ? [] : [{ patientKey, day, summarisedAt: now, bytes }],
  );
  if (traces.length > 0) await writeDayTraces(tx, traces);
}

export interface SummarisedDay {
  readonly summary: DaySummary;
  /** When it was summed up, epoch ms: another number, another summary. */
  readonly summarisedAt: number;
  /** The readings it was made of; absent where they weren't kept. */
  readonly trace?: Buffer | undefined;
}

export interface SummarisedDays {
  readonly days: ReadonlyMap<string, SummarisedDay>;
  /** Days of the stretch whose summary, stored or not, is not the truth now: sum them up from the readings. */
  readonly dirty: ReadonlySet<string>;
}

interface Row {
  readonly day: string;
  readonly summary: DaySummary | null;
  readonly computed_at: number | null;
  readonly trace: Buffer | null;
  readonly dirty: boolean;
}

/** Local days `from` to `to`, both included. Days without readings are neither here nor there. One snapshot. */
export async function readDaySummaries(
  pool: Pick<Pool, 'query'>,
  patientKey: number,
  from: string,
  to: string,
): Promise<SummarisedDays> {
  const { rows } = await pool.query<Row>({
    name: 'day-summaries-read',
    text: `select day, s.summary, s.computed_at, s.trace, d.mark is not null as dirty
      from (select s.day, s.summary, s.computed_at, t.trace from day_summaries s
            left join day_traces t on t.patient_key = $1 and t.day = s.day and t.summarised_at = s.computed_at
            where s.patient_key = $1 and s.kind = '${KIND}' and s.day between $2 and $3) s (day, summary, computed_at, trace)
      full join (select day, mark from dirty_days where patient_key = $1 and day between $2 and $3) d using (day)`,
    values: [patientKey, from, to],
  });
  const days = new Map<string, SummarisedDay>();
  const dirty = new Set<string>();
  for (const { day, summary, computed_at, trace, dirty: isMarked } of rows) {
    if (isMarked || computed_at === null || summary?.version !== DAY_SUMMARY_VERSION) dirty.add(day);
    else days.set(day, { summary, summarisedAt: computed_at, trace: trace ?? undefined });
  }
  return { days, dirty };
}
