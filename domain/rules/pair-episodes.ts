// Which derived episode is which persisted one: they are the same where they overlap.
// Promise: where several persisted ones overlap one derived, the oldest stays; what began before the window is never taken back.
import type { PersistedEpisode } from './merge-episode.ts';
import type { Episode, PatientWindow } from './rule.ts';

export interface EpisodePairs {
  readonly matched: readonly {
    readonly kept: PersistedEpisode;
    /** Persisted ones that turned out to be the same. */
    readonly joined: readonly PersistedEpisode[];
    readonly derived: Episode;
  }[];
  readonly unmatched: readonly Episode[];
  /** In the window and no longer derived. */
  readonly vanished: readonly PersistedEpisode[];
  /** Open before the window, over within it. */
  readonly endedBefore: readonly PersistedEpisode[];
}

/**
 * @param recoveredAt where an episode that was open before the window ends, epoch ms
 * @param judgedUntil newest `measuredAt` that an earlier evaluation had seen; absent: nothing is known to have been seen
 */
export function pairEpisodes(
  persisted: readonly PersistedEpisode[],
  derived: readonly Episode[],
  { from, to = Infinity }: Pick<PatientWindow, 'from' | 'to'>,
  recoveredAt: number | undefined,
  judgedUntil = Number.NEGATIVE_INFINITY,
): EpisodePairs {
  // A note may begin and end with one reading; it occupies that instant.
  const end = ({ startAt, endAt }: Episode, otherwise: number) => Math.max(endAt ?? otherwise, startAt + 1);
  const endOfKnown = (known: PersistedEpisode) =>
    end(known, (known.startAt < from ? recoveredAt : undefined) ?? Number.POSITIVE_INFINITY);
  const overlap = (one: Episode, known: PersistedEpisode) =>
    one.startAt < endOfKnown(known) && known.startAt < end(one, to);

  const groups = new Map<Episode, PersistedEpisode[]>(derived.map((episode) => [episode, []]));
  const vanished: PersistedEpisode[] = [];
  const endedBefore: PersistedEpisode[] = [];
  for (const episode of [...persisted].sort(byStart)) {
    // Where late readings split an open episode, what goes on keeps its identity: nobody is paged anew for the past. But what is
    // complete only with a reading that had not been judged is new, although its recovery came in the same turn: it must page.
    const candidates = derived.filter((candidate) => overlap(candidate, episode));
    const goesOn = ({ completedAt, endAt }: Episode) => endAt === undefined && completedAt <= judgedUntil;
    const partner = (episode.endAt === undefined ? candidates.find(goesOn) : undefined) ?? candidates[0];
    if (partner !== undefined) groups.get(partner)!.push(episode);
    else if (episode.startAt >= from) {
      if (episode.startAt < to) vanished.push(episode);
    } else if (episode.endAt === undefined && recoveredAt !== undefined) endedBefore.push(episode);
  }
  const matched: EpisodePairs['matched'][number][] = [];
  const unmatched: Episode[] = [];
  for (const [episode, group] of groups) {
    const [kept, ...joined] = group;
    if (kept === undefined) unmatched.push(episode);
    else matched.push({ kept, joined, derived: episode });
  }
  return { matched, unmatched, vanished, endedBefore };
}

function byStart(a: PersistedEpisode, b: PersistedEpisode): number {
  return a.startAt - b.startAt || a.episodeId.localeCompare(b.episodeId);
}
