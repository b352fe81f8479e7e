// What ingest has made of what was sent, past the API: for tests that compare it to the last bit.
import type pg from 'pg';
import { until } from './until.ts';

type Rows = readonly Readonly<Record<string, unknown>>[];

export interface IngestOutcome {
  /** A local day each, as text: equal texts are equal numbers. Written when ingest stops, or a while after the last reading. */
  readonly summaries: Rows;
  readonly episodes: Rows;
}

/** Resolves when so many items have their fate, and no day waits to be read again. */
export async function untilIngested(database: pg.Client, items: number, withinMs: number): Promise<void> {
  await until(`${items} items have their fate`, withinMs, async () => {
    const { rows } = await database.query<{ received: number; days: number }>(
      `select (select coalesce(sum(received), 0)::int from record_counts) as received,
         (select count(*)::int from dirty_days where held_mark is distinct from mark) as days`,
    );
    return rows[0]?.received === items && rows[0].days === 0;
  });
}

/** Without DATA-01: silence is what was told of it when, not what a day shows. */
export async function readIngestOutcome(database: pg.Client, patientId: string): Promise<IngestOutcome> {
  const { rows: summaries } = await database.query(
    `select day::text, summary::text from day_summaries join patients using (patient_key) where patient_id = $1 order by day`,
    [patientId],
  );
  const { rows: episodes } = await database.query(
    `select rule_id, severity, start_at, completed_at, end_at from episodes join patients using (patient_key)
     where patient_id = $1 and withdrawn_at is null and rule_id <> 'DATA-01' order by rule_id, start_at`,
    [patientId],
  );
  return { summaries, episodes };
}
