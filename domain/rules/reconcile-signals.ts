// Level-triggered signals: what is persisted of one (patient, rule) against what was derived afresh, and the difference to write.
// Promise: applying the difference and reconciling again changes nothing; the episodes not withdrawn are those derived, whatever order
// the readings came in; only an episode's fate remembers what was known when, and it only rises, and only while it is open.

import { isUrgent } from '../alerts/severity-order.ts';
import { isSameFollowUp } from '../follow-up/follow-up.ts';
import { isOpenAlarm, mergeEpisode, newEpisode, type PersistedEpisode } from './merge-episode.ts';
import { pairEpisodes } from './pair-episodes.ts';
import type { Evaluation, Explanation, PatientWindow, Severity, Verdict } from './rule.ts';
import { SEVERITIES } from './rule.ts';

export interface PersistedSignal {
  readonly verdict: Verdict;
  readonly severity?: Severity | undefined;
  /** Of the alarm that is open. */
  readonly episodeId?: string | undefined;
  readonly explanation: Explanation;
  /** Of a pending verdict. */
  readonly deadlineAt?: number | undefined;
  /** 0: no row yet. */
  readonly version: number;
  /** Not withdrawn; at least all that are open or end after the window's `from`. */
  readonly episodes: readonly PersistedEpisode[];
}

export const NO_SIGNAL: PersistedSignal = {
  verdict: 'unknown',
  explanation: { reason: 'not_evaluated', thresholds: {} },
  version: 0,
  episodes: [],
};

export interface SignalDifference extends Omit<PersistedSignal, 'episodes'> {
  /** Whether the signal's row has to be written. Its `version` is one higher only if something changed that alerting acts on. */
  readonly isChanged: boolean;
  readonly insert: readonly PersistedEpisode[];
  readonly update: readonly PersistedEpisode[];
  /** No longer derived, or joined to an older one. */
  readonly withdraw: readonly { readonly episodeId: string; readonly joinedTo?: string }[];
}

const UNCHANGED = { isChanged: false, insert: [], update: [], withdraw: [] } as const;

export interface Reconciliation {
  readonly persisted: PersistedSignal;
  readonly evaluation: Evaluation;
  /** What the evaluation can judge: it says nothing of what began before `from`. */
  readonly window: Pick<PatientWindow, 'from' | 'to'>;
  /** `rule.findRecovery(window)`, where an episode was open before the window. */
  readonly recoveredAt?: number | undefined;
  /** As `Rule.listsPast`. */
  readonly listsPast?: boolean | undefined;
  /** Newest `measuredAt` that the evaluation before had seen. Absent, as after a restart: what is derived may all be news. */
  readonly judgedUntil?: number | undefined;
  readonly newId: () => string;
}

/** A window with `to` looks at the past again: it changes episodes, never the verdict of now. */
export function reconcileSignals({
  persisted,
  evaluation,
  window,
  recoveredAt,
  listsPast = true,
  judgedUntil,
  newId,
}: Reconciliation): SignalDifference {
  const nothingKnown = persisted.episodes.length === 0 && evaluation.episodes.length === 0;
  if (nothingKnown && !isLoud(evaluation) && !isLoud(persisted)) return { ...persisted, ...UNCHANGED };
  const paired = pairEpisodes(persisted.episodes, evaluation.episodes, window, recoveredAt, judgedUntil);

  const insert = paired.unmatched
    .map((derived) => newEpisode(newId(), derived, window))
    .filter(({ endAt }) => listsPast || endAt === undefined);
  const merged = paired.matched.map(({ kept, joined, derived }) => ({
    before: kept,
    after: mergeEpisode(kept, joined, derived, window),
  }));
  const ended = paired.endedBefore.map((before) => ({ before, after: { ...before, endAt: recoveredAt } }));
  const changes = [...merged, ...ended].filter(({ before, after }) => !isSameEpisode(before, after));
  const withdraw = [
    ...paired.vanished.map(({ episodeId }) => ({ episodeId })),
    ...paired.matched.flatMap(({ kept, joined }) =>
      joined.map(({ episodeId }) => ({ episodeId, joinedTo: kept.episodeId })),
    ),
  ];

  const episodes = applyToEpisodes(persisted.episodes, { insert, update: changes.map(({ after }) => after), withdraw });
  const signal = signalOf(episodes, window.to === undefined ? restOf(evaluation) : persisted);
  const isNews =
    insert.length > 0 ||
    withdraw.length > 0 ||
    changes.some(({ before, after }) => matters(before, after)) ||
    isHeard(signal, persisted);
  const isChanged = isNews || (persisted.version > 0 && !isSameSignal(signal, persisted));
  const { verdict, severity, episodeId, explanation, deadlineAt } = isChanged ? signal : persisted;
  const version = isNews ? persisted.version + 1 : persisted.version;
  const update = changes.map(({ after }) => after);
  return { verdict, severity, episodeId, explanation, deadlineAt, version, isChanged, insert, update, withdraw };
}

/** The signal as it stands once a difference is written. */
export function applyDifference(persisted: PersistedSignal, difference: SignalDifference): PersistedSignal {
  const { isChanged: _, insert, update, withdraw, ...signal } = difference;
  return { ...signal, episodes: applyToEpisodes(persisted.episodes, { insert, update, withdraw }) };
}

function applyToEpisodes(
  episodes: readonly PersistedEpisode[],
  { insert, update, withdraw }: Pick<SignalDifference, 'insert' | 'update' | 'withdraw'>,
): PersistedEpisode[] {
  const updated = new Map(update.map((episode) => [episode.episodeId, episode]));
  const withdrawn = new Set(withdraw.map(({ episodeId }) => episodeId));
  return [...episodes.map((episode) => updated.get(episode.episodeId) ?? episode), ...insert]
    .filter(({ episodeId }) => !withdrawn.has(episodeId))
    .sort((a, b) => a.startAt - b.startAt);
}

type Signal = Omit<PersistedSignal, 'version' | 'episodes'>;

function restOf({ verdict, severity, explanation, nextDeadlineAt }: Evaluation): Signal {
  return verdict === 'pending'
    ? { verdict, severity, explanation, deadlineAt: nextDeadlineAt }
    : { verdict, explanation };
}

/** @param otherwise what is said where no alarm is open */
function signalOf(episodes: readonly PersistedEpisode[], otherwise: Signal): Signal {
  const open = episodes.filter(isOpenAlarm);
  if (open.length === 0) {
    return otherwise.verdict === 'firing' ? { verdict: 'clear', explanation: otherwise.explanation } : otherwise;
  }
  const highest = open.reduce((a, b) => (SEVERITIES.indexOf(b.severity) > SEVERITIES.indexOf(a.severity) ? b : a));
  const { severity, episodeId, explanation } = highest;
  return { verdict: 'firing', severity, episodeId, explanation };
}

/** Only a verdict that fires or asks for something concerns anybody. */
function isLoud({ verdict }: Pick<Signal, 'verdict'>): boolean {
  return verdict === 'firing' || verdict === 'pending';
}

function isHeard(now: Signal, before: Signal): boolean {
  if (!isLoud(now) && !isLoud(before)) return false;
  return !isSameSignal(now, before);
}

function isSameSignal(a: Signal, b: Signal): boolean {
  return (
    a.verdict === b.verdict &&
    a.severity === b.severity &&
    a.episodeId === b.episodeId &&
    a.deadlineAt === b.deadlineAt &&
    // Why nothing is said changes with many a reading, and is found out when somebody asks: not worth a write.
    (!isLoud(a) || isSameExplanation(a.explanation, b.explanation))
  );
}

/** Thresholds are left out: where they change what is derived, the rest differs too. */
function isSameExplanation(a: Explanation, b: Explanation): boolean {
  return a.reason === b.reason && a.stage === b.stage && isSameFollowUp(a.followUp, b.followUp);
}

/** What of an episode alerting acts on: that it is open or over, how bad, how it may be told, and of an urgent one that it goes on. */
function matters(a: PersistedEpisode, b: PersistedEpisode): boolean {
  const endsOrOpens = (a.endAt === undefined) !== (b.endAt === undefined);
  const isSame = !endsOrOpens && a.fate === b.fate && a.severity === b.severity;
  return !isSame || a.explanation.stage !== b.explanation.stage || isSeenAgain(a, b);
}

/** Whoever has closed the alert meanwhile has to hear of it. Of anything less it isn't worth a write. */
function isSeenAgain(a: PersistedEpisode, b: PersistedEpisode): boolean {
  return isOpenAlarm(b) && isUrgent(b.severity) && a.freshAt !== b.freshAt;
}

function isSameEpisode(a: PersistedEpisode, b: PersistedEpisode): boolean {
  return (
    !matters(a, b) &&
    a.startAt === b.startAt &&
    a.completedAt === b.completedAt &&
    a.endAt === b.endAt &&
    isSameExplanation(a.explanation, b.explanation) &&
    a.evidence.length === b.evidence.length &&
    a.evidence.every(({ deviceKey, measuredAt }, i) => {
      const other = b.evidence[i]!;
      return deviceKey === other.deviceKey && measuredAt === other.measuredAt;
    })
  );
}
