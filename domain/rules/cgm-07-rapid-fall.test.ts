import { describe, expect, test } from 'vitest';
import type { Sample } from '../../tests/readings/patient-windows.ts';
import {
  evaluateAt,
  everyMin,
  glucoseArrival,
  MINUTE_MS,
  PROFILE,
  pressureArrival,
  pressureReading,
  START_AT,
  seriesFrom,
  stretchesOf,
  windowWith,
} from '../../tests/readings/patient-windows.ts';
import { createCgm07RapidFall } from './cgm-07-rapid-fall.ts';

const rule = createCgm07RapidFall();
const judge = (samples: readonly Sample[], unit: 'mg/dL' | 'mmol/L' = 'mg/dL') =>
  evaluateAt(rule, windowWith({ cgm: [seriesFrom(samples, { unit })] }), samples.at(-1)!.min);
/** Falls by so much a minute to a last value, every five minutes. */
const fall = (rate: number, last: number, slots = 4) =>
  everyMin(
    5,
    Array.from({ length: slots }, (_, slot) => last + rate * 5 * (slots - 1 - slot)),
  );

describe('faster than 3 mg/dL/min', () => {
  test('twice in a row; exactly 3 is not faster', () => {
    expect(stretchesOf(judge(fall(3.1, 100)))).toEqual([[10, undefined]]);
    expect(judge(fall(3, 100)).verdict).toBe('clear');
    expect(judge(fall(3.1, 100)).severity).toBe('warning');
  });

  test('once is not enough', () => {
    expect(judge(fall(3.1, 100, 3)).verdict).toBe('clear');
  });

  test('which is said, with the readings of that slope; a fall that stays above the line is not', () => {
    const once = judge(everyMin(5, [140, 140, 140, 116, 90]));
    expect(once.explanation.reason).toBe('below_persistence');
    expect(once.explanation.readings?.map(({ measuredAt }) => (measuredAt - START_AT) / MINUTE_MS)).toEqual([
      5, 10, 15, 20,
    ]);
    expect(judge(everyMin(5, [140, 140, 140, 116, 90, 110, 112])).explanation.reason).toBe('below_persistence');
    // For two hours, and no longer.
    const twoHours = [...everyMin(5, [140, 140, 140, 116, 90, ...Array<number>(23).fill(110)])];
    expect(judge([...twoHours, { min: 140, value: 110 }]).explanation.reason).toBe('below_persistence');
    expect(judge([...twoHours, { min: 140.1, value: 110 }]).explanation.reason).toBe('not_beyond_line');
    expect(judge(everyMin(5, [240, 240, 240, 216, 190])).explanation.reason).toBe('not_beyond_line');
  });

  test('in mmol/L too', () => {
    const mmol = (rate: number) =>
      fall(rate, 100).map((sample) => ({ ...sample, value: Number(sample.value) / 18.01559 }));
    expect(judge(mmol(3.1), 'mmol/L').verdict).toBe('firing');
    expect(judge(mmol(3), 'mmol/L').verdict).toBe('clear');
  });
});

test('twice within 10 min, not within more', () => {
  const rows = (last: number): Sample[] => [
    { min: 0, value: 200 },
    { min: 2, value: 192 },
    { min: 4, value: 184 },
    { min: last, value: 184 - 4 * (last - 4) },
  ];
  expect(judge(rows(14)).verdict).toBe('clear');
  const dense = (wait: number): Sample[] => [
    { min: 0, value: 200 },
    { min: 1, value: 196 },
    { min: 2, value: 192 },
    { min: 2 + wait, value: 192 - 4 * wait },
    { min: 2.5 + wait, value: 190 - 4 * wait },
  ];
  expect(judge(dense(9.5)).verdict).toBe('clear');
  expect(judge([...rows(14), { min: 14.5, value: 120 }]).verdict).toBe('firing');
});

describe('and below 126 mg/dL, 7.0 mmol/L', () => {
  test('126 is not below', () => {
    expect(judge(fall(4, 126)).verdict).toBe('clear');
    expect(judge(fall(4, 125)).verdict).toBe('firing');
  });

  test('nor is 7.0', () => {
    const mmol = (last: number) => everyMin(5, [last + 3.6, last + 2.4, last + 1.2, last]);
    expect(judge(mmol(7), 'mmol/L').verdict).toBe('clear');
    expect(judge(mmol(6.9), 'mmol/L').verdict).toBe('firing');
  });
});

describe('is over with a slope above −2', () => {
  const fast = fall(4, 100);
  const then = (rate: number) => [...fast, ...[0, 5, 10].map((min) => ({ min: 35 + min, value: 95 - rate * min }))];

  test('not at exactly −2', () => {
    expect(judge(then(2)).verdict).toBe('firing');
    expect(stretchesOf(judge(then(1.9)))).toEqual([[10, 45]]);
  });

  test('and may begin anew, from readings after that', () => {
    const again = [
      ...then(0),
      ...fall(4, 60)
        .slice(1)
        .map(({ min, value }) => ({ min: 45 + min, value })),
    ];
    const stretches = stretchesOf(judge(again));
    expect(stretches[0]).toEqual([10, 45]);
    expect(stretches.every(([start], i) => i === 0 || start >= 45)).toBe(true);
  });
});

test('after a silence of more than 45 min it is another episode; at 45 min it goes on', () => {
  const followedBy = (gap: number) => [
    ...fall(4, 110),
    ...fall(4, 60).map(({ min, value }) => ({ min: 15 + gap + min, value })),
  ];
  expect(stretchesOf(judge(followedBy(45)))).toHaveLength(1);
  expect(stretchesOf(judge(followedBy(46)))).toHaveLength(2);
});

describe('with two sensors', () => {
  /** The second falls on until minute 15 and is silent then; the first says that it is over. */
  const judgeTwo = (overMin: number) => {
    const second = seriesFrom(fall(4, 100), { deviceKey: 2 });
    const first = seriesFrom([10, 5, 0].map((before) => ({ min: overMin - before, value: 90 })));
    return evaluateAt(rule, windowWith({ cgm: [first, second] }), overMin).verdict;
  };

  test('one that fell when it was last heard, up to 45 min ago, is not outvoted', () => {
    expect(judgeTwo(60)).toBe('firing');
    expect(judgeTwo(60.1)).toBe('clear');
  });
});

test('what is settled begins nothing; a reading at that instant may', () => {
  const window = windowWith({ cgm: [seriesFrom(fall(4, 100))] });
  const from = (min: number) => rule.evaluate(window, PROFILE, START_AT, START_AT + min * MINUTE_MS).episodes;
  expect(from(10)).toHaveLength(1);
  expect(from(10.1)).toEqual([]);
});

test('one that began before the window goes on while it falls, and ends with a slope above −2', () => {
  const recovery = (samples: readonly Sample[]) =>
    rule.findRecovery(windowWith({ cgm: [seriesFrom(samples)] }), START_AT - MINUTE_MS, PROFILE, START_AT);
  expect(recovery(fall(4, 60, 5))).toBeUndefined();
  expect(recovery(everyMin(5, [100, 100, 100]))).toBe(START_AT + 10 * MINUTE_MS);
});

test('says why it is clear, and is asked by what may begin it', () => {
  expect(judge(fall(0, 100)).explanation.reason).toBe('not_beyond_line');
  expect(
    judge([...fall(4, 100), ...everyMin(5, [100, 100, 100, 100]).map(({ min, value }) => ({ min: 30 + min, value }))])
      .explanation.reason,
  ).toBe('recovered');
  const mayStart = (samples: readonly Sample[]) => {
    const series = seriesFrom(samples);
    return rule.mayStart(glucoseArrival(windowWith({ cgm: [series] }), series, 'cgm'));
  };
  expect(mayStart(fall(4, 100))).toBe(true);
  expect(mayStart(fall(0, 100))).toBe(false);
  expect(rule.mayStart(pressureArrival(windowWith({ bp: [pressureReading(0, 120, 80)] })))).toBe(false);
});
