import { describe, expect, test } from 'vitest';
import type { PersistedEpisode } from './merge-episode.ts';
import { pairEpisodes } from './pair-episodes.ts';
import type { Episode } from './rule.ts';

const derived = (startAt: number, endAt?: number): Episode => ({
  startAt,
  completedAt: startAt,
  ...(endAt !== undefined && { endAt }),
  severity: 'warning',
  fate: 'live',
  evidence: [],
  explanation: { reason: 'below_line', thresholds: {} },
});
const persisted = (episodeId: string, startAt: number, endAt?: number): PersistedEpisode => ({
  ...derived(startAt, endAt),
  episodeId,
});
const idsOf = (episodes: readonly PersistedEpisode[]) => episodes.map(({ episodeId }) => episodeId);

describe('what was told of and is no longer found', () => {
  test('is taken back from the first instant of the window on, and before its end', () => {
    const vanishedOf = (startAt: number) =>
      idsOf(pairEpisodes([persisted('a', startAt, startAt + 1)], [], { from: 100, to: 200 }, undefined).vanished);
    expect([vanishedOf(99), vanishedOf(100), vanishedOf(199), vanishedOf(200)]).toEqual([[], ['a'], ['a'], []]);
  });

  test('is over where it began before the window and is known to be over in it', () => {
    const endedOf = (recoveredAt?: number) =>
      idsOf(pairEpisodes([persisted('a', 50)], [], { from: 100 }, recoveredAt).endedBefore);
    expect([endedOf(150), endedOf()]).toEqual([['a'], []]);
  });
});

describe('an episode told of and one derived', () => {
  const pairOf = (known: PersistedEpisode, found: Episode, recoveredAt?: number) =>
    pairEpisodes([known], [found], { from: 100 }, recoveredAt).matched.length;

  test('are the same where they overlap, not where one begins as the other ends', () => {
    expect([pairOf(persisted('a', 110, 120), derived(119)), pairOf(persisted('a', 110, 120), derived(120))]).toEqual([
      1, 0,
    ]);
    expect([pairOf(persisted('a', 119), derived(110, 120)), pairOf(persisted('a', 120), derived(110, 120))]).toEqual([
      1, 0,
    ]);
  });

  test('that was open goes on until it recovered only where it began before the window', () => {
    expect(pairOf(persisted('a', 99), derived(150), 140)).toBe(0);
    expect(pairOf(persisted('a', 100), derived(150), 140)).toBe(1);
  });
});

describe('where late readings split one that was open', () => {
  const split = (judgedUntil: number) => {
    const { matched } = pairEpisodes(
      [persisted('a', 110)],
      [derived(110, 120), derived(150)],
      { from: 100 },
      undefined,
      judgedUntil,
    );
    return matched.map((pair) => pair.derived.startAt);
  };

  test('what goes on keeps its name if it began within what had been judged; what is newer is new', () => {
    expect([split(150), split(149)]).toEqual([[150], [110]]);
  });

  test('what goes on only with a reading that had not been judged is new, although its first readings had been', () => {
    const goesOn = (completedAt: number) => {
      const found = [derived(110, 120), { ...derived(140), completedAt }];
      const { matched } = pairEpisodes([persisted('a', 110)], found, { from: 100 }, undefined, 150);
      return matched.map((pair) => pair.derived.startAt);
    };
    expect([goesOn(150), goesOn(151)]).toEqual([[140], [110]]);
  });
});

test('of several told of that turn out to be one the oldest stays; of two that began together the one told of first', () => {
  const joinedOf = (...known: PersistedEpisode[]) => {
    const [pair] = pairEpisodes(known, [derived(110)], { from: 100 }, undefined).matched;
    return [pair?.kept.episodeId, ...idsOf(pair?.joined ?? [])];
  };
  expect(joinedOf(persisted('b', 120), persisted('a', 115))).toEqual(['a', 'b']);
  expect(joinedOf(persisted('b', 115), persisted('a', 115))).toEqual(['a', 'b']);
});
