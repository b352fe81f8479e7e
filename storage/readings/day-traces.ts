// The day_traces table: the readings that a stored day summary was made of, in one value each. Only what can be computed again.
// Promise: a trace is given out with the summary it belongs to, never with a later one.
import type { Pool } from 'pg';
import { numberArray, textArray } from './array-literal.ts';

export interface DayTrace {
  /** Local calendar day, YYYY-MM-DD. */
  readonly day: string;
  /** `computed_at` of the summary it belongs to, epoch ms. */
  readonly summarisedAt: number;
  /** As day-trace.ts packs them. */
  readonly bytes: Buffer;
}

/** Local days `from` to `to`, both included. */
export async function readDayTraces(
  pool: Pick<Pool, 'query'>,
  patientKey: number,
  from: string,
  to: string,
): Promise<Map<string, DayTrace>> {
  const { rows } = await pool.query<{ day: string; summarised_at: number; trace: Buffer }>({
    name: 'day-traces-read',
    text: 'select day, summarised_at, trace from day_traces where patient_key = $1 and day between $2 and $3',
    values: [patientKey, from, to],
  });
  return new Map(
    rows.map(({ day, summarised_at, trace }) => [day, { day, summarisedAt: summarised_at, bytes: trace }]),
  );
}

/** Those whose summary is still the one named and whose day nobody has touched meanwhile; the others are dropped. */
export async function writeDayTraces(
  pool: Pick<Pool, 'query'>,
  patientKey: number,
  traces: readonly DayTrace[],
): Promise<void> {
  await pool.query({
    name: 'day-traces-write',
    text: `insert into day_traces (patient_key, day, summarised_at, trace)
      select s.patient_key, s.day, s.computed_at, given.trace
      from unnest($2::date[], $3::int8[], $4::bytea[]) as given (day, summarised_at, trace)
      join day_summaries s on s.patient_key = $1 and s.day = given.day and s.kind = 'cgm' and s.computed_at = given.summarised_at
      where not exists (select from dirty_days d where d.patient_key = $1 and d.day = given.day)
      order by s.day
      on conflict (patient_key, day) do update set summarised_at = excluded.summarised_at, trace = excluded.trace`,
    values: [
      patientKey,
      textArray(traces, ({ day }) => day),
      numberArray(traces, ({ summarisedAt }) => summarisedAt),
      textArray(traces, ({ bytes }) => `\\x${bytes.toString('hex')}`),
    ],
  });
}
