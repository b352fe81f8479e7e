import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bandIndexOf, GLUCOSE_BANDS, glucoseBand, isTightRange, isTightRangeOf, mgPerDlOf } from './glucose-class.ts';
import { META, packMeta } from './glucose-series.ts';
import { mgPerDlFromMmolPerL } from './units.ts';

describe('glucose bands', () => {
  it('put every boundary of the consensus on its own side in mg/dL', () => {
    const bands = [53, 54, 69, 70, 180, 181, 250, 251].map((value) => glucoseBand(value, 'mg/dL'));
    expect(bands).toEqual(['veryLow', 'low', 'low', 'inRange', 'inRange', 'high', 'high', 'veryHigh']);
  });

  it('put every boundary on its own side in mmol/L, judged without conversion', () => {
    const bands = [2.9, 3.0, 3.8, 3.9, 10.0, 10.1, 13.9, 14.0].map((value) => glucoseBand(value, 'mmol/L'));
    expect(bands).toEqual(['veryLow', 'low', 'low', 'inRange', 'inRange', 'high', 'high', 'veryHigh']);
  });

  it('judge fractions just beyond a line', () => {
    expect(glucoseBand(53.9, 'mg/dL')).toBe('veryLow');
    expect(glucoseBand(69.9, 'mg/dL')).toBe('low');
    expect(glucoseBand(180.1, 'mg/dL')).toBe('high');
    expect(glucoseBand(250.1, 'mg/dL')).toBe('veryHigh');
    expect(glucoseBand(10.01, 'mmol/L')).toBe('high');
  });

  it('give one-decimal mmol/L the class of their rounded mg/dL, for every value a meter can show', () => {
    for (let tenths = 5; tenths <= 399; tenths++) {
      const rounded = Math.round(mgPerDlFromMmolPerL(tenths / 10));
      expect(glucoseBand(tenths / 10, 'mmol/L'), `${tenths / 10}`).toBe(glucoseBand(rounded, 'mg/dL'));
    }
  });

  it('count a LOW code as very low and a HIGH code as very high in either unit', () => {
    for (const unit of ['mg/dL', 'mmol/L'] as const) {
      expect(glucoseBand(39, unit, 'LOW')).toBe('veryLow');
      expect(glucoseBand(401, unit, 'HIGH')).toBe('veryHigh');
      expect(isTightRange(39, unit, 'LOW')).toBe(false);
    }
  });

  it('rise with the value: more glucose is never a lower band', () => {
    const value = fc.double({ min: 0, max: 700, noNaN: true });
    fc.assert(
      fc.property(value, value, fc.constantFrom(0, META.mmol), (a, b, meta) => {
        expect(bandIndexOf(Math.min(a, b), meta)).toBeLessThanOrEqual(bandIndexOf(Math.max(a, b), meta));
      }),
    );
  });

  it('hold the tight range inside the range, both ends included', () => {
    expect([69, 70, 140, 141].map((value) => isTightRange(value, 'mg/dL'))).toEqual([false, true, true, false]);
    expect([3.8, 3.9, 7.8, 7.9].map((value) => isTightRange(value, 'mmol/L'))).toEqual([false, true, true, false]);
    fc.assert(
      fc.property(fc.double({ min: 0, max: 700, noNaN: true }), fc.constantFrom(0, META.mmol), (value, meta) => {
        if (isTightRangeOf(value, meta)) expect(GLUCOSE_BANDS[bandIndexOf(value, meta)]).toBe('inRange');
      }),
    );
  });
});

describe('mg/dL of a series row', () => {
  it('converts mmol/L, keeps mg/dL, and takes the bound of a code as it is', () => {
    expect(mgPerDlOf(5.5, META.mmol)).toBeCloseTo(99.085745, 9);
    expect(mgPerDlOf(120, 0)).toBe(120);
    expect(mgPerDlOf(39, packMeta({ unit: 'mmol/L', code: 'LOW', late: false }))).toBe(39);
    expect(mgPerDlOf(501, packMeta({ unit: 'mmol/L', code: 'HIGH', late: true }))).toBe(501);
  });
});
