import { describe, expect, it } from 'vitest';
import { cvPercent } from './coefficient-of-variation.ts';
import { cogi } from './cogi.ts';
import { eA1cPercent } from './ea1c.ts';
import type { GlucoseGrid } from './glucose-grid.ts';
import { highRisk, lowRisk, symmetrised } from './glucose-risk.ts';
import { gmiMmolPerMol, gmiPercent } from './gmi.ts';
import { gradeOf } from './grade-score.ts';
import { hourlyMean } from './hourly-mean.ts';
import { jIndex } from './j-index.ts';
import { mValueOf } from './m-value.ts';
import { mage } from './mage.ts';
import { periodChange } from './period-change.ts';
import { adrrBand, hbgiBand, lbgiBand } from './risk-bands.ts';
import { gvpPercent, mag } from './slot-changes.ts';

const absent = Number.NaN;
const gridOf = (values: readonly number[], slotMin = 5): GlucoseGrid => ({
  slotMin,
  startAt: 0,
  mgPerDl: Float64Array.from(values),
});

describe('indices of one mean', () => {
  it('are worked out by hand: GMI, eA1c, CV, J', () => {
    expect(gmiPercent(150)).toBeCloseTo(6.898, 12);
    expect(gmiMmolPerMol(8)).toBeCloseTo(50.35696, 12);
    expect(eA1cPercent(154)).toBeCloseTo(200.7 / 28.7, 12);
    expect(cvPercent(150, 54)).toBe(36);
    expect(jIndex(100, 50)).toBeCloseTo(22.5, 12);
  });
});

describe('indices of single readings', () => {
  it('M-value: nothing at 90 mg/dL, 1000 a tenfold away, either way', () => {
    expect(mValueOf(90)).toBe(0);
    expect(mValueOf(900)).toBeCloseTo(1000, 9);
    expect(mValueOf(9)).toBeCloseTo(1000, 9);
  });

  it('GRADE: by its formula, at most 50, at the cap for what has no double logarithm', () => {
    // log10(log10(180 / 18)) = 0: 425 × 0.16².
    expect(gradeOf(180)).toBeCloseTo(10.88, 12);
    expect([gradeOf(30), gradeOf(18), gradeOf(18.0001), gradeOf(10), gradeOf(600)]).toEqual([
      50,
      50,
      50,
      50,
      expect.closeTo(425 * (Math.log10(Math.log10(600 / 18)) + 0.16) ** 2, 12),
    ]);
    expect(gradeOf(400)).toBeLessThan(50);
  });

  it('low and high risk: none on the other side of about 112.5 mg/dL', () => {
    expect([lowRisk(symmetrised(112)), highRisk(symmetrised(113))].every((risk) => risk > 0)).toBe(true);
    expect([highRisk(symmetrised(112)), lowRisk(symmetrised(113))]).toEqual([0, 0]);
    expect(symmetrised(0.5)).toBe(symmetrised(1));
  });
});

describe('COGI', () => {
  it('is 100 for a perfect trace and 0 for the opposite', () => {
    expect(cogi(100, 0, 18)).toBeCloseTo(100, 12);
    expect(cogi(0, 15, 108)).toBe(0);
    expect(cogi(100, 0, 5)).toBeCloseTo(100, 12);
    expect(cogi(0, 40, 200)).toBe(0);
  });

  it('weighs time in range by half, freedom from lows by 35 %, a small SD by 15 %', () => {
    expect(cogi(80, 15, 108)).toBeCloseTo(40, 12);
    expect(cogi(0, 7.5, 108)).toBeCloseTo(17.5, 12);
    expect(cogi(0, 15, 63)).toBeCloseTo(7.5, 12);
  });
});

describe('bands of the risk indices', () => {
  it('LBGI: 1.1, 2.5 and 5 lie in the better band', () => {
    expect([1.1, 1.11, 2.5, 2.51, 5, 5.01].map(lbgiBand)).toEqual([
      'minimal',
      'low',
      'low',
      'moderate',
      'moderate',
      'high',
    ]);
  });

  it('HBGI: 4.5 and 9 lie in the better band', () => {
    expect([4.5, 4.51, 9, 9.01].map(hbgiBand)).toEqual(['low', 'moderate', 'moderate', 'high']);
  });

  it('ADRR: 20 and 40 lie in the worse band', () => {
    expect([19.99, 20, 39.99, 40].map(adrrBand)).toEqual(['low', 'moderate', 'moderate', 'high']);
  });
});

describe('from slot to slot', () => {
  it('the hourly mean is that of trapezoids, and nothing bridges an absent slot', () => {
    expect(hourlyMean(gridOf([100, 120, absent, 200, 220]))).toBe((110 + 210) / 2);
    expect(hourlyMean(gridOf([100, absent, 120]))).toBeUndefined();
    expect(hourlyMean(gridOf([]))).toBeUndefined();
  });

  it('MAG is the mean absolute change an hour', () => {
    expect(mag(gridOf([100, 110, 105, absent, 90]))).toBeCloseTo((10 + 5) / (10 / 60), 12);
    expect(mag(gridOf([100, 130], 15))).toBe(120);
    expect(mag(gridOf([100, absent, 120]))).toBeUndefined();
  });

  it('GVP is how much longer the trace is than a flat one', () => {
    expect(gvpPercent(gridOf([100, 112, absent, 90]))).toBeCloseTo(160, 12);
    expect(gvpPercent(gridOf([100, 100, 100]))).toBe(0);
    expect(gvpPercent(gridOf([100]))).toBeUndefined();
  });
});

describe('MAGE by direction', () => {
  /** Rises of 120 in two hours, falls of 60 and 120 in turn: up 80 → 200, down to 140, up to 260, down … */
  const line = (...points: number[]) =>
    points.flatMap((point, index) => {
      const next = points[index + 1];
      return next === undefined ? [point] : Array.from({ length: 24 }, (_, k) => point + ((next - point) * k) / 24);
    });

  it('tells rises from falls, and averages both', () => {
    const found = mage(line(100, 220, 100, 220, 100, 220))!;
    expect(found.rises).toBeCloseTo(120, 9);
    expect(found.falls).toBeCloseTo(120, 9);
    const onlyUp = mage(line(60, 60, 300, 300))!;
    expect(onlyUp).not.toHaveProperty('falls');
    expect([onlyUp.rises, onlyUp.average, onlyUp.greater]).toEqual([240, 240, 240]);
  });

  it('means all rises and all falls of the trace', () => {
    const found = mage(line(100, 220, 120, 280, 150, 180, 90))!;
    // The 30 up from 150 are less than an SD: the fall from 280 goes on to 90.
    expect(found.rises).toBeCloseTo((120 + 160) / 2, 9);
    expect(found.falls).toBeCloseTo((100 + 190) / 2, 9);
    expect(found.average).toBeCloseTo((140 + 145) / 2, 9);
    expect(found.greater).toBe(found.falls);
  });

  it('takes of each part the greater mean, and weighs parts by their duration', () => {
    const uneven = line(80, 260, 120, 280, 160, 300);
    const found = mage(uneven)!;
    expect(found.rises).toBeGreaterThan(found.falls!);
    expect(found.greater).toBe(found.rises);
    expect(found.average).toBeCloseTo((found.rises! + found.falls!) / 2, 9);
    const turned = mage(uneven.map((value) => 380 - value))!;
    expect(turned.greater).toBe(turned.falls);
    const both = mage([...uneven, ...Array<number>(37).fill(absent), ...uneven.map((value) => 380 - value)])!;
    expect(both.greater).toBeCloseTo(found.greater, 9);
    expect(both.rises).toBeCloseTo((found.rises! + turned.rises!) / 2, 9);
  });
});

describe('a period against the one before', () => {
  const period = (inRange: number, gmiPercent: number, sufficient = true) => ({
    sufficient,
    gmiPercent,
    meanMgPerDl: 100 + inRange,
    timeInRange: { veryLow: 1, low: 2, inRange, high: 90 - inRange, veryHigh: 7 },
  });

  it('has changed meaningfully from 5 points in range or 0.5 % GMI on, either way', () => {
    const change = (inRange: number, gmi: number) => periodChange(period(inRange, gmi), period(70, 7))!;
    expect([change(75, 7), change(65, 7), change(74.9, 7), change(65.1, 7)].map((c) => c.meaningfulInRange)).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect([change(70, 7.5), change(70, 6.5), change(70, 7.49), change(70, 6.51)].map((c) => c.meaningfulGmi)).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(periodChange(period(70.3, 7), period(65.3, 7))!.meaningfulInRange).toBe(true);
    expect(change(75, 7)).toMatchObject({
      inRangePoints: 5,
      belowRangePoints: 0,
      aboveRangePoints: -5,
      meanMgPerDl: 5,
      gmiPercent: 0,
    });
  });

  it('is not compared where either is insufficient', () => {
    expect(periodChange(period(70, 7, false), period(70, 7))).toBeUndefined();
    expect(periodChange(period(70, 7), period(70, 7, false))).toBeUndefined();
    for (const missing of ['timeInRange', 'gmiPercent', 'meanMgPerDl'] as const) {
      const { [missing]: _, ...rest } = period(70, 7);
      expect(periodChange(rest, period(60, 7))).toBeUndefined();
      expect(periodChange(period(60, 7), rest)).toBeUndefined();
    }
  });
});
