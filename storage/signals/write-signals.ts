// Writes what changed of signals and episodes, in the transaction of what changed them. The rows are the outbox: a version above
// `handed_over` wants a nudge, one above `applied` is unsettled.
import type { PoolClient } from 'pg';
import type { PersistedEpisode } from '../../domain/rules/merge-episode.ts';
import type { SignalDifference } from '../../domain/rules/reconcile-signals.ts';
import type { RuleDescription } from '../../domain/rules/rule.ts';
import { TemporaryFailure } from '../../runtime/errors.ts';
import { numberArray, textArray } from '../readings/array-literal.ts';

export interface SignalChange {
  readonly patientKey: number;
  readonly rule: RuleDescription;
  readonly difference: SignalDifference;
  /** Something changed that alerting acts on: the version has risen. */
  readonly isNews: boolean;
}

/** The version that the change was derived from; 0: no row. */
const formerVersionOf = ({ difference, isNews }: SignalChange): number => difference.version - (isNews ? 1 : 0);

/**
 * Only upon the versions that the changes were derived from. Throws TemporaryFailure `signals_moved_on` where somebody else has written
 * one meanwhile, or the patient is erased: what is remembered of these patients is to be read anew.
 * @param now epoch ms
 */
export async function writeSignals(tx: PoolClient, changes: readonly SignalChange[], now: number): Promise<void> {
  if (changes.length === 0) return;
  await writeSignalRows(tx, changes, now);
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

const SIGNAL_COLUMNS = [
  ['patient_key', 'int4'],
  ['rule_id', 'text'],
  ['rule_version', 'int4'],
  ['condition', 'text'],
  ['direction', 'text'],
  ['verdict', 'text'],
  ['severity', 'text'],
  ['episode_id', 'uuid'],
  ['explanation', 'jsonb'],
  ['deadline_at', 'int8'],
  ['version', 'int8'],
] as const;
const NAMES = SIGNAL_COLUMNS.map(([name]) => name).join(', ');
const ARRAYS = [...SIGNAL_COLUMNS, ['former', 'int8'], ['is_changed', 'bool']]
  .map(([, type], index) => `$${index + 1}::${type}[]`)
  .join(', ');

const NOW = `$${SIGNAL_COLUMNS.length + 3}`;

// Alerting locks the rows of a patient in the order of their rules; so does this. Of a signal that stays what it is, only an episode
// is written: its version is looked at all the same.
const WRITE_SIGNALS = `
  with given as (select * from unnest(${ARRAYS}) as g (${NAMES}, former, is_changed)),
  kept as (
    select l.patient_key, l.rule_id from signals l
    join given g on g.patient_key = l.patient_key and g.rule_id = l.rule_id and g.former = l.version
    order by l.patient_key, l.rule_id for no key update of l),
  updated as (
    update signals s set rule_version = g.rule_version, verdict = g.verdict, severity = g.severity, episode_id = g.episode_id,
      explanation = g.explanation, deadline_at = g.deadline_at, version = g.version, updated_at = ${NOW},
      unapplied_since = case when s.version > s.applied then coalesce(s.unapplied_since, s.updated_at) else ${NOW} end
    from kept k join given g using (patient_key, rule_id)
    where s.patient_key = k.patient_key and s.rule_id = k.rule_id and g.is_changed),
  added as (
    insert into signals (${NAMES}, updated_at, unapplied_since) select ${NAMES}, ${NOW}, ${NOW} from given where former = 0
    order by patient_key, rule_id on conflict (patient_key, rule_id) do nothing returning 1)
  select ((select count(*) from kept) + (select count(*) from added))::int as written`;

async function writeSignalRows(tx: PoolClient, changes: readonly SignalChange[], now: number): Promise<void> {
  const { rows } = await tx.query<{ written: number }>({
    name: 'signals-write',
    text: WRITE_SIGNALS,
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
      numberArray(changes, formerVersionOf),
      textArray(changes, ({ difference }) => (difference.isChanged ? 't' : 'f')),
      now,
    ],
  });
  if (rows[0]!.written < changes.length)
    throw new TemporaryFailure('signals_moved_on', 'somebody else has written a signal since it was read');
}

interface WrittenEpisode {
  readonly patientKey: number;
  readonly rule: RuleDescription;
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
