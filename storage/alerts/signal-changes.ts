// What ingest has said of a patient since alerting last acted on it. The newest state counts, not the way to it.
import type { EarlierAlert } from '../../domain/alerts/dealt-with.ts';
import type { Condition, Direction, EpisodeFate, Explanation, Severity, Verdict } from '../../domain/rules/rule.ts';
import type { AlertEvidence, AlertKey } from './alert-record.ts';
import { dropNulls } from './drop-nulls.ts';
import type { Queryable } from './queryable.ts';

export interface ChangedEpisode {
  readonly episodeId: string;
  readonly ruleId: string;
  readonly severity: Severity;
  readonly fate: EpisodeFate;
  readonly startAt: number;
  readonly completedAt: number;
  readonly endAt?: number | undefined;
  readonly withdrawnAt?: number | undefined;
  /** The older one that it turned out to be; withdrawn then. */
  readonly joinedTo?: string | undefined;
  readonly freshAt?: number | undefined;
  readonly evidence: readonly AlertEvidence[];
  readonly explanation: Explanation;
  /** Alerts in which it, or one that was joined to it, is a reason already, the unclosed one included. */
  readonly takenUpIn: readonly (EarlierAlert & { readonly alertId: string; readonly episodeId: string })[];
}

export interface ChangedSignal {
  readonly ruleId: string;
  readonly version: number;
  readonly verdict: Verdict;
  readonly severity?: Severity | undefined;
  readonly explanation: Explanation;
  /** Of a pending verdict: until when its answer counts. */
  readonly deadlineAt?: number | undefined;
  readonly episodes: readonly ChangedEpisode[];
}

/** Keys of a patient that have something unapplied. */
export async function readUnappliedKeys(db: Queryable, patientKey: number): Promise<AlertKey[]> {
  const { rows } = await db.query<{ condition: Condition; direction: Direction }>({
    name: 'signals-unapplied-keys',
    text: 'select distinct condition, direction from signals where patient_key = $1 and version > applied',
    values: [patientKey],
  });
  return rows.map((row) => ({ patientKey, ...row }));
}

// One statement, hence one snapshot: a signal never comes without its episodes.
const READ = `
  select s.rule_id as "ruleId", s.version, s.verdict, s.severity, s.explanation, s.deadline_at as "deadlineAt",
    coalesce((
      select json_agg(json_build_object('episodeId', e.episode_id, 'ruleId', e.rule_id, 'severity', e.severity, 'fate', e.fate,
               'startAt', e.start_at, 'completedAt', e.completed_at, 'endAt', e.end_at, 'withdrawnAt', e.withdrawn_at,
               'joinedTo', e.joined_to, 'freshAt', e.fresh_at, 'evidence', e.evidence, 'explanation', e.explanation, 'takenUpIn', coalesce((
                 with recursive named as (
                   select e.episode_id as name union select j.episode_id from named join episodes j on j.joined_to = named.name)
                 select json_agg(json_build_object('alertId', a.alert_id, 'episodeId', r.episode_id, 'state', a.state, 'closedAt', a.closed_at, 'firing', r.firing,
                   'severity', r.severity))
                 from named join alert_reasons r on r.episode_id = named.name join alerts a using (alert_id)), '[]')) order by e.start_at)
      from episodes e where e.patient_key = s.patient_key and e.rule_id = s.rule_id and e.signal_version > s.applied), '[]') as episodes
  from signals s
  where s.patient_key = $1 and s.condition = $2 and s.direction = $3 and s.version > s.applied
  order by s.rule_id`;

/** The caller holds the key. */
export async function readSignalChanges(
  tx: Queryable,
  { patientKey, condition, direction }: AlertKey,
): Promise<ChangedSignal[]> {
  const values = [patientKey, condition, direction];
  const { rows } = await tx.query<ChangedSignal>({ name: 'signals-changes', text: READ, values });
  return rows.map((row) => ({ ...dropNulls(row), episodes: row.episodes.map(toEpisode) }));
}

function toEpisode(row: ChangedEpisode): ChangedEpisode {
  return { ...dropNulls(row), takenUpIn: row.takenUpIn.map(dropNulls) };
}

/** A signal that has moved on meanwhile stays unapplied. Rows are locked in the order of their rules, as ingest does. */
export async function markApplied(
  tx: Queryable,
  patientKey: number,
  signals: readonly Pick<ChangedSignal, 'ruleId' | 'version'>[],
): Promise<void> {
  await tx.query({
    name: 'signals-mark-applied',
    text: `update signals s set applied = given.version, unapplied_since = s.updated_at
      from (select l.rule_id, g.version from signals l
            join unnest($2::text[], $3::int8[]) as g(rule_id, version) on g.rule_id = l.rule_id
            where l.patient_key = $1 order by l.rule_id for no key update of l) given
      where s.patient_key = $1 and s.rule_id = given.rule_id and s.applied < given.version`,
    values: [patientKey, signals.map(({ ruleId }) => ruleId), signals.map(({ version }) => version)],
  });
}
