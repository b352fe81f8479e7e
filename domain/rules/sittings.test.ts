import { expect, test } from 'vitest';
import { pressureReading } from '../../tests/readings/patient-windows.ts';
import { sittingsOf } from './sittings.ts';

test('what is measured up to ten minutes after the first reading, with whichever monitor, is one sitting', () => {
  const at = (min: number, deviceKey = 1) => pressureReading(min, 130, 80, { deviceKey });
  const sizes = (...readings: ReturnType<typeof at>[]) =>
    sittingsOf(readings).map((sitting) => sitting.readings.length);
  expect(sizes(at(0), at(5, 2), at(10))).toEqual([3]);
  expect(sizes(at(0), at(10.01))).toEqual([1, 1]);
  expect(sizes(at(0), at(6), at(12))).toEqual([2, 1]);
  expect(sizes()).toEqual([]);
});
