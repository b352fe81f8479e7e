import { expect, test } from 'vitest';
import { mergeEpisode, type PersistedEpisode } from './merge-episode.ts';
import type { Episode, Severity } from './rule.ts';

const episode = (startAt: number, reason: string, severity: Severity = 'warning'): Episode => ({
  startAt,
  completedAt: startAt + 1,
  severity,
  fate: 'live',
  evidence: [],
  explanation: { reason, thresholds: {} },
});
const told = (startAt: number, severity?: Severity): PersistedEpisode => ({
  ...episode(startAt, 'told', severity),
  episodeId: 'a',
});
const merged = (kept: PersistedEpisode, derived: Episode) => mergeEpisode(kept, [], derived, { from: 100 });

test('an episode that began before the window keeps its beginning; one that began with the window is derived anew', () => {
  expect(merged(told(99), episode(110, 'derived'))).toMatchObject({ startAt: 99, completedAt: 100 });
  expect(merged(told(100), episode(110, 'derived'))).toMatchObject({ startAt: 110, completedAt: 111 });
});

test('one whose beginning is derived again is as bad as it is derived', () => {
  expect(merged(told(99, 'critical'), episode(99, 'derived'))).toMatchObject({
    severity: 'warning',
    explanation: { reason: 'derived' },
  });
});

test('what is seen of its rest says anew why only where it is worse than what was told', () => {
  expect(merged(told(99), episode(110, 'derived'))).toMatchObject({
    severity: 'warning',
    explanation: { reason: 'told' },
  });
  expect(merged(told(99), episode(110, 'derived', 'critical'))).toMatchObject({
    severity: 'critical',
    explanation: { reason: 'derived' },
  });
  expect(merged(told(99, 'critical'), episode(110, 'derived'))).toMatchObject({
    severity: 'critical',
    explanation: { reason: 'told' },
  });
});

test('of several that were told of as urgently it goes on as the one whose name it keeps', () => {
  const late: Episode = { ...episode(110, 'derived'), fate: 'late' };
  const joined: PersistedEpisode = { ...episode(105, 'joined'), episodeId: 'b' };
  expect(mergeEpisode(told(99), [joined], late, { from: 90 })).toMatchObject({
    episodeId: 'a',
    fate: 'live',
    explanation: { reason: 'told' },
  });
});
