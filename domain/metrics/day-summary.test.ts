import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type GlucoseSeries, META, packMeta } from '../glucose-series.ts';
import { localDayBounds } from '../local-day.ts';
import { DAY_SUMMARY_VERSION, type DaySummary, summariseDay, summariseDays } from './day-summary.ts';
import { mergeDaySummaries } from './merge-day-summaries.ts';
import { weightedStatistics } from './weighted-statistics.ts';

const zone = 'Asia/Shanghai';
const day = '2026-05-01';
const dayStart = Date.parse('2026-05-01T00:00:00+08:00');
const minuteMs = 60_000;

interface Row {
  readonly minute: number;
  readonly value: number;
  readonly meta: number;
}

function seriesOf(rows: readonly Row[], deviceKey = 1, cadenceMin = 5): GlucoseSeries {
  const sorted = [...rows].sort((a, b) => a.minute - b.minute);
  return {
    deviceKey,
    cadenceMin,
    length: sorted.length,
    measuredAt: sorted.map(({ minute }) => dayStart + minute * minuteMs),
    value: sorted.map(({ value }) => value),
    meta: sorted.map(({ meta }) => meta),
  };
}

const inMgPerDl = (values: readonly number[], everyMin = 5) =>
  values.map((value, index) => ({ minute: index * everyMin, value, meta: 0 }));

/** Readings of several days, at distinct minutes, of either unit, some off the scale. */
function arbitraryRows(days: number) {
  const reading = fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 40, max: 400 }).map((value) => ({ value, meta: 0 })) },
    {
      weight: 8,
      arbitrary: fc.integer({ min: 22, max: 222 }).map((tenths) => ({ value: tenths / 10, meta: META.mmol })),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom('LOW' as const, 'HIGH' as const).map((code) => ({
        value: code === 'LOW' ? 39 : 401,
        meta: packMeta({ unit: 'mg/dL', code, late: false }),
      })),
    },
  );
  return fc.uniqueArray(
    fc.tuple(fc.integer({ min: 0, max: days * 1440 - 1 }), reading).map(([minute, row]) => ({ minute, ...row })),
    { selector: ({ minute }) => minute, minLength: 1, maxLength: 300 },
  );
}

describe('a day summary', () => {
  it('counts bands, the tight range and clipped readings', () => {
    const low = { minute: 100, value: 39, meta: packMeta({ unit: 'mg/dL', code: 'LOW', late: false }) };
    const [group] = summariseDay(
      [seriesOf([...inMgPerDl([54, 69, 70, 140, 180, 181, 250, 251]), low])],
      day,
      zone,
    ).groups;
    expect(group).toMatchObject({ count: 9, clippedCount: 1, bandCounts: [1, 2, 3, 2, 1], tightCount: 2 });
  });

  it('knows its extremes and its first and last reading', () => {
    expect(summariseDay([seriesOf(inMgPerDl([120, 80, 200]))], day, zone)).toMatchObject({
      lowestMgPerDl: 80,
      highestMgPerDl: 200,
      firstMeasuredAt: dayStart,
      lastMeasuredAt: dayStart + 10 * minuteMs,
      coveredMin: 15,
      expectedMin: 1440,
    });
  });

  it('of a day without readings has no extremes, rather than zeros', () => {
    expect(summariseDay([], day, zone)).toEqual({
      version: DAY_SUMMARY_VERSION,
      day,
      groups: [],
      coveredMin: 0,
      expectedMin: 1440,
    });
  });

  it('holds the readings from its first instant to just before the next day', () => {
    const rows = [-1 / 60_000, 0, 1439.999, 1440].map((minute) => ({ minute, value: 100, meta: 0 }));
    expect(summariseDay([seriesOf(rows)], day, zone).groups[0]?.count).toBe(2);
  });

  it('knows nothing of a sensor whose first reading is the first of the next day', () => {
    expect(summariseDay([seriesOf([{ minute: 1440, value: 100, meta: 0 }])], day, zone)).toEqual(
      summariseDay([], day, zone),
    );
  });

  it('expects 23 and 25 hours where clocks change', () => {
    expect(summariseDay([], '2026-03-29', 'Europe/Berlin').expectedMin).toBe(23 * 60);
    expect(summariseDay([], '2026-10-25', 'Europe/Berlin').expectedMin).toBe(25 * 60);
  });

  it('counts the repeated hour of a clock change as readings of its own', () => {
    const { startAt, endAt } = localDayBounds('2026-10-25', 'Europe/Berlin');
    const measuredAt = Array.from({ length: (endAt - startAt) / (5 * minuteMs) }, (_, i) => startAt + i * 5 * minuteMs);
    const series = {
      deviceKey: 1,
      cadenceMin: 5,
      length: measuredAt.length,
      measuredAt,
      value: measuredAt.map(() => 100),
      meta: measuredAt.map(() => 0),
    };
    const summary = summariseDay([series], '2026-10-25', 'Europe/Berlin');
    expect([summary.groups[0]?.count, summary.coveredMin]).toEqual([300, 1500]);
  });

  it('is bit-equal for equal readings, however they and their devices were ordered', () => {
    fc.assert(
      fc.property(arbitraryRows(1), arbitraryRows(1), fc.infiniteStream(fc.nat()), (a, b, keys) => {
        const shuffled = <T>(items: readonly T[]) =>
          items
            .map((item) => ({ item, key: keys.next().value! }))
            .sort((x, y) => x.key - y.key)
            .map(({ item }) => item);
        const sorted = JSON.stringify(summariseDay([seriesOf(a, 1, 5), seriesOf(b, 2, 5)], day, zone));
        expect(
          JSON.stringify(summariseDay([seriesOf(shuffled(b), 2, 5), seriesOf(shuffled(a), 1, 5)], day, zone)),
        ).toBe(sorted);
      }),
    );
  });

  it('survives a round trip through JSON', () => {
    fc.assert(
      fc.property(arbitraryRows(1), (rows) => {
        const summary = summariseDay([seriesOf(rows)], day, zone);
        expect(JSON.parse(JSON.stringify(summary))).toEqual(summary);
      }),
    );
  });
});

describe('merged day summaries', () => {
  const close = (a: number, b: number) => expect(Math.abs(a - b)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(b)));

  it('say the same as one summary of the whole window', () => {
    fc.assert(
      fc.property(arbitraryRows(3), (rows) => {
        const window = { from: dayStart, to: dayStart + 3 * 1440 * minuteMs };
        const series = [seriesOf(rows)];
        const merged = weightedStatistics(mergeDaySummaries(summariseDays(series, window, zone)).groups)!;
        // The whole, in two passes over the raw values.
        const mgPerDl = series.flatMap((one) =>
          Array.from(one.value, (value, row) => (one.meta[row]! & META.mmol ? value * 18.01559 : value)),
        );
        const mean = mgPerDl.reduce((sum, value) => sum + value, 0) / mgPerDl.length;
        const squares = mgPerDl.reduce((sum, value) => sum + (value - mean) ** 2, 0);
        expect(merged.count).toBe(rows.length);
        close(merged.meanMgPerDl, mean);
        if (rows.length > 1) close(merged.sdMgPerDl!, Math.sqrt(squares / (rows.length - 1)));
        else expect(merged.sdMgPerDl).toBeUndefined();
      }),
    );
  });

  it('come out the same whatever order the days are given in', () => {
    fc.assert(
      fc.property(arbitraryRows(3), (rows) => {
        const days = summariseDays([seriesOf(rows)], { from: dayStart, to: dayStart + 3 * 1440 * minuteMs }, zone);
        expect(mergeDaySummaries([...days].reverse())).toEqual(mergeDaySummaries(days));
      }),
    );
  });

  it('put every reading into one band: the five percentages sum to 100', () => {
    fc.assert(
      fc.property(arbitraryRows(2), arbitraryRows(2), (a, b) => {
        const window = { from: dayStart, to: dayStart + 2 * 1440 * minuteMs };
        const days = summariseDays([seriesOf(a, 1, 5), seriesOf(b, 2, 15)], window, zone);
        const { timeInRange, tightRangePercent } = weightedStatistics(mergeDaySummaries(days).groups)!;
        close(
          Object.values(timeInRange).reduce((sum, percent) => sum + percent, 0),
          100,
        );
        expect(tightRangePercent).toBeLessThanOrEqual(timeInRange.inRange + 1e-9);
      }),
    );
  });

  it('keep sensors of two cadences apart over the days', () => {
    const at = (dayStartMin: number) => [{ minute: dayStartMin, value: 100, meta: 0 }];
    const window = { from: dayStart, to: dayStart + 2 * 1440 * minuteMs };
    const cgm = [seriesOf([...at(0), ...at(1440)], 1, 5), seriesOf([...at(0), ...at(1440), ...at(1500)], 2, 15)];
    const { groups } = mergeDaySummaries(summariseDays(cgm, window, zone));
    expect(groups.map(({ cadenceMin, count }) => [cadenceMin, count])).toEqual([
      [5, 2],
      [15, 3],
    ]);
  });

  it('count only days with data, and no data at all as none', () => {
    const days: DaySummary[] = [
      summariseDay([], '2026-04-30', zone),
      summariseDay([seriesOf(inMgPerDl([100]))], day, zone),
    ];
    expect(mergeDaySummaries(days)).toMatchObject({
      daysWithData: 1,
      firstMeasuredAt: dayStart,
      lastMeasuredAt: dayStart,
    });
    expect(mergeDaySummaries([days[0]!])).toEqual({ groups: [], coveredMin: 0, daysWithData: 0, dailyRiskSum: 0 });
    expect(weightedStatistics([])).toBeUndefined();
  });

  it('of a constant trace in mmol/L have an SD of exactly 0', () => {
    const window = { from: dayStart, to: dayStart + 2 * 1440 * minuteMs };
    for (let tenths = 22; tenths < 333; tenths++) {
      const rows = Array.from({ length: 300 }, (_, i) => ({
        minute: 480 + i * 5,
        value: tenths / 10,
        meta: META.mmol,
      }));
      const days = summariseDays([seriesOf(rows), seriesOf(rows.slice(0, 90), 2, 15)], window, zone);
      expect(weightedStatistics(mergeDaySummaries(days).groups)?.sdMgPerDl, `${tenths / 10} mmol/L`).toBe(0);
    }
  });
});

describe('the cost', () => {
  it('of summarising 14 days of one-minute readings stays under 50 ms', () => {
    const rows = Array.from({ length: 14 * 1440 }, (_, minute) => ({ minute, value: 100 + (minute % 200), meta: 0 }));
    const series = [seriesOf(rows, 1, 1)];
    const window = { from: dayStart, to: dayStart + 14 * 1440 * minuteMs };
    summariseDays(series, window, zone);
    const before = process.threadCpuUsage();
    const merged = mergeDaySummaries(summariseDays(series, window, zone));
    expect(process.threadCpuUsage(before).user / 1000).toBeLessThan(50);
    expect(merged.coveredMin).toBe(14 * 1440);
  });
});
