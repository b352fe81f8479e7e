import { describe, expect, it } from 'vitest';
import { isUrgentLowSoon, libreArrow, predictedMgPerDl, rateOfChange, trendArrow } from './rate-of-change.ts';

const minuteMs = 60_000;
const trace = (...rows: [minute: number, mgPerDl: number][]) => ({
  measuredAt: rows.map(([minute]) => minute * minuteMs),
  mgPerDl: rows.map(([, mgPerDl]) => mgPerDl),
});

describe('rate of change', () => {
  it('is the slope over the newest 15 minutes; what is older has no part in it', () => {
    expect(rateOfChange(trace([0, 400], [5, 100], [10, 110], [20, 130]), 20 * minuteMs)).toBeCloseTo(2, 12);
  });

  it('needs three readings, the newest not older than ten minutes', () => {
    const three = trace([0, 120], [5, 110], [10, 100]);
    expect(rateOfChange(three, 20 * minuteMs)).toBeCloseTo(-2, 12);
    expect(rateOfChange(three, 20 * minuteMs + 1)).toBeUndefined();
    expect(rateOfChange(trace([0, 120], [5, 110]), 5 * minuteMs)).toBeUndefined();
    expect(rateOfChange(trace(), 0)).toBeUndefined();
  });

  it('has arrows whose exact boundaries lie in the flatter band', () => {
    expect([0, 1, 1.1, 2, 2.1, 3, 3.1].map(trendArrow)).toEqual([
      'flat',
      'flat',
      'riseSlow',
      'riseSlow',
      'rise',
      'rise',
      'riseRapid',
    ]);
    expect([-1, -2.0000000000000004, -2.1, -3.1].map(trendArrow)).toEqual(['flat', 'fallSlow', 'fall', 'fallRapid']);
  });

  it('has a Libre’s arrows, of which 1 and 2 mg/dL/min lie in the middle band', () => {
    expect([0.9, 1, 2, 2.1].map(libreArrow)).toEqual(['flat', 'rise', 'rise', 'riseRapid']);
    expect([-0.9, -1, -2.0000000000000004, -2.1].map(libreArrow)).toEqual(['flat', 'fall', 'fall', 'fallRapid']);
  });

  it('warns of a low in 20 minutes at 55 mg/dL or less, only when falling', () => {
    expect(predictedMgPerDl(75, -1)).toBe(55);
    expect(isUrgentLowSoon(75, -1)).toBe(true);
    expect(isUrgentLowSoon(76, -1)).toBe(false);
    expect(isUrgentLowSoon(50, 0)).toBe(false);
    expect(isUrgentLowSoon(75, -1, { upToMgPerDl: 60, minutesAhead: 15 })).toBe(true);
    expect(isUrgentLowSoon(76, -1, { upToMgPerDl: 60, minutesAhead: 15 })).toBe(false);
  });

  it('takes no noise of a conversion for a difference', () => {
    expect(isUrgentLowSoon(75.00000000000003, -1)).toBe(true);
    expect(isUrgentLowSoon(50, -1e-15)).toBe(false);
  });
});
