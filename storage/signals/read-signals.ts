// What is persisted of patients' signals and episodes, as reconcile-signals.ts wants it.
import type { Pool } from 'pg';
import type { PersistedEpisode } from '../../domain/rules/merge-episode.ts';
import type { PersistedSignal } from '../../domain/rules/reconcile-signals.ts';
import type { EpisodeFate, EvidenceReading, Explanation, Severity, Verdict } from '../../domain/rules/rule.ts';
import { numberArray } from '../readings/array-literal.ts';

interface SignalRow {
  readonly patient_key: number;
  readonly rule_id: string;
  readonly verdict: Verdict;
  readonly severity: Severity | null;
  readonly episode_id: string | null;
  readonly explanation: Explanation;
  readonly deadline_at: number | null;
  readonly version: number;
}

interface EpisodeRow {
  readonly patient_key: number;
  readonly rule_id: string;
  readonly episode_id: string;
  readonly severity: Severity;
  readonly fate: EpisodeFate;
  readonly start_at: number;
  readonly completed_at: number;
  readonly end_at: number | null;
  readonly fresh_at: number | null;
  readonly evidence: readonly EvidenceReading[];
  readonly explanation: Explanation;
}

/** By patient, then by rule. */
export type SignalsOfPatients = ReadonlyMap<number, ReadonlyMap<string, PersistedSignal>>;

/** @param from epoch ms: episodes that were over by then are left out */
export async function readSignals(
  pool: Pick<Pool, 'query'>,
  patientKeys: readonly number[],
  from: number,
): Promise<SignalsOfPatients> {
  const keys = numberArray(patientKeys, (key) => key);
  const { rows } = await pool.query<SignalRow>({
    name: 'signals-read',
    text: `select patient_key, rule_id, verdict, severity, episode_id, explanation, deadline_at, version
      from signals where patient_key = any($1::int4[])`,
    values: [keys],
  });
  const patients = new Map<number, Map<string, PersistedSignal>>();
  if (rows.length === 0) return patients;
  const { rows: episodes } = await pool.query<EpisodeRow>({
    name: 'episodes-read',
    text: `select patient_key, rule_id, episode_id, severity, fate, start_at, completed_at, end_at, fresh_at, evidence, explanation from episodes
      where patient_key = any($1::int4[]) and withdrawn_at is null and (end_at is null or end_at > $2) order by start_at`,
    values: [keys, from],
  });
  const byOwner = Map.groupBy(episodes, ({ patient_key, rule_id }) => `${patient_key} ${rule_id}`);
  for (const row of rows) {
    const signals = patients.get(row.patient_key) ?? new Map<string, PersistedSignal>();
    patients.set(row.patient_key, signals);
    signals.set(row.rule_id, toSignal(row, byOwner.get(`${row.patient_key} ${row.rule_id}`) ?? []));
  }
  return patients;
}

/** Patients of whom one of the rules fires. */
export async function readFiring(pool: Pick<Pool, 'query'>, ruleIds: readonly string[]): Promise<number[]> {
  const { rows } = await pool.query<{ patient_key: number }>(
    `select distinct patient_key from signals where rule_id = any($1::text[]) and verdict = 'firing'`,
    [ruleIds],
  );
  return rows.map(({ patient_key }) => patient_key);
}

function toSignal(row: SignalRow, episodes: readonly EpisodeRow[]): PersistedSignal {
  return {
    verdict: row.verdict,
    severity: row.severity ?? undefined,
    episodeId: row.episode_id ?? undefined,
    explanation: row.explanation,
    deadlineAt: row.deadline_at ?? undefined,
    version: row.version,
    episodes: episodes.map(toEpisode),
  };
}

function toEpisode(row: EpisodeRow): PersistedEpisode {
  return {
    episodeId: row.episode_id,
    startAt: row.start_at,
    completedAt: row.completed_at,
    ...(row.end_at === null ? undefined : { endAt: row.end_at }),
    severity: row.severity,
    fate: row.fate,
    ...(row.fresh_at === null ? undefined : { freshAt: row.fresh_at }),
    evidence: row.evidence,
    explanation: row.explanation,
  };
}
