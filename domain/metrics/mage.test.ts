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
});
