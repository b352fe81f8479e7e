import { expect, test } from 'vitest';
import {
  evaluateAt,
  everyMin,
  HOUR_MS,
  MINUTE_MS,
  PROFILE,
  START_AT,
  seriesFrom,
  stretchesOf,
  transitionsOf,
  windowWith,
} from '../../tests/readings/patient-windows.ts';
import { createCgm01VeryLow } from './cgm-01-very-low.ts';

const rule = createCgm01VeryLow();
const evaluate = (
  samples: Parameters<typeof seriesFrom>[0],
  atMin: number,
  options?: Parameters<typeof seriesFrom>[1],
) => evaluateAt(rule, windowWith({ cgm: [seriesFrom(samples, options)] }), atMin);

test('two consecutive readings below 54 mg/dL are critical, and both are the evidence', () => {
  const evaluation = evaluate(everyMin(5, [80, 53, 52]), 10);
  expect(evaluation).toMatchObject({ verdict: 'firing', severity: 'critical' });
  expect(evaluation.episodes[0]!.evidence.map(({ measuredAt }) => measuredAt)).toEqual([
    START_AT + 5 * MINUTE_MS,
    START_AT + 10 * MINUTE_MS,
  ]);
  expect(evaluation.explanation).toMatchObject({
    reason: 'below_line_consecutively',
    thresholds: { below: { value: 54, mmolPerL: 3, unit: 'mg/dL', origin: 'default' } },
  });
});

test('54 mg/dL and 3.0 mmol/L are not very low; 53 and 2.9 are', () => {
  expect(transitionsOf(rule, everyMin(5, [54, 54, 54]))).toEqual([]);
  expect(transitionsOf(rule, everyMin(5, [3, 3, 3]), { unit: 'mmol/L' })).toEqual([]);
  expect(transitionsOf(rule, everyMin(5, [53, 53]))).toEqual([[5, 'open']]);
  expect(transitionsOf(rule, everyMin(5, [2.9, 2.9]), { unit: 'mmol/L' })).toEqual([[5, 'open']]);
});

test('two lows of a 15-minute sensor are consecutive up to 30 min apart', () => {
  const pair = (apartMin: number) => [
    { min: 0, value: 50 },
    { min: apartMin, value: 50 },
  ];
  expect(transitionsOf(rule, pair(30), { cadenceMin: 15 })).toEqual([[30, 'open']]);
  expect(transitionsOf(rule, pair(31), { cadenceMin: 15 })).toEqual([]);
});

test('one reading at or above 54 between two lows breaks the run', () => {
  expect(transitionsOf(rule, everyMin(5, [53, 54, 53, 54, 53]))).toEqual([]);
});

test('two sensors with one low each are not two consecutive lows', () => {
  const first = seriesFrom([{ min: 0, value: 50 }], { deviceKey: 1 });
  const second = seriesFrom([{ min: 5, value: 50 }], { deviceKey: 2 });
  expect(evaluateAt(rule, windowWith({ cgm: [first, second] }), 5).verdict).toBe('clear');
});

test('suspect readings don’t keep it from firing', () => {
  const samples = everyMin(5, [80, 50, 49]).map((sample) => ({ ...sample, suspect: true }));
  expect(evaluate(samples, 10).verdict).toBe('firing');
});

test('one reading of 70 doesn’t clear it on a 5-minute sensor, three do; on a 15-minute sensor one does', () => {
  expect(transitionsOf(rule, everyMin(5, [50, 50, 70, 70]))).toEqual([[5, 'open']]);
  expect(transitionsOf(rule, everyMin(5, [50, 50, 70, 70, 70]))).toEqual([
    [5, 'open'],
    [20, 'clear'],
  ]);
  expect(transitionsOf(rule, everyMin(15, [50, 50, 70]), { cadenceMin: 15 })).toEqual([
    [15, 'open'],
    [30, 'clear'],
  ]);
});

test('silence never clears it, however long', () => {
  expect(evaluate(everyMin(5, [50, 50]), 40 * 60).verdict).toBe('firing');
});

test('readings that recover with a gap between them count their slots, not the time they span', () => {
  const back = [0, 5, 60, 65].map((min, i) => ({ min, value: i < 2 ? 50 : 80 }));
  expect(evaluate(back, 65).verdict).toBe('firing');
  expect(evaluate([...back, { min: 70, value: 80 }], 70).verdict).toBe('clear');
});

test('the episode ends with the first recovered reading, not with the one that completes the recovery', () => {
  expect(stretchesOf(evaluate(everyMin(5, [50, 50, 65, 70, 71, 72]), 25))).toEqual([[0, 15]]);
});

test('below the line again within 45 min is the same episode, also across a gap', () => {
  const samples = [0, 5, 50, 55].map((min) => ({ min, value: 50 }));
  expect(stretchesOf(evaluate(samples, 55))).toEqual([[0, undefined]]);
});

test('a low completed anew after a gap of more than 45 min is another episode: whoever closed the first has to hear of it', () => {
  const samples = [0, 5, 51, 56].map((min) => ({ min, value: 50 }));
  expect(stretchesOf(evaluate(samples, 56))).toEqual([
    [0, 51],
    [51, undefined],
  ]);
});

test('a single low after such a gap goes on with the first episode', () => {
  expect(
    stretchesOf(
      evaluate(
        [0, 5, 60].map((min) => ({ min, value: 50 })),
        60,
      ),
    ),
  ).toEqual([[0, undefined]]);
});

test('a second sensor that reads high doesn’t outvote the one that still reads low', () => {
  const low = seriesFrom(everyMin(5, [50, 50, 50, 50, 50]), { deviceKey: 1 });
  const high = seriesFrom(everyMin(5, [90, 90, 90, 90, 90]), { deviceKey: 2 });
  expect(evaluateAt(rule, windowWith({ cgm: [low, high] }), 20).verdict).toBe('firing');
});

test('a new sensor clears what the one before left open, once that is silent for 45 min', () => {
  const old = seriesFrom(everyMin(5, [50, 50]), { deviceKey: 1 });
  const after = (min: number) =>
    seriesFrom(
      [0, 5, 10].map((later) => ({ min: min + later, value: 90 })),
      { deviceKey: 2 },
    );
  expect(evaluateAt(rule, windowWith({ cgm: [old, after(20)] }), 30).verdict).toBe('firing');
  expect(evaluateAt(rule, windowWith({ cgm: [old, after(40)] }), 50).verdict).toBe('clear');
});

test('where two sensors disagree at one instant, the low is over once the one that read low is no longer heard', () => {
  const falling = seriesFrom(everyMin(5, [50, 50, 50, 60]), { deviceKey: 2 });
  const risen = seriesFrom(everyMin(5, [50, 50, 50, ...Array<number>(12).fill(80)]), { deviceKey: 1 });
  expect(stretchesOf(evaluateAt(rule, windowWith({ cgm: [risen, falling] }), 70))).toEqual([[0, 60]]);
});

test('no readings at all: unknown', () => {
  expect(evaluateAt(rule, windowWith({}), 0)).toMatchObject({
    verdict: 'unknown',
    explanation: { reason: 'no_readings' },
  });
});

test('a reading off the scale joins the run before it', () => {
  expect(stretchesOf(evaluate(everyMin(5, [53, 'LOW', 58]), 10))).toEqual([[0, undefined]]);
});

test('after a silence the first reading of another sensor, a LOW, is another episode', () => {
  const first = seriesFrom(everyMin(5, [53, 52]));
  const second = (min: number) => seriesFrom([{ min, value: 'LOW' }], { deviceKey: 2 });
  const episodes = (min: number) => evaluateAt(rule, windowWith({ cgm: [first, second(min)] }), min).episodes;
  expect(episodes(50)).toHaveLength(1);
  expect(episodes(50.1)).toHaveLength(2);
});

test('one that began before the window ends where another begins after more than 45 min of silence', () => {
  const recovery = (min: number) => {
    const window = windowWith({ cgm: [seriesFrom([{ min, value: 'LOW' }])] });
    return rule.findRecovery(window, START_AT, PROFILE, START_AT + HOUR_MS);
  };
  expect(recovery(45)).toBeUndefined();
  expect(recovery(45.1)).toBe(START_AT + 45.1 * MINUTE_MS);
});
