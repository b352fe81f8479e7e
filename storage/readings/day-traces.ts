// The day_traces table: the readings that a stored day summary was made of, in one value each. Only what can be computed again.
// Promise: a trace that is kept later than its summary is kept only while that summary is the truth.
import type { Pool, PoolClient } from 'pg';
import { numberArray, textArray } from './array-literal.ts';

export interface DayTrace {
  readonly patientKey: number;
  /** Local calendar day, YYYY-MM-DD. */
  readonly day: string;
  /** `computed_at` of the summary it belongs to, epoch ms. */
  readonly summarisedAt: number;
  /** As day-trace.ts packs them. */
  readonly bytes: Buffer;
}

const GIVEN =
  'unnest($1::int4[], $2::date[], $3::int8[], $4::bytea[]) as given (patient_key, day, summarised_at, trace)';
const INSERT = 'insert into day_traces (patient_key, day, summarised_at, trace)';
const ON_CONFLICT = `on conflict (patient_key, day) do update set summarised_at = excluded.summarised_at, trace = excluded.trace`;

/** In the transaction that writes their summaries. */
export async function writeDayTraces(tx: Pick<PoolClient, 'query'>, traces: readonly DayTrace[]): Promise<void> {
  await tx.query({
    name: 'day-traces-write',
    text: `${INSERT} select * from ${GIVEN} order by patient_key, day ${ON_CONFLICT}`,
    values: valuesOf(traces),
  });
}

/** Those whose summary is still the one named and whose day nobody has touched meanwhile; the others are dropped. */
export async function keepDayTraces(pool: Pick<Pool, 'query'>, traces: readonly DayTrace[]): Promise<void> {
  await pool.query({
    name: 'day-traces-keep',
    text: `${INSERT}
      select s.patient_key, s.day, s.computed_at, given.trace from ${GIVEN}
      join day_summaries s on s.patient_key = given.patient_key and s.day = given.day and s.kind = 'cgm'
        and s.computed_at = given.summarised_at
      where not exists (select from dirty_days d where d.patient_key = given.patient_key and d.day = given.day)
      order by s.patient_key, s.day ${ON_CONFLICT}`,
    values: valuesOf(traces),
  });
}

function valuesOf(traces: readonly DayTrace[]): string[] {
  return [
    numberArray(traces, ({ patientKey }) => patientKey),
    textArray(traces, ({ day }) => day),
    numberArray(traces, ({ summarisedAt }) => summarisedAt),
    textArray(traces, ({ bytes }) => `\\x${bytes.toString('hex')}`),
  ];
}
