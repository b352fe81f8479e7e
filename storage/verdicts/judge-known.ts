// One rule at an instant: derived anew, with what ingest had decided by then. Promise: at the present instant it is what ingest says.
// Whether somebody was told in time is a matter of when a reading came and what was known then, which no reading tells afterwards.
import { deriveSignal } from '../../domain/rules/derive-signal.ts';
import type { PersistedEpisode } from '../../domain/rules/merge-episode.ts';
import { applyDifference, NO_SIGNAL, type PersistedSignal } from '../../domain/rules/reconcile-signals.ts';
import type { Episode, Evaluation, JudgingRule, PatientProfile, PatientWindow } from '../../domain/rules/rule.ts';

export interface Judged extends Pick<Evaluation, 'verdict' | 'severity' | 'explanation'> {
  /** The newest that began by then. */
  readonly episode?: Episode | undefined;
}

export interface Known {
  /** As it is persisted now; undefined: nothing is. */
  readonly signal: PersistedSignal | undefined;
  /** When ingest first wrote an episode down, epoch ms, by its id. */
  readonly firstSeenAt: ReadonlyMap<string, number>;
}

export interface KnownInput<W extends Stretch> {
  readonly rule: JudgingRule<W>;
  /** What was measured up to `at`. */
  readonly window: W;
  /** Of that, what was received by an instant, epoch ms. Seldom asked. */
  readonly windowReceivedBy: (receivedBy: number) => W;
  readonly profile: PatientProfile;
  /** Epoch ms. */
  readonly at: number;
  readonly known: Known;
}

type Stretch = Pick<PatientWindow, 'from' | 'to'>;

export function judgeKnown<W extends Stretch>(input: KnownInput<W>): Judged {
  const persisted = { ...NO_SIGNAL, episodes: episodesAt(input) };
  const { evaluation, difference } = derive(input, input.window, persisted, input.at);
  const { verdict, severity, explanation } = difference.isChanged ? difference : evaluation;
  const open = persisted.episodes.find(({ endAt }) => endAt === undefined);
  const ended = difference.update.find(({ episodeId }) => episodeId === open?.episodeId);
  const derived = evaluation.episodes.at(-1);
  const inserted = new Set(difference.insert.map(({ episodeId }) => episodeId));
  // What ingest hasn't written down has been told by nobody: its fate is what the readings say.
  const decided = applyDifference(persisted, difference).episodes.findLast(
    ({ episodeId, startAt, endAt }) =>
      !inserted.has(episodeId) && derived !== undefined && startAt <= derived.startAt && endAt === derived.endAt,
  );
  return { verdict, severity, explanation, episode: decided ?? derived ?? ended ?? open };
}

/** What ingest knew at `at`. What began before the window can't be derived: it is taken from whenever it was seen. */
function episodesAt<W extends Stretch>(input: KnownInput<W>): PersistedEpisode[] {
  const { rule, window, at, known } = input;
  const from = window.from + (rule.leadMs ?? 0);
  const begun = (known.signal?.episodes ?? []).filter(({ startAt }) => startAt <= at).map((each) => asOpenAt(each, at));
  const before = begun.filter(({ startAt }) => startAt < from);
  const within = begun.flatMap((episode): PersistedEpisode[] => {
    const seenAt = known.firstSeenAt.get(episode.episodeId);
    if (episode.startAt < from || seenAt === undefined || seenAt > at) return [];
    if (!hasBecomeLiveAfter(episode, at)) return [episode];
    const first = derive(input, input.windowReceivedBy(seenAt), { ...NO_SIGNAL, episodes: before }, seenAt);
    const same = first.evaluation.episodes.findLast((derived) => overlap(derived, episode));
    return same === undefined ? [] : [{ ...same, episodeId: episode.episodeId }];
  });
  return [...before, ...within];
}

/** What ended later was open. */
function asOpenAt({ endAt, ...episode }: PersistedEpisode, at: number): PersistedEpisode {
  return endAt === undefined || endAt > at ? episode : { ...episode, endAt };
}

/** Fates only rise: a reading that was fresh after `at` may have made it live. */
function hasBecomeLiveAfter({ fate, freshAt }: Episode, at: number): boolean {
  return fate === 'live' && freshAt !== undefined && freshAt > at;
}

function overlap(a: Episode, b: Episode): boolean {
  const end = ({ endAt, startAt }: Episode) => Math.max(endAt ?? Number.POSITIVE_INFINITY, startAt + 1);
  return a.startAt < end(b) && b.startAt < end(a);
}

function derive<W extends Stretch>(
  { rule, profile }: KnownInput<W>,
  window: W,
  persisted: PersistedSignal,
  now: number,
) {
  let ids = 0;
  const newId = () => `new-${++ids}`;
  return deriveSignal({ rule, window, profile, now, persisted, newId });
}
