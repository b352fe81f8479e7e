import { expect, test } from 'vitest';
import {
  evaluateAt,
  everyMin,
  MINUTE_MS,
  PROFILE,
  START_AT,
  seriesFrom,
  stretchesOf,
  transitionsOf,
  windowWith,
} from '../../tests/readings/patient-windows.ts';
import { createCgm05ExtendedHigh } from './cgm-05-extended-high.ts';

const rule = createCgm05ExtendedHigh();
const times = <T>(n: number, value: T) => Array<T>(n).fill(value);

test('90 min above 250 mg/dL are 18 slots at 5 min and 6 at 15 min', () => {
  expect(transitionsOf(rule, everyMin(5, times(17, 251)))).toEqual([]);
  expect(transitionsOf(rule, everyMin(5, times(18, 251)))).toEqual([[85, 'open']]);
  expect(transitionsOf(rule, everyMin(15, times(6, 251)), { cadenceMin: 15 })).toEqual([[75, 'open']]);
});

test('250 mg/dL and 13.9 mmol/L are not very high, 14.0 mmol/L and HIGH are', () => {
  expect(transitionsOf(rule, everyMin(5, times(24, 250)))).toEqual([]);
  expect(transitionsOf(rule, everyMin(5, times(24, 13.9)), { unit: 'mmol/L' })).toEqual([]);
  expect(transitionsOf(rule, everyMin(5, times(18, 14)), { unit: 'mmol/L' })).toEqual([[85, 'open']]);
  expect(transitionsOf(rule, everyMin(5, times(18, 'HIGH' as const)), { unit: 'mmol/L' })).toEqual([[85, 'open']]);
});

test('they may be cumulative within 120 min, also around a dip that recovered', () => {
  const samples = everyMin(5, [...times(9, 260), ...times(6, 170), ...times(9, 260)]);
  expect(transitionsOf(rule, samples)).toEqual([[115, 'open']]);
});

test('spread over more than 120 min they are not enough', () => {
  expect(transitionsOf(rule, everyMin(5, [...times(9, 260), ...times(7, 230), ...times(8, 260)]))).toEqual([]);
});

test('a gap feeds nothing: 17 slots above and 40 min of silence', () => {
  const samples = [...everyMin(5, times(17, 260)), { min: 119, value: 240 }];
  expect(transitionsOf(rule, samples)).toEqual([]);
});

test('a suspect reading counts, but doesn’t complete it: the next sound one does', () => {
  const samples = everyMin(5, times(19, 260)).map((sample, i) => ({ ...sample, suspect: i === 17 }));
  expect(transitionsOf(rule, samples)).toEqual([[90, 'open']]);
});

test('over with 15 min at or below 180 mg/dL, not before', () => {
  const high = times(18, 260);
  expect(transitionsOf(rule, everyMin(5, [...high, ...times(12, 181)]))).toEqual([[85, 'open']]);
  expect(transitionsOf(rule, everyMin(5, [...high, 180, 180, 180]))).toEqual([
    [85, 'open'],
    [100, 'clear'],
  ]);
});

test('what lay before it was over goes on counting: the next reading above that makes 90 of 120 min begins another', () => {
  const again = everyMin(5, [...times(18, 260), 180, 180, 180, ...times(17, 260)]);
  expect(transitionsOf(rule, again)).toEqual([
    [85, 'open'],
    [100, 'clear'],
    [105, 'open'],
  ]);
  const once = evaluateAt(rule, windowWith({ cgm: [seriesFrom(again)] }), 190);
  expect(stretchesOf(once)).toEqual([
    [0, 90],
    [105, undefined],
  ]);
  expect(once.episodes[1]!.evidence.length).toBeLessThanOrEqual(12);
  expect(once.episodes[1]!.evidence[0]!.measuredAt).toBe(START_AT + 105 * MINUTE_MS);
  const doubted = again.map((sample, i) => ({ ...sample, suspect: i === 21 }));
  expect(transitionsOf(rule, doubted).at(-1)).toEqual([110, 'open']);
});

test('higher values, which begin it earlier, don’t make it over where lower ones leave it open', () => {
  const after = [...times(11, 260), 120, 120, 120, ...times(7, 260)];
  const lower = everyMin(5, [...times(7, 250), ...after]);
  const higher = everyMin(5, [...times(7, 260), ...after]);
  expect(transitionsOf(rule, lower)).toEqual([[135, 'open']]);
  expect(transitionsOf(rule, higher)).toEqual([
    [85, 'open'],
    [100, 'clear'],
    [105, 'open'],
  ]);
});

test('the same is found where the first episode is known from before only', () => {
  const samples = everyMin(5, [...times(18, 260), 180, 180, 180, ...times(2, 260)]);
  const window = windowWith({ cgm: [seriesFrom(samples)] });
  const whole = rule.evaluate(window, PROFILE, START_AT + 110 * MINUTE_MS).episodes;
  const rest = rule.evaluate(window, PROFILE, START_AT + 110 * MINUTE_MS, START_AT + 90 * MINUTE_MS).episodes;
  expect(rest).toEqual(whole.slice(1));
});

test('of a long high the last 12 readings that completed it are the evidence', () => {
  const { episodes } = evaluateAt(rule, windowWith({ cgm: [seriesFrom(everyMin(5, times(30, 260)))] }), 145);
  expect(episodes[0]!.evidence).toHaveLength(12);
  expect(episodes[0]!.evidence.at(-1)!.measuredAt).toBe(episodes[0]!.completedAt);
});

test('what is exactly two hours old is no part of the two hours', () => {
  const judge = (firstMin: number) => {
    const rest = Array.from({ length: 17 }, (_, slot) => ({ min: 40 + slot * 5, value: 260 }));
    const window = windowWith({ cgm: [seriesFrom([{ min: firstMin, value: 260 }, ...rest])] });
    return evaluateAt(rule, window, 120).verdict;
  };
  expect(judge(0.1)).toBe('firing');
  expect(judge(0)).toBe('clear');
});
