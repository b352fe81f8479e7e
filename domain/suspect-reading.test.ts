import { expect, test } from 'vitest';
import { isJump, isOutsideSensorRange } from './suspect-reading.ts';

const LIBRE = { scaleLowMgPerDl: 40, scaleHighMgPerDl: 500 };

test('a number is suspect outside 40 to 400 mg/dL, or outside the scale of the sensor’s model; the limits are inside', () => {
  const outside = [39, 40, 400, 401].map((value) => isOutsideSensorRange(value, 'mg/dL'));
  expect(outside).toEqual([true, false, false, true]);
  expect([500, 501].map((value) => isOutsideSensorRange(value, 'mg/dL', LIBRE))).toEqual([false, true]);
});

test('in mmol/L the limits are those that are shown', () => {
  expect([2.1, 2.2, 22.2, 22.3].map((value) => isOutsideSensorRange(value, 'mmol/L'))).toEqual([
    true,
    false,
    false,
    true,
  ]);
  expect([27.8, 27.9].map((value) => isOutsideSensorRange(value, 'mmol/L', LIBRE))).toEqual([false, true]);
});

test('a jump is more than 5 mg/dL a minute either way; the same instant twice is none', () => {
  const minutes = (n: number) => n * 60_000;
  expect([isJump(100, 0, 125, minutes(5)), isJump(100, 0, 126, minutes(5))]).toEqual([false, true]);
  expect([isJump(126, minutes(5), 100, 0), isJump(125, 0, 100, minutes(5))]).toEqual([true, false]);
  expect(isJump(100, 0, 200, 0)).toBe(false);
});
