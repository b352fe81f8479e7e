import { expect, test } from 'vitest';
import { MINUTE_MS, pressureReading } from '../../tests/readings/patient-windows.ts';
import { meanPressure } from '../blood-pressure/mean-pressure.ts';
import { judgeEmergencySitting, repeatsOf } from './judge-emergency-sitting.ts';

const LINES = {
  emergency: { systolicMmHg: 180, diastolicMmHg: 110 },
  atOnce: { systolicMmHg: 220, diastolicMmHg: 130 },
  repeatWithinMs: 15 * MINUTE_MS,
};
const sitting = (min: number, systolic: number) => {
  const reading = pressureReading(min, systolic, 90);
  return { startAt: reading.measuredAt, endAt: reading.measuredAt, readings: [reading], mean: meanPressure([reading]) };
};

test('a repeat 15 min after the first is one; a later sitting is another matter, and nobody repeated', () => {
  const first = sitting(0, 186);
  const judged = (min: number) => {
    const repeat = sitting(min, 150);
    const repeats = repeatsOf(first, [repeat], LINES);
    return judgeEmergencySitting(first, repeats, LINES, repeat.startAt).outcome;
  };
  expect(judged(15)).toBe('unconfirmed');
  expect(judged(15.1)).toBe('fires');
});
