import { describe, expect, test } from 'vitest';
import { findEnd, type Judgement, type Step, walkSteps } from './walk-steps.ts';

const starts = (severity: 'info' | 'warning', reason: string): Judgement => ({
  outcome: 'starts',
  severity,
  reason,
  evidence: [],
});
const CALM: Judgement = { outcome: 'clear', reason: 'calm' };
const step = (at: number, judged: Judgement, ends = false): Step => ({ at, judge: () => judged, ends: () => ends });

describe('a walk through the judgements of a rule', () => {
  test('an episode is told with the reason it began with, until it gets worse', () => {
    const steps = [
      step(1, starts('info', 'first')),
      step(2, starts('info', 'second')),
      step(3, starts('warning', 'third')),
    ];
    expect(walkSteps(steps.slice(0, 2)).episodes).toMatchObject([{ startAt: 1, severity: 'info', reason: 'first' }]);
    expect(walkSteps(steps).episodes).toMatchObject([{ startAt: 1, severity: 'warning', reason: 'third' }]);
    expect(walkSteps([...steps].reverse().map((each, n) => ({ ...each, at: n }))).episodes).toMatchObject([
      { severity: 'warning', reason: 'third' },
    ]);
  });

  test('what is judged after an end is judged by what came since', () => {
    const seen: number[] = [];
    const noting = (at: number): Step => ({
      at,
      judge(settledUntil) {
        seen.push(settledUntil);
        return CALM;
      },
      ends: () => false,
    });
    walkSteps([noting(1), step(2, starts('info', 'begun')), step(3, CALM, true), noting(4)], 0);
    expect(seen).toEqual([0, 3]);
  });

  test('it says what its last step says', () => {
    expect(walkSteps([]).last).toBeUndefined();
    expect(walkSteps([step(1, CALM)]).last).toEqual(CALM);
    expect(walkSteps([step(1, starts('info', 'begun')), step(2, CALM, true)]).last?.reason).toBe('recovered');
  });

  test('an episode doesn’t end with the step it began with', () => {
    expect(findEnd([step(1, CALM, true), step(2, CALM, true)], 1)).toBe(2);
    expect(findEnd([step(1, CALM, true)], 1)).toBeUndefined();
    expect(findEnd([step(2, CALM, false), step(3, CALM, true)], 1)).toBe(3);
  });
});
