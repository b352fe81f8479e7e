// What ingest has made of what was sent, past the API: for tests that compare it to the last bit.
import type pg from 'pg';
import type { ApiClient } from './api-client.ts';
import { until } from './until.ts';

type Rows = readonly Readonly<Record<string, unknown>>[];

export interface IngestOutcome {
  /** Of the local days with readings, as text: equal texts are equal numbers. Written when ingest stops, or a while after them. */
  readonly summaries: Rows;
  readonly episodes: Rows;
  /** By the same order as the episodes: what was made of each when it became known, which is a matter of what had come by then. */
  readonly tellings: readonly Telling[];
}

export interface Telling {
  readonly episode: string;
  readonly fate: string;
  readonly severity: string;
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

/** The rules of weeks are asked within the hour after midnight, or minutes after an upload; this asks them now, and resolves when they have spoken. */
export async function untilHistoriesJudged(
  api: ApiClient,
  database: pg.Client,
  patientIds: readonly string[],
  withinMs: number,
): Promise<void> {
  const ofThem = 'patient_key in (select patient_key from patients where patient_id = any($1::uuid[]))';
  await database.query(`update patient_state set history_due_at = 0 where ${ofThem}`, [patientIds]);
  for (const patientId of patientIds) await api.put('/rules', { patientId, thresholds: {} });
  await until('their histories have been judged', withinMs, async () => {
    const { rows } = await database.query<{ judged: number }>(
      `select count(*)::int as judged from patient_state where history_due_at > 0 and ${ofThem}`,
      [patientIds],
    );
    return rows[0]?.judged === patientIds.length;
  });
}

/** Without DATA-…: silence and clocks are judged by when news of them came, not by what a day shows. */
export async function readIngestOutcome(database: pg.Client, patientId: string): Promise<IngestOutcome> {
  const { rows: summaries } = await database.query(
    `select day::text, summary::text from day_summaries join patients using (patient_key)
     where patient_id = $1 and jsonb_array_length(summary->'groups') > 0 order by day`,
    [patientId],
  );
  const { rows } = await database.query(
    `select rule_id, start_at, completed_at, end_at, fate, severity from episodes join patients using (patient_key)
     where patient_id = $1 and withdrawn_at is null and rule_id not like 'DATA-%' order by rule_id, start_at`,
    [patientId],
  );
  const episodes = rows.map(({ fate: _, severity: __, ...episode }) => episode);
  const tellings = rows.map(({ rule_id, start_at, fate, severity }) => ({
    episode: `${rule_id} ${start_at}`,
    fate,
    severity,
  }));
  return { summaries, episodes, tellings };
}

/** Those of an episode's severities that one fate has had, where it has had several: a severity goes with a fate (clinical.md §7, lateness). */
export function severitiesThatDiffer(tellings: readonly Telling[]): string[] {
  const severities = new Map<string, Set<string>>();
  for (const { episode, fate, severity } of tellings) {
    const key = `${episode} ${fate}`;
    severities.set(key, (severities.get(key) ?? new Set()).add(severity));
  }
  return [...severities].flatMap(([key, several]) => (several.size > 1 ? `${key}: ${[...several].join(', ')}` : []));
}
