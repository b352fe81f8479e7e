// Writes what changed of signals and episodes, in the transaction of what changed them. The rows are the outbox: a version above
// `handed_over` wants a nudge, one above `applied` is unsettled.
import type { PoolClient } from 'pg';
import type { PersistedEpisode } from '../../domain/rules/merge-episode.ts';
import type { SignalDifference } from '../../domain/rules/reconcile-signals.ts';
import type { Rule } from '../../domain/rules/rule.ts';
import { numberArray, textArray } from '../readings/array-literal.ts';

export interface SignalChange {
  readonly patientKey: number;
  readonly rule: Rule;
  readonly difference: SignalDifference;
  /** Something changed that alerting acts on: the version has risen. */
  readonly isNews: boolean;
}

/** @param now epoch ms */
export async function writeSignals(tx: PoolClient, changes: readonly SignalChange[], now: number): Promise<void> {
  const signals = changes.filter(({ difference }) => difference.isChanged);
  if (signals.length > 0) await writeSignalRows(tx, signals, now);
  const written = changes.flatMap(({ patientKey, rule, difference }) =>
    [...difference.insert, ...difference.update].map((episode) => ({
      patientKey,
      rule,
      episode,
      version: difference.version,
    })),
  );
  if (written.length > 0) await writeEpisodes(tx, written, now);
  const withdrawn = changes.flatMap(({ difference }) =>
    difference.withdraw.map((episode) => ({ ...episode, version: difference.version })),
  );
  if (withdrawn.length > 0) await withdrawEpisodes(tx, withdrawn, now);
}

async function writeSignalRows(tx: PoolClient, changes: readonly SignalChange[], now: number): Promise<void> {
  // Alerting locks the rows of a patient in the order of their rules; so does this.
  await tx.query({
    name: 'signals-write',
    text: `insert into signals (patient_key, rule_id, rule_version, condition, direction, verdict, severity, episode_id, explanation,
        deadline_at, version, updated_at)
      select s.*, $12 from unnest($1::int4[], $2::text[], $3::int4[], $4::text[], $5::text[], $6::text[], $7::text[], $8::uuid[],
        $9::jsonb[], $10::int8[], $11::int8[])
        as s (patient_key, rule_id, rule_version, condition, direction, verdict, severity, episode_id, explanation, deadline_at, version)
      order by patient_key, rule_id
      on conflict (patient_key, rule_id) do update set rule_version = excluded.rule_version, verdict = excluded.verdict,
        severity = excluded.severity, episode_id = excluded.episode_id, explanation = excluded.explanation,
        deadline_at = excluded.deadline_at, version = excluded.version, updated_at = excluded.updated_at`,
    values: [
      numberArray(changes, ({ patientKey }) => patientKey),
      textArray(changes, ({ rule }) => rule.id),
      numberArray(changes, ({ rule }) => rule.version),
      textArray(changes, ({ rule }) => rule.condition),
      textArray(changes, ({ rule }) => rule.direction),
      textArray(changes, ({ difference }) => difference.verdict),
      textArray(changes, ({ difference }) => difference.severity),
      textArray(changes, ({ difference }) => difference.episodeId),
      textArray(changes, ({ difference }) => JSON.stringify(difference.explanation)),
      numberArray(changes, ({ difference }) => difference.deadlineAt),
      numberArray(changes, ({ difference }) => difference.version),
      now,
    ],
  });
}

interface WrittenEpisode {
  readonly patientKey: number;
  readonly rule: Rule;
  readonly episode: PersistedEpisode;
  readonly version: number;
}

async function writeEpisodes(tx: PoolClient, written: readonly WrittenEpisode[], now: number): Promise<void> {
  await tx.query({
    name: 'episodes-write',
    text: `insert into episodes (episode_id, patient_key, rule_id, rule_version, condition, direction, severity, fate, start_at,
        completed_at, end_at, fresh_at, evidence, explanation, signal_version, first_seen_at)
      select e.*, $16 from unnest($1::uuid[], $2::int4[], $3::text[], $4::int4[], $5::text[], $6::text[], $7::text[], $8::text[],
        $9::int8[], $10::int8[], $11::int8[], $12::int8[], $13::jsonb[], $14::jsonb[], $15::int8[]) e
      on conflict (episode_id) do update set rule_version = excluded.rule_version, severity = excluded.severity, fate = excluded.fate,
        start_at = excluded.start_at, completed_at = excluded.completed_at, end_at = excluded.end_at, fresh_at = excluded.fresh_at,
        evidence = excluded.evidence, explanation = excluded.explanation, signal_version = excluded.signal_version`,
    values: [
      textArray(written, ({ episode }) => episode.episodeId),
      numberArray(written, ({ patientKey }) => patientKey),
      textArray(written, ({ rule }) => rule.id),
      numberArray(written, ({ rule }) => rule.version),
      textArray(written, ({ rule }) => rule.condition),
      textArray(written, ({ rule }) => rule.direction),
      textArray(written, ({ episode }) => episode.severity),
      textArray(written, ({ episode }) => episode.fate),
      numberArray(written, ({ episode }) => episode.startAt),
      numberArray(written, ({ episode }) => episode.completedAt),
      numberArray(written, ({ episode }) => episode.endAt),
      numberArray(written, ({ episode }) => episode.freshAt),
      textArray(written, ({ episode }) => JSON.stringify(episode.evidence)),
      textArray(written, ({ episode }) => JSON.stringify(episode.explanation)),
      numberArray(written, ({ version }) => version),
      now,
    ],
  });
}

interface WithdrawnEpisode {
  readonly episodeId: string;
  readonly joinedTo?: string;
  readonly version: number;
}

async function withdrawEpisodes(tx: PoolClient, withdrawn: readonly WithdrawnEpisode[], now: number): Promise<void> {
  await tx.query(
    `update episodes e set withdrawn_at = $4, joined_to = w.joined_to, signal_version = w.version
     from unnest($1::uuid[], $2::uuid[], $3::int8[]) as w (episode_id, joined_to, version) where e.episode_id = w.episode_id`,
    [
      textArray(withdrawn, ({ episodeId }) => episodeId),
      textArray(withdrawn, ({ joinedTo }) => joinedTo),
      numberArray(withdrawn, ({ version }) => version),
      now,
    ],
  );
}
