import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  displayGlucose,
  mgPerDlFromMmolPerL,
  mmolPerLFromMgPerDl,
  roundHalfAwayFromZero,
  toMgPerDl,
  toMmolPerL,
  wholeMmHgFromKpa,
} from './units.ts';

describe('glucose units', () => {
  it('convert with the molar mass of glucose, unrounded', () => {
    expect(toMgPerDl(5.5, 'mmol/L')).toBeCloseTo(99.085745, 9);
    expect(toMmolPerL(100, 'mg/dL')).toBeCloseTo(5.550748, 6);
    expect(toMgPerDl(126, 'mg/dL')).toBe(126);
    expect(toMmolPerL(7, 'mmol/L')).toBe(7);
  });

  it('come back to what they were after a round trip', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 40, noNaN: true }), (mmolPerL) => {
        expect(mmolPerLFromMgPerDl(mgPerDlFromMmolPerL(mmolPerL))).toBeCloseTo(mmolPerL, 12);
      }),
    );
  });

  it('a displayed one-decimal mmol/L survives conversion to mg/dL and back for every value a meter can show', () => {
    for (let tenths = 5; tenths <= 399; tenths++) {
      const shown = (tenths / 10).toFixed(1);
      expect(displayGlucose(mmolPerLFromMgPerDl(mgPerDlFromMmolPerL(tenths / 10)), 'mmol/L')).toBe(shown);
    }
  });

  it('show mg/dL without and mmol/L with one decimal, a half going away from zero', () => {
    expect(displayGlucose(99.5, 'mg/dL')).toBe('100');
    expect(displayGlucose(5.55, 'mmol/L')).toBe('5.6');
    expect(displayGlucose(8.05, 'mmol/L')).toBe('8.1');
    expect(displayGlucose(5, 'mmol/L')).toBe('5.0');
  });
});

describe('rounding', () => {
  it('sends halves away from zero on both sides', () => {
    expect(roundHalfAwayFromZero(2.5, 0)).toBe(3);
    expect(roundHalfAwayFromZero(-2.5, 0)).toBe(-3);
    expect(roundHalfAwayFromZero(1.005, 2)).toBe(1.01);
    expect(roundHalfAwayFromZero(-0.15, 1)).toBe(-0.2);
    expect(roundHalfAwayFromZero(2.4999, 0)).toBe(2);
  });
});

describe('a cuff that reports kPa', () => {
  it('is read in whole mmHg', () => {
    expect(wholeMmHgFromKpa(18.7)).toBe(140);
    expect(wholeMmHgFromKpa(12)).toBe(90);
    expect(wholeMmHgFromKpa(24)).toBe(180);
  });
});
