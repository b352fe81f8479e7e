import { describe, expect, it } from 'vitest';
import type { GlucoseSeries } from '../glucose-series.ts';
import { summariseDays } from './day-summary.ts';
import { type GlucoseMetrics, glucoseMetrics } from './glucose-metrics.ts';
import { gri, griZone } from './gri.ts';
import { gridMetrics } from './grid-metrics.ts';
import { mergeDaySummaries } from './merge-day-summaries.ts';
import { judgeSufficiency } from './sufficiency.ts';

const timeZone = 'Asia/Shanghai';
const from = Date.parse('2026-11-01T00:00:00+08:00');
const minuteMs = 60_000;
const dayMin = 1440;

/** Every `cadenceMin` minutes from the window's start. */
function steady(count: number, cadenceMin: number, valueAt: (row: number) => number = () => 120): GlucoseSeries {
  const rows = Array.from({ length: count }, (_, row) => row);
  return {
    deviceKey: 1,
    cadenceMin,
    length: count,
    measuredAt: rows.map((row) => from + row * cadenceMin * minuteMs),
    value: rows.map(valueAt),
    meta: rows.map(() => 0),
  };
}

function metricsOf(series: readonly GlucoseSeries[], days: number, askedBy: 'days' | 'range' = 'days'): GlucoseMetrics {
  const window = { from, to: from + days * dayMin * minuteMs };
  return glucoseMetrics(mergeDaySummaries(summariseDays(series, window, timeZone)), { ...window, timeZone, askedBy });
}

describe('14-day glucose metrics', () => {
  it('are sufficient from 2,823 of 4,032 five-minute slots on', () => {
    expect(metricsOf([steady(2822, 5)], 14)).toMatchObject({ sufficient: false, count: 2822 });
    const sufficient = metricsOf([steady(2823, 5)], 14);
    expect(sufficient.sufficient).toBe(true);
    expect(sufficient.activePercent).toBeCloseTo(70.014881, 6);
    expect(sufficient.gmiPercent).toBeCloseTo(3.31 + 0.02392 * 120, 12);
  });

  it('are sufficient from 941 of 1,344 quarter-hour slots on', () => {
    expect(metricsOf([steady(940, 15)], 14).sufficient).toBe(false);
    expect(metricsOf([steady(941, 15)], 14).sufficient).toBe(true);
  });

  it('withhold GMI and GRI where there is too little, and show the rest with its count', () => {
    const metrics = metricsOf([steady(1000, 5)], 14);
    expect(metrics).not.toHaveProperty('gmiPercent');
    expect(metrics).not.toHaveProperty('gri');
    expect(metrics).toMatchObject({ sufficient: false, count: 1000, meanMgPerDl: 120, timeInRange: { inRange: 100 } });
  });

  it('of a week show GMI and GRI only when the week was asked for by its dates, and say that it is short', () => {
    const week = [steady(7 * 288, 5)];
    expect(metricsOf(week, 7)).toMatchObject({ sufficient: false, activePercent: 100 });
    expect(metricsOf(week, 7)).not.toHaveProperty('gmiPercent');
    const asked = metricsOf(week, 7, 'range');
    expect(asked).toMatchObject({ sufficient: false, shortWindow: true, gri: 0 });
    expect(asked.gmiPercent).toBeCloseTo(6.1804, 10);
  });

  it('of dates that hold under 70 % show no GMI, however they were asked for', () => {
    const metrics = metricsOf([steady(1000, 5)], 7, 'range');
    expect(metrics).not.toHaveProperty('gmiPercent');
    expect(metrics).not.toHaveProperty('shortWindow');
  });

  it('without a reading are absent: never 0, never NaN', () => {
    expect(metricsOf([], 14)).toEqual({
      from,
      to: from + 14 * dayMin * minuteMs,
      timeZone,
      count: 0,
      clippedCount: 0,
      daysWithData: 0,
      activePercent: 0,
      sufficient: false,
    });
  });

  it('of one reading have a mean but no SD, CV or J-index', () => {
    const metrics = metricsOf([steady(1, 5)], 14);
    expect(metrics.meanMgPerDl).toBe(120);
    for (const name of ['sdMgPerDl', 'cvPercent', 'jIndex', 'mage', 'modd', 'conga24'])
      expect(metrics).not.toHaveProperty(name);
    expect(JSON.stringify(metrics)).not.toContain('null');
  });

  it('cap active time at 100 % for a sensor that sends more often than its model says', () => {
    expect(metricsOf([{ ...steady(14 * 1440, 1), cadenceMin: 5 }], 14).activePercent).toBe(100);
  });

  it('carry what the grid found', () => {
    const series = [steady(3 * 288, 5, (row) => (row % 48 < 24 ? 100 : 200))];
    const window = { from, to: from + 3 * dayMin * minuteMs };
    const summary = mergeDaySummaries(summariseDays(series, window, timeZone));
    const metrics = glucoseMetrics(
      summary,
      { ...window, timeZone, askedBy: 'days' },
      gridMetrics(series, window, timeZone),
    );
    expect(metrics).toMatchObject({ modd: 0, conga24: 0, mage: 100 });
  });
});

describe('sufficiency', () => {
  it('needs 70 % of the asked window and 9.8 days’ worth of slots', () => {
    const minutes = (days: number) => days * dayMin;
    expect(judgeSufficiency(14_112, minutes(14))).toMatchObject({ sufficient: true, shortWindow: false });
    expect(judgeSufficiency(14_112 - 1, minutes(13))).toMatchObject({ sufficient: false, shortWindow: true });
    expect(judgeSufficiency(minutes(13), minutes(30))).toMatchObject({ sufficient: false, shortWindow: false });
    expect(judgeSufficiency(minutes(7), minutes(10))).toMatchObject({ activePercent: 70, shortWindow: true });
    expect(judgeSufficiency(minutes(7) - 1, minutes(10)).shortWindow).toBe(false);
    expect(judgeSufficiency(0, 0)).toEqual({ activePercent: 0, sufficient: false, shortWindow: false });
  });
});

describe('the glycaemia risk index', () => {
  it('is capped at 100 and zoned with each end in the better zone', () => {
    expect(gri({ veryLow: 12.5, low: 25, high: 25, veryHigh: 12.5 })).toBe(100);
    const zones = [0, 20, 20.1, 40, 40.1, 60, 60.1, 80, 80.1, 100].map(griZone);
    expect(zones.join('')).toBe('AABBCCDDEE');
  });
});
