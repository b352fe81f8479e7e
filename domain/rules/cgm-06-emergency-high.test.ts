import { describe, expect, test } from 'vitest';
import type { Sample } from '../../tests/readings/patient-windows.ts';
import {
  evaluateAt,
  everyMin,
  seriesFrom,
  stretchesOf,
  transitionsOf,
  windowWith,
} from '../../tests/readings/patient-windows.ts';
import { createCgm06EmergencyHigh } from './cgm-06-emergency-high.ts';

const rule = createCgm06EmergencyHigh();
const high = (slots: number, value = 301) => Array<number>(slots).fill(value);
const judge = (samples: readonly Sample[]) =>
  evaluateAt(rule, windowWith({ cgm: [seriesFrom(samples)] }), samples.at(-1)!.min);

describe('half an hour at the line', () => {
  test('is six slots at 5 min and two at 15 min', () => {
    expect(transitionsOf(rule, everyMin(5, high(5)))).toEqual([]);
    expect(transitionsOf(rule, everyMin(5, high(6)))).toEqual([[25, 'open']]);
    expect(transitionsOf(rule, everyMin(15, high(1)), { cadenceMin: 15 })).toEqual([]);
    expect(transitionsOf(rule, everyMin(15, high(2)), { cadenceMin: 15 })).toEqual([[15, 'open']]);
  });

  test('301 mg/dL and 16.7 mmol/L lie at it, 300 and 16.6 below', () => {
    expect(transitionsOf(rule, everyMin(5, high(6, 300)))).toEqual([]);
    expect(transitionsOf(rule, everyMin(5, high(6, 16.6)), { unit: 'mmol/L' })).toEqual([]);
    expect(transitionsOf(rule, everyMin(5, high(6, 16.7)), { unit: 'mmol/L' })).toEqual([[25, 'open']]);
  });

  test('a gap feeds nothing', () => {
    const wide = [0, 10, 20, 30, 40].map((min) => ({ min, value: 350 }));
    expect(transitionsOf(rule, wide)).toEqual([]);
    expect(judge(wide)).toMatchObject({ verdict: 'clear', explanation: { reason: 'gap' } });
  });
});

describe('HIGH codes', () => {
  test('two in a row fire at once, one doesn’t', () => {
    expect(transitionsOf(rule, everyMin(5, ['HIGH']))).toEqual([]);
    expect(transitionsOf(rule, everyMin(5, ['HIGH', 'HIGH']))).toEqual([[5, 'open']]);
  });

  test('with a number between them, below the line or above, they are not in a row', () => {
    expect(transitionsOf(rule, everyMin(5, ['HIGH', 290, 'HIGH']))).toEqual([]);
    expect(transitionsOf(rule, everyMin(5, ['HIGH', 310, 'HIGH']))).toEqual([]);
    expect(transitionsOf(rule, everyMin(5, ['HIGH', 290, 'HIGH', 'HIGH']))).toEqual([[15, 'open']]);
  });

  test('ten minutes apart they are in a row, more they aren’t', () => {
    const two = (apart: number): Sample[] => [
      { min: 0, value: 'HIGH' },
      { min: apart, value: 'HIGH' },
    ];
    expect(judge(two(10)).verdict).toBe('firing');
    expect(judge(two(10.1)).verdict).toBe('clear');
  });
});

test('a suspect reading counts and completes nothing', () => {
  const six = everyMin(5, high(6));
  expect(judge([...six.slice(0, 5), { ...six[5]!, suspect: true }])).toMatchObject({
    verdict: 'clear',
    explanation: { reason: 'suspect_reading' },
  });
  expect(judge([...six.slice(0, 5), { ...six[5]!, suspect: true }, { min: 30, value: 301 }]).verdict).toBe('firing');
  const codes = everyMin(5, ['HIGH', 'HIGH']).map((sample) => ({ ...sample, suspect: true }));
  expect(judge(codes).verdict).toBe('clear');
});

test('is over after 30 min below 13.9 mmol/L: 250 mg/dL lies below it, 251 doesn’t', () => {
  const followedBy = (value: number, slots: number) => judge(everyMin(5, [...high(6), ...high(slots, value)]));
  expect(followedBy(250, 5).verdict).toBe('firing');
  expect(stretchesOf(followedBy(250, 6))).toEqual([[0, 30]]);
  expect(followedBy(251, 12)).toMatchObject({ verdict: 'firing', severity: 'critical' });
  const mmol = (value: number) =>
    evaluateAt(
      rule,
      windowWith({ cgm: [seriesFrom(everyMin(5, [...high(6, 16.7), ...high(6, value)]), { unit: 'mmol/L' })] }),
      60,
    ).verdict;
  expect(mmol(13.9)).toBe('firing');
  expect(mmol(13.8)).toBe('clear');
});
