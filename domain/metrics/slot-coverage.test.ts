import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSlotCoverage } from './slot-coverage.ts';

function covered(minutes: readonly number[], cadenceMin = 5): number {
  const coverage = createSlotCoverage(1440);
  coverage.startSeries(cadenceMin);
  for (const minute of minutes) coverage.mark(minute);
  return coverage.coveredMin();
}

describe('active time', () => {
  it('counts a slot once, however many readings it holds', () => {
    expect(covered([0, 1, 2, 3, 4])).toBe(5);
    expect(covered(Array.from({ length: 61 }, (_, minute) => minute))).toBe(65);
  });

  it('is whole for a sensor whose readings come a second early or late', () => {
    const jittered = Array.from({ length: 288 }, (_, slot) => slot * 5 + (slot % 2 === 0 ? 1 : -1) / 60);
    expect(covered(jittered)).toBe(1440);
  });

  it('gives a second reading of a slot the next one where it comes at its time, up to a fifth of the cadence early', () => {
    expect([covered([0, 4]), covered([0, 3.9]), covered([0, 3]), covered([0, 2.5])]).toEqual([10, 5, 5, 5]);
    expect([covered([0, 12], 15), covered([0, 11.9], 15)]).toEqual([30, 15]);
  });

  it('has a hole where readings are missing', () => {
    expect(covered([0, 5, 15, 20])).toBe(20);
    expect(covered([0, 15, 45], 15)).toBe(45);
  });

  it('counts a minute once where two sensors are worn at once', () => {
    const coverage = createSlotCoverage(1440);
    coverage.startSeries(5);
    for (const minute of [0, 5, 10]) coverage.mark(minute);
    coverage.startSeries(15);
    coverage.mark(0);
    expect(coverage.coveredMin()).toBe(15);
    coverage.mark(15);
    expect(coverage.coveredMin()).toBe(30);
  });

  it('is never more than a slot a reading, nor more than the day', () => {
    const minutes = fc.array(fc.double({ min: 0, max: 1440, maxExcluded: true, noNaN: true }), { maxLength: 400 });
    fc.assert(
      fc.property(minutes, fc.constantFrom(1, 5, 15), (times, cadenceMin) => {
        const min = covered(
          times.sort((a, b) => a - b),
          cadenceMin,
        );
        expect(min).toBeLessThanOrEqual(Math.min(1440, times.length * cadenceMin));
        expect(min % cadenceMin).toBe(0);
      }),
    );
  });
});
