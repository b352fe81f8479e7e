import { expect, test } from 'vitest';
import type { PersistedEpisode } from './merge-episode.ts';
import { applyDifference, NO_SIGNAL, type PersistedSignal, reconcileSignals } from './reconcile-signals.ts';
import type { Episode, Evaluation, Severity } from './rule.ts';

const explanation = { reason: 'below_line', thresholds: {} };
const episode = (startAt: number, endAt?: number, severity: Severity = 'warning'): Episode => ({
  startAt,
  completedAt: startAt,
  ...(endAt !== undefined && { endAt }),
  severity,
  fate: 'live',
  evidence: [],
  explanation,
});
const told = (episodeId: string, of: Episode): PersistedEpisode => ({ ...of, episodeId });
const clear = (...episodes: Episode[]): Evaluation => ({ verdict: 'clear', episodes, explanation });
const signal = (of: Partial<PersistedSignal>): PersistedSignal => ({ ...NO_SIGNAL, version: 3, ...of });
const reconcile = (persisted: PersistedSignal, evaluation: Evaluation, listsPast = true) => {
  let ids = 0;
  const newId = () => `new-${++ids}`;
  return reconcileSignals({ persisted, evaluation, window: { from: 100 }, listsPast, newId });
};

test('what was over, and was never so by what is known now, is taken back although nobody hears of it any more', () => {
  const persisted = signal({ verdict: 'clear', explanation, episodes: [told('a', episode(110, 120))] });
  expect(reconcile(persisted, clear())).toMatchObject({ isChanged: true, version: 4, withdraw: [{ episodeId: 'a' }] });
});

test('of a rule that lists nothing past, what is over before anybody knew leaves no row', () => {
  expect(reconcile(NO_SIGNAL, clear(episode(110, 120)), false)).toMatchObject({
    isChanged: false,
    insert: [],
    version: 0,
  });
});

test('a pending verdict is kept with its severity and until when it waits, a clear one with neither', () => {
  const pending: Evaluation = {
    verdict: 'pending',
    severity: 'critical',
    episodes: [],
    nextDeadlineAt: 500,
    explanation,
  };
  const asked = reconcile(NO_SIGNAL, pending);
  expect(asked).toMatchObject({ isChanged: true, verdict: 'pending', severity: 'critical', deadlineAt: 500 });
  const answered = reconcile(applyDifference(NO_SIGNAL, asked), { ...clear(), severity: 'info', nextDeadlineAt: 600 });
  expect(answered).toMatchObject({ isChanged: true, verdict: 'clear' });
  expect([answered.severity, answered.deadlineAt]).toEqual([undefined, undefined]);
});

test('of two that are open the signal names the worse, of two as bad the older', () => {
  const named = (older: Severity, newer: Severity) => {
    const episodes = [told('old', episode(50, undefined, older)), told('young', episode(120, undefined, newer))];
    // A look at the past that finds nothing changes neither.
    const difference = reconcileSignals({
      persisted: signal({ verdict: 'clear', explanation, episodes }),
      evaluation: clear(),
      window: { from: 60, to: 100 },
      newId: () => 'new',
    });
    return [difference.episodeId, difference.severity];
  };
  expect(named('warning', 'warning')).toEqual(['old', 'warning']);
  expect(named('warning', 'critical')).toEqual(['young', 'critical']);
  expect(named('critical', 'warning')).toEqual(['old', 'critical']);
});

test('an end is news, and so is an end that is taken back', () => {
  const open = signal({
    verdict: 'firing',
    severity: 'warning',
    episodeId: 'a',
    explanation,
    episodes: [told('a', episode(110))],
  });
  const ended = reconcile(open, clear(episode(110, 120)));
  expect(ended).toMatchObject({ version: 4, verdict: 'clear' });
  const again: Evaluation = { verdict: 'firing', severity: 'warning', episodes: [episode(110)], explanation };
  expect(reconcile(applyDifference(open, ended), again)).toMatchObject({
    version: 5,
    verdict: 'firing',
    episodeId: 'a',
  });
});
