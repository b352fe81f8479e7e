import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CaseReadings } from '../../tests/cases/case-input.ts';
import { takeRows } from '../../tests/cases/case-series.ts';
import { GLUCOSE_BANDS } from '../glucose-class.ts';
import { fingerstickSummary } from '../smbg/fingerstick-summary.ts';
import { mgPerDlFromMmolPerL, mmolPerLFromMgPerDl, roundHalfAwayFromZero } from '../units.ts';
import { ambulatoryProfile } from './ambulatory-profile.ts';
import { summariseDay, summariseDays } from './day-summary.ts';
import { glucoseEvents } from './glucose-events.ts';
import { glucoseMetrics } from './glucose-metrics.ts';
import { dailyRisk } from './glucose-risk.ts';
import { gridMetrics } from './grid-metrics.ts';
import { mergeDaySummaries } from './merge-day-summaries.ts';
import { weightedStatistics } from './weighted-statistics.ts';

const timeZone = 'Asia/Shanghai';
const from = Date.parse('2026-05-01T00:00:00+08:00');
const DAYS = 3;
const MINUTE_MS = 60_000;
const window = { from, to: from + DAYS * 1440 * MINUTE_MS };

/** Rows as a device sends them: an instant, a value, its number. Two of one instant differ in their numbers. */
type Row = [at: number, value: number | 'LOW' | 'HIGH', seq: number];
const value = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: 41, max: 400 }) },
  { weight: 1, arbitrary: fc.constantFrom('LOW' as const, 'HIGH' as const) },
);
const rows: fc.Arbitrary<Row[]> = fc
  .array(fc.tuple(fc.integer({ min: 0, max: (DAYS * 1440) / 5 - 1 }), value), { minLength: 1, maxLength: 400 })
  .map((given) => given.map(([slot, one], seq): Row => [from + slot * 5 * MINUTE_MS, one, seq]));

/** Everything that the domain says of a stream. */
function allOf(readings: readonly Row[]) {
  const { series } = takeRows({ cadence_min: 5, readings: [...readings] } satisfies CaseReadings);
  const summary = mergeDaySummaries(summariseDays(series, window, timeZone));
  const request = { ...window, timeZone, askedBy: 'range' as const };
  return {
    metrics: glucoseMetrics(summary, request, gridMetrics(series, window, timeZone)),
    events: glucoseEvents(series, window, timeZone),
    profile: ambulatoryProfile(summary, request, series),
    fingersticks: fingerstickSummary(series, window, timeZone),
  };
}

describe('whatever the readings are', () => {
  it('the five bands sum to 100 percent, to the count and to the minutes', () => {
    fc.assert(
      fc.property(rows, (given) => {
        const { count, timeInRange, countInRange, minutesInRange } = allOf(given).metrics;
        const sum = (of: Readonly<Record<string, number>> | undefined) =>
          GLUCOSE_BANDS.reduce((total, band) => total + of![band]!, 0);
        expect(sum(timeInRange)).toBeCloseTo(100, 9);
        expect(sum(countInRange)).toBe(count);
        expect(sum(minutesInRange)).toBe(5 * count);
      }),
    );
  });

  it('their order and their repetition change nothing, to the last bit', () => {
    fc.assert(
      fc.property(
        rows.chain((given) =>
          fc.tuple(
            fc.constant(given),
            fc.shuffledSubarray([...given, ...given], { minLength: 2 * given.length, maxLength: 2 * given.length }),
          ),
        ),
        ([given, shuffled]) => {
          expect(allOf(shuffled)).toEqual(allOf(given));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('events lie in the window, apart from each other, level 2 and extended lows inside level 1', () => {
    fc.assert(
      fc.property(rows, (given) => {
        const { events, level1Only } = allOf(given).events!;
        for (const list of Object.values(events)) {
          for (const [index, { startAt, endAt, minutes }] of list.entries()) {
            expect(endAt - startAt).toBe(minutes * MINUTE_MS);
            expect(minutes).toBeGreaterThanOrEqual(15);
            if (index > 0) expect(startAt).toBeGreaterThanOrEqual(list[index - 1]!.endAt + 15 * MINUTE_MS);
          }
        }
        const within = (inner: keyof typeof events, outer: keyof typeof events) =>
          events[inner].every((one) => events[outer].some((o) => o.startAt <= one.startAt && one.startAt < o.endAt));
        expect([within('hypoL2', 'hypoL1'), within('hypoExtended', 'hypoL1'), within('hyperL2', 'hyperL1')]).toEqual([
          true,
          true,
          true,
        ]);
        expect(level1Only.hypo).toBeLessThanOrEqual(events.hypoL1.length);
      }),
    );
  });
});

describe('summaries of days, merged', () => {
  it('say what the whole window says at once, in every figure', () => {
    fc.assert(
      fc.property(rows, (given) => {
        const { series } = takeRows({ cadence_min: 5, readings: [...given] });
        const merged = mergeDaySummaries(summariseDays(series, window, timeZone));
        const whole = weightedStatistics([wholeGroup(series)])!;
        const parts = weightedStatistics(merged.groups)!;
        for (const name of ['count', 'clippedCount', 'tightRangeCount'] as const) expect(parts[name]).toBe(whole[name]);
        for (const name of ['meanMgPerDl', 'sdMgPerDl', 'lbgi', 'hbgi', 'mValue', 'grade'] as const) {
          if (whole[name] === undefined) expect(parts[name]).toBeUndefined();
          else expect(Math.abs(parts[name]! - whole[name])).toBeLessThanOrEqual(1e-9 * Math.max(1, whole[name]));
        }
        expect(parts.countInRange).toEqual(whole.countInRange);
      }),
    );
  });

  it('give ADRR as the mean over days of each day’s own risk', () => {
    fc.assert(
      fc.property(rows, (given) => {
        const { series } = takeRows({ cadence_min: 5, readings: [...given] });
        const days = summariseDays(series, window, timeZone).filter(({ groups }) => groups.length > 0);
        const risks = days.map(({ day }) => {
          const { lowestMgPerDl, highestMgPerDl } = summariseDay(series, day, timeZone);
          return dailyRisk(lowestMgPerDl!, highestMgPerDl!);
        });
        const { adrr } = allOf(given).metrics;
        expect(adrr).toBeCloseTo(risks.reduce((sum, risk) => sum + risk, 0) / days.length, 9);
      }),
    );
  });

  function wholeGroup(series: ReturnType<typeof takeRows>['series']) {
    // The three days pressed into one: what isn't asked when it was measured is the same.
    const third = series.map((one) => ({
      ...one,
      measuredAt: Array.from(one.measuredAt, (at) => from + (at - from) / DAYS),
    }));
    const [only, ...more] = summariseDays(third, { from, to: from + 1440 * MINUTE_MS }, timeZone);
    expect(more).toEqual([]);
    return only!.groups[0]!;
  }
});

describe('units', () => {
  it('come back from a round trip, and one decimal of mmol/L survives whole mg/dL', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.6, max: 600, noNaN: true }), (given) => {
        expect(mmolPerLFromMgPerDl(mgPerDlFromMmolPerL(given))).toBeCloseTo(given, 9);
        expect(mgPerDlFromMmolPerL(mmolPerLFromMgPerDl(given))).toBeCloseTo(given, 9);
      }),
    );
    for (let tenths = 6; tenths <= 333; tenths++) {
      const whole = Math.round(mgPerDlFromMmolPerL(tenths / 10));
      expect(roundHalfAwayFromZero(mmolPerLFromMgPerDl(whole), 1)).toBe(tenths / 10);
    }
  });
});
