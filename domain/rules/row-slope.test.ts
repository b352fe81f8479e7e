import fc from 'fast-check';
import { expect, test } from 'vitest';
import { everyMin, MINUTE_MS, START_AT, seriesFrom } from '../../tests/readings/patient-windows.ts';
import { rateOfChange } from '../metrics/rate-of-change.ts';
import { firstRowOfSlope, opensHalfMinute, predictedAt, slopeAt } from './row-slope.ts';

test('is the rate of change of the readings up to the row', () => {
  const rows = fc.array(
    fc.record({ wait: fc.constantFrom(1, 4.9, 5, 5.1, 7, 16), value: fc.integer({ min: 40, max: 400 }) }),
    {
      minLength: 1,
      maxLength: 20,
    },
  );
  fc.assert(
    fc.property(rows, (items) => {
      const samples: { min: number; value: number }[] = [];
      for (const { wait, value } of items) samples.push({ min: (samples.at(-1)?.min ?? 0) + wait, value });
      const series = seriesFrom(samples);
      for (let row = 0; row < series.length; row++) {
        const measuredAt = [...(series.measuredAt as Float64Array)].slice(0, row + 1);
        const mgPerDl = [...(series.value as Float64Array)].slice(0, row + 1);
        const expected = rateOfChange({ measuredAt, mgPerDl }, measuredAt[row]!);
        if (expected === undefined) expect(slopeAt(series, row)).toBeNaN();
        else expect(slopeAt(series, row)).toBeCloseTo(expected, 6);
      }
    }),
  );
});

test('readings exactly 15 min before have a part in it, older ones have none', () => {
  const at = (first: number) => seriesFrom([{ min: first, value: 200 }, ...everyMin(5, [120, 110, 100])]);
  expect(firstRowOfSlope(at(-5), 3)).toBe(0);
  expect(firstRowOfSlope(at(-5.1), 3)).toBe(1);
  expect(slopeAt(at(-5.1), 3)).toBe(-2);
  expect(slopeAt(at(-5), 3)).not.toBe(-2);
});

test('two readings have no slope, three have', () => {
  const series = seriesFrom(everyMin(5, [120, 110, 100]));
  expect(slopeAt(series, 1)).toBeNaN();
  expect(slopeAt(series, 2)).toBe(-2);
  expect(predictedAt(series, 2, -2, 20)).toBe(60);
});

test('values in mmol/L make no noise: a fall of exactly 2 mg/dL/min is exactly that', () => {
  const series = seriesFrom(
    [0, 5, 10].map((min) => ({ min, value: (120 - 2 * min) / 18.01559 })),
    { unit: 'mmol/L' },
  );
  expect(slopeAt(series, 2)).toBe(-2);
  expect(series.measuredAt[0]).toBe(START_AT + 0 * MINUTE_MS);
});

test('of readings closer than half a minute the first speaks: a flood makes no slope of its own', () => {
  const flood = Array.from({ length: 40 }, (_, n) => ({ min: 10 + n / 6_000, value: n === 0 ? 100 : 60 }));
  const series = seriesFrom([...everyMin(5, [120, 110]), ...flood]);
  expect(slopeAt(series, 2)).toBe(-2);
  expect(slopeAt(series, series.length - 1)).toBeCloseTo(-2, 1);
  expect([2, 3].map((row) => opensHalfMinute(series, row))).toEqual([true, false]);
});
