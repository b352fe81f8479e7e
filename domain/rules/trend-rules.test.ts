import { describe, expect, test } from 'vitest';
import {
  type Bands,
  SHANGHAI as cal,
  cgmDay,
  daysFrom,
  daysOf,
  endless,
  type HistoryParts,
  profileOf,
} from '../../tests/readings/patient-histories.ts';
import { gmiBaseline } from './gmi-baseline.ts';
import type { HistoryRule } from './history-rule.ts';
import { createTrend01FallingTimeInRange } from './trend-01-falling-time-in-range.ts';
import { createTrend02OutOfTarget } from './trend-02-out-of-target.ts';
import { createTrend03TimeBelowRange } from './trend-03-time-below-range.ts';

const profile = profileOf(cal);
/** 9.8 of the 14 days. */
const SUFFICIENT = 70;
/** Fourteen days of each, one after another from day 0 on, each day just as full as it has to be: no window but a whole one counts. */
const fortnights = (...bands: Bands[]) =>
  bands.flatMap((each, n) =>
    daysFrom(n * 14, n * 14 + 14).map((day) => cgmDay(cal, day, { activePercent: SUFFICIENT, ...each })),
  );
const judge = (rule: HistoryRule, parts: HistoryParts, now: number) => rule.evaluate(endless(cal, parts), profile, now);
/** Per thousand in range, the rest high. */
const tir = (perThousand: number): Bands => ({ high: 1000 - perThousand });

describe('TREND-01: time in range falling', () => {
  const rule = createTrend01FallingTimeInRange();
  const fall = (from: number, to: number) => judge(rule, { cgmDays: fortnights(tir(from), tir(to)) }, cal.at(28));

  test.each([
    [800, 700, 'firing', 'warning'],
    [800, 701, 'firing', 'info'],
    [750, 700, 'firing', 'info'],
    [750, 701, 'clear', undefined],
    [700, 800, 'clear', undefined],
  ] as const)('from %d to %d per thousand: %s, %s', (from, to, verdict, severity) => {
    expect(fall(from, to).verdict).toBe(verdict);
    expect(fall(from, to).severity).toBe(severity);
  });

  // 240 readings a day: as floats these they fall short of it by 1e-14.
  const of240 = (inRange: number): Bands => ({ inRange, high: 240 - inRange });
  test.each([
    [164, 152, 'info'],
    [176, 152, 'warning'],
  ] as const)('exactly 5 or 10 points, from %d to %d of 240 readings, are 5 and 10: %s', (from, to, severity) => {
    expect(judge(rule, { cgmDays: fortnights(of240(from), of240(to)) }, cal.at(28)).severity).toBe(severity);
  });

  test('exactly 5 points below the 14 days before end nothing, as exactly 5 points begin it', () => {
    const cgmDays = fortnights(of240(188), of240(164), of240(152));
    expect(daysOf(cal, judge(rule, { cgmDays }, cal.at(42)))).toEqual([[expect.any(Number), undefined]]);
  });

  test('both windows have to be sufficient', () => {
    for (const shares of [
      [SUFFICIENT - 1, SUFFICIENT],
      [SUFFICIENT, SUFFICIENT - 1],
    ] as const) {
      const cgmDays = fortnights({ ...tir(800), activePercent: shares[0] }, { ...tir(600), activePercent: shares[1] });
      expect(judge(rule, { cgmDays }, cal.at(28))).toMatchObject({
        verdict: 'unknown',
        explanation: { reason: 'not_enough_data' },
      });
    }
    const enough = fortnights({ ...tir(800), activePercent: SUFFICIENT }, { ...tir(600), activePercent: SUFFICIENT });
    expect(judge(rule, { cgmDays: enough }, cal.at(28)).verdict).toBe('firing');
  });

  test('it begins as info and becomes a warning as the fall goes on: one episode', () => {
    const cgmDays = fortnights(tir(800), tir(600));
    const early = judge(
      rule,
      { cgmDays: [...daysFrom(-14, 0).map((day) => cgmDay(cal, day, tir(800))), ...cgmDays] },
      cal.at(28),
    );
    expect(early.episodes).toHaveLength(1);
    expect(early).toMatchObject({ severity: 'warning', episodes: [{ startAt: cal.at(18) }] });
  });

  test('it ends when a window of what came since is less than 5 points below the one before', () => {
    const ends = (since: number) => judge(rule, { cgmDays: fortnights(tir(800), tir(700), tir(since)) }, cal.at(42));
    expect(daysOf(cal, ends(651))).toEqual([[28, 42]]);
    expect(daysOf(cal, ends(650))).toEqual([[28, undefined]]);
    expect(daysOf(cal, judge(rule, { cgmDays: fortnights(tir(800), tir(700), tir(700)) }, cal.at(41)))).toEqual([
      [28, undefined],
    ]);
  });

  test('after its end a window of what came since has to be lower again', () => {
    const cgmDays = fortnights(tir(800), tir(700), tir(700), tir(500));
    expect(daysOf(cal, judge(rule, { cgmDays }, cal.at(55)))).toEqual([[28, 42]]);
    expect(daysOf(cal, judge(rule, { cgmDays }, cal.at(56)))).toEqual([
      [28, 42],
      [56, undefined],
    ]);
  });
});

describe('TREND-02: out of target for four weeks', () => {
  const rule = createTrend02OutOfTarget();
  const verdict = (parts: HistoryParts) => judge(rule, parts, cal.at(28)).verdict;

  test('70.0 % in range twice does not meet "above 70"; 70.1 % does', () => {
    expect(judge(rule, { cgmDays: fortnights(tir(700), tir(700)) }, cal.at(28))).toMatchObject({
      verdict: 'firing',
      severity: 'warning',
      explanation: { reason: 'out_of_target' },
    });
    expect(verdict({ cgmDays: fortnights(tir(701), tir(701)) })).toBe('clear');
    expect(verdict({ cgmDays: fortnights(tir(701), tir(600)) })).toBe('clear');
    expect(verdict({ cgmDays: fortnights(tir(600), tir(701)) })).toBe('clear');
  });

  test('in the older and those at high risk the target is 50', () => {
    const older = { riskGroup: 'older_high_risk' } as const;
    expect(verdict({ cgmDays: fortnights(tir(501), tir(501)), ...older })).toBe('clear');
    expect(verdict({ cgmDays: fortnights(tir(500), tir(500)), ...older })).toBe('firing');
  });

  test('GMI 0.5 above the patient’s own first window, in both, is out of target as well', () => {
    // 0.02392 points a mg/dL.
    const above = (points: number): Bands => ({ meanMgPerDl: 130 + points / 0.02392 });
    const firstCgmDays = daysFrom(-60, -46).map((day) => cgmDay(cal, day, { meanMgPerDl: 130 }));
    const cgmDays = fortnights(above(0.51), above(0.51));
    expect(judge(rule, { cgmDays, firstCgmDays }, cal.at(28))).toMatchObject({
      verdict: 'firing',
      explanation: { reason: 'gmi_above_baseline' },
    });
    expect(verdict({ cgmDays: fortnights(above(0.49), above(0.51)), firstCgmDays })).toBe('clear');
    expect(verdict({ cgmDays: fortnights(above(0.51), above(0.49)), firstCgmDays })).toBe('clear');
    expect(verdict({ cgmDays, firstCgmDays: [] })).toBe('clear');
  });

  test('exactly 0.5 above counts', () => {
    const own = createTrend02OutOfTarget({ gmiAboveBaseline: { value: 0.02392 * 32 + 3.31 - 3.31, unit: 'points' } });
    const firstCgmDays = daysFrom(-60, -46).map((day) => cgmDay(cal, day, { meanMgPerDl: 128 }));
    const exact = 3.31 + 0.02392 * 160 - (3.31 + 0.02392 * 128);
    const atLine = createTrend02OutOfTarget({ gmiAboveBaseline: { value: exact, unit: 'points' } });
    const parts = { cgmDays: fortnights({ meanMgPerDl: 160 }, { meanMgPerDl: 160 }), firstCgmDays };
    expect(judge(atLine, parts, cal.at(28)).verdict).toBe('firing');
    expect(own.thresholds.gmiAboveBaseline?.origin).toBe('team');
  });

  test('exactly 0.5 above counts although the floats’ difference falls short of it', () => {
    const [first, later] = [149, 149 + 0.5 / 0.02392];
    expect(3.31 + 0.02392 * later - (3.31 + 0.02392 * first)).toBeLessThan(0.5);
    const firstCgmDays = daysFrom(-60, -46).map((day) => cgmDay(cal, day, { meanMgPerDl: first }));
    expect(verdict({ cgmDays: fortnights({ meanMgPerDl: later }, { meanMgPerDl: later }), firstCgmDays })).toBe(
      'firing',
    );
  });

  test('both windows have to be sufficient', () => {
    const few = { ...tir(500), activePercent: SUFFICIENT - 1 };
    expect(verdict({ cgmDays: fortnights(few, tir(500)) })).toBe('unknown');
    expect(verdict({ cgmDays: fortnights(tir(500), few) })).toBe('unknown');
  });

  test('one window on target, of what came since, ends it', () => {
    const cgmDays = fortnights(tir(600), tir(600), tir(900));
    expect(daysOf(cal, judge(rule, { cgmDays }, cal.at(41)))).toEqual([[28, undefined]]);
    expect(daysOf(cal, judge(rule, { cgmDays }, cal.at(42)))).toEqual([[28, 42]]);
    const stays = judge(rule, { cgmDays: fortnights(tir(600), tir(600), tir(700)) }, cal.at(42));
    expect(daysOf(cal, stays)).toEqual([[28, undefined]]);
  });

  test('after its end two new windows have to be out of target', () => {
    const cgmDays = fortnights(tir(600), tir(600), tir(900), tir(500), tir(500));
    expect(daysOf(cal, judge(rule, { cgmDays }, cal.at(69)))).toEqual([[28, 42]]);
    expect(daysOf(cal, judge(rule, { cgmDays }, cal.at(70)))).toEqual([
      [28, 42],
      [70, undefined],
    ]);
  });
});

describe('a patient’s own baseline', () => {
  const first = (days: readonly number[], bands: Bands = {}) => days.map((day) => cgmDay(cal, day, bands));

  test('is the GMI of the first sufficient 14 days', () => {
    expect(gmiBaseline(first(daysFrom(0, 14), { meanMgPerDl: 150 }), cal.timeZone)).toBeCloseTo(
      3.31 + 0.02392 * 150,
      12,
    );
    const later = [...first(daysFrom(0, 5), { meanMgPerDl: 300 }), ...first(daysFrom(14, 28), { meanMgPerDl: 150 })];
    // Day 4 is the first from which 14 days hold enough: day 4 and days 14 to 17 are five; day 14 begins a whole window.
    expect(gmiBaseline(later, cal.timeZone)).toBeCloseTo(3.31 + 0.02392 * 150, 12);
  });

  test('is made of those 14 days, the first and no fifteenth', () => {
    const days = [...first([0], { meanMgPerDl: 300 }), ...first(daysFrom(1, 14)), ...first([14], { meanMgPerDl: 500 })];
    expect(gmiBaseline(days, cal.timeZone)).toBeCloseTo(3.31 + (0.02392 * (300 + 13 * 130)) / 14, 9);
  });

  test('is unknown while no 14 of the first 28 days are sufficient, or none are known', () => {
    expect(gmiBaseline([], cal.timeZone)).toBeUndefined();
    expect(gmiBaseline(first(daysFrom(0, 9)), cal.timeZone)).toBeUndefined();
    expect(gmiBaseline(first([0, ...daysFrom(15, 29)]), cal.timeZone)).toBeUndefined();
  });
});

describe('TREND-03: time below range', () => {
  const rule = createTrend03TimeBelowRange();
  const at14 = (bands: Bands, parts: HistoryParts = {}) =>
    judge(rule, { cgmDays: fortnights(bands), ...parts }, cal.at(14));

  test.each([
    [{ low: 40 }, 'standard', 'firing', 'time_below_range'],
    [{ low: 39 }, 'standard', 'clear', 'on_target'],
    [{ low: 31, veryLow: 9 }, 'standard', 'firing', 'time_below_range'],
    [{ low: 9, veryLow: 1, inRange: 240 }, 'standard', 'firing', 'time_below_range'],
    [{ low: 18, veryLow: 2, inRange: 480 }, 'standard', 'firing', 'time_below_range'],
    [{ low: 23, veryLow: 1, inRange: 576 }, 'standard', 'firing', 'time_below_range'],
    [{ low: 36, veryLow: 4 }, 'standard', 'firing', 'time_below_range'],
    [{ low: 30, veryLow: 9 }, 'standard', 'clear', 'on_target'],
    [{ veryLow: 10 }, 'standard', 'firing', 'time_very_low'],
    [{ low: 10 }, 'older_high_risk', 'firing', 'time_below_range'],
    [{ low: 9 }, 'older_high_risk', 'clear', 'on_target'],
  ] as const)('%j of a thousand, %s: %s, %s', (bands, riskGroup, verdict, reason) => {
    expect(at14(bands, { riskGroup })).toMatchObject({ verdict, explanation: { reason } });
    if (verdict === 'firing') expect(at14(bands, { riskGroup }).severity).toBe('warning');
  });

  test('an insufficient window says nothing', () => {
    expect(at14({ low: 100, activePercent: SUFFICIENT - 1 })).toMatchObject({
      verdict: 'unknown',
      explanation: { reason: 'not_enough_data' },
    });
    expect(at14({ low: 100, activePercent: SUFFICIENT }).verdict).toBe('firing');
    expect(judge(rule, {}, cal.at(14)).verdict).toBe('unknown');
  });

  test('a window of what came since ends it, and another one begins it again', () => {
    const cgmDays = fortnights({ low: 100 }, {}, { low: 100 });
    const begun = daysOf(cal, judge(rule, { cgmDays }, cal.at(14)))[0]![0]!;
    expect(begun).toBe(14);
    expect(daysOf(cal, judge(rule, { cgmDays }, cal.at(27)))).toEqual([[14, undefined]]);
    expect(daysOf(cal, judge(rule, { cgmDays }, cal.at(28)))).toEqual([[14, 28]]);
    expect(daysOf(cal, judge(rule, { cgmDays }, cal.at(41)))).toEqual([[14, 28]]);
    expect(daysOf(cal, judge(rule, { cgmDays }, cal.at(42)))).toEqual([
      [14, 28],
      [42, undefined],
    ]);
  });

  test('today’s share of a day is in no window yet', () => {
    const cgmDays = [...fortnights({}), cgmDay(cal, 14, { veryLow: 1000 })];
    expect(judge(rule, { cgmDays }, cal.at(14, 23)).verdict).toBe('clear');
    expect(judge(rule, { cgmDays }, cal.at(15)).verdict).toBe('firing');
  });
});
