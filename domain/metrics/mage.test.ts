import { describe, expect, it } from 'vitest';
import { mage } from './mage.ts';

describe('MAGE', () => {
  /** A triangle between `low` and `high`, `hours` from low to low. */
  const swings = (cycles: number, low: number, high: number, hours = 6) => {
    const half = (hours * 12) / 2;
    return Array.from({ length: cycles * 2 * half + 1 }, (_, slot) => {
      const phase = slot % (2 * half);
      return low + ((high - low) * (phase <= half ? phase : 2 * half - phase)) / half;
    });
  };

  it('of regular swings is their height', () => {
    expect(mage(swings(8, 80, 200))?.average).toBeCloseTo(120, 9);
  });

  it('leaves out ripples smaller than one SD', () => {
    const rippled = swings(8, 80, 200).map((value, slot) => value + (slot % 7 === 3 ? 4 : 0));
    expect(mage(rippled)!.average).toBeGreaterThan(110);
    expect(mage(rippled)!.average).toBeLessThan(130);
  });

  it('does not change when a short gap opens in mid-slope, nor when the trace is padded with nothing', () => {
    const trace = swings(8, 80, 200);
    const holed = trace.map((value, slot) => (slot >= 120 && slot < 126 ? Number.NaN : value));
    expect(mage(holed)?.average).toBeCloseTo(120, 9);
    expect(mage([...Array<number>(50).fill(Number.NaN), ...trace, Number.NaN])?.average).toBeCloseTo(120, 9);
  });

  it('weighs the parts on both sides of a gap of more than three hours by their duration', () => {
    const gap = (slots: number) => Array<number>(slots).fill(Number.NaN);
    const small = swings(4, 100, 160);
    const large = swings(8, 80, 200);
    const expected = (60 * (small.length - 1) + 120 * (large.length - 1)) / (small.length + large.length - 2);
    expect(mage([...small, ...gap(37), ...large])?.average).toBeCloseTo(expected, 9);
    expect(mage([...small, ...gap(36), ...large])?.average).not.toBeCloseTo(expected, 3);
  });

  it('is absent for a flat, a short or an empty trace', () => {
    expect(mage(Array<number>(200).fill(120))).toBeUndefined();
    expect(mage(swings(8, 80, 200).slice(0, 31))).toBeUndefined();
    expect(mage(swings(8, 80, 200).slice(0, 32))?.average).toBeGreaterThan(0);
    expect(mage([])).toBeUndefined();
  });

  /** Each value for so many slots. Expected values: of a program that somebody else wrote from clinical.md §3.5. */
  const plateaus = (...runs: readonly (readonly [value: number, slots: number])[]) =>
    mage(runs.flatMap(([value, slots]) => Array<number>(slots).fill(value)));

  it('has a direction that holds no excursion absent, and the greater of the two by part', () => {
    expect(plateaus([108, 15], [110, 16], [104, 5])).toEqual({ average: 4, rises: 2, falls: 6, greater: 6 });
    // The first slot, where the means are equal, is taken for one at a minimum.
    expect(plateaus([120, 11], [80, 7], [140, 14])).toEqual({ average: 60, rises: 60, greater: 60 });
    expect(plateaus([160, 3], [80, 1], [160, 3], [120, 25])).toEqual({ average: 80, falls: 80, greater: 80 });
  });

  it('counts what is exactly one SD, and goes on over a drop of exactly one', () => {
    // Both have an SD of exactly 2.
    expect(plateaus([108, 15], [110, 16], [104, 5])?.rises).toBe(2);
    expect(plateaus([112, 10], [110, 15], [112, 6], [106, 5])).toEqual({ average: 4, rises: 2, falls: 6, greater: 6 });
  });

  it('is that of the first of several extremes that are equal', () => {
    expect(plateaus([160, 3], [80, 1], [160, 3], [120, 25])?.falls).toBe(80);
  });

  it('leaves out a part with an SD below 1, not one of exactly 1', () => {
    // 32 of 33 slots lie 1 from the mean: Σ(g − mean)² / 32 = 1; with one slot more at the mean it is less.
    const wavering = [99, 101, 99, 101].flatMap((value) => Array<number>(8).fill(value));
    expect(mage([...wavering, 100])?.average).toBe(2);
    expect(mage([...wavering, 100, 100])).toBeUndefined();
  });

  it('begins with its first value, also where less than three hours lack before it', () => {
    expect(mage([...Array<number>(12).fill(Number.NaN), ...swings(8, 80, 200)])?.average).toBeCloseTo(120, 9);
  });
});
