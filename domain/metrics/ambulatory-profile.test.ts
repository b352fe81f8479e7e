import { describe, expect, it } from 'vitest';
import { mgPerDlOf } from '../glucose-class.ts';
import { type GlucoseSeries, META } from '../glucose-series.ts';
import { localDayBounds } from '../local-day.ts';
import { ambulatoryProfile } from './ambulatory-profile.ts';
import { summariseDays } from './day-summary.ts';
import type { MetricsRequest } from './glucose-metrics.ts';
import { mergeDaySummaries } from './merge-day-summaries.ts';

const ZONE = 'Asia/Shanghai';
const DAY_MS = 86_400_000;
const startAt = Date.parse('2026-05-01T00:00:00+08:00');

/** A reading every `cadenceMin` in mg/dL; `undefined` where the sensor was away. */
function series(
  from: number,
  to: number,
  valueAt: (at: number) => number | undefined,
  cadenceMin = 5,
  deviceKey = 1,
): GlucoseSeries {
  const rows: [number, number][] = [];
  for (let at = from; at < to; at += cadenceMin * 60_000) {
    const value = valueAt(at);
    if (value !== undefined) rows.push([at, value]);
  }
  return {
    deviceKey,
    cadenceMin,
    length: rows.length,
    measuredAt: rows.map(([at]) => at),
    value: rows.map(([, value]) => value),
    meta: rows.map(() => 0),
  };
}

function profileOf(cgm: readonly GlucoseSeries[], request: Omit<MetricsRequest, 'timeZone'>, timeZone = ZONE) {
  const summary = mergeDaySummaries(summariseDays(cgm, request, timeZone));
  return ambulatoryProfile(summary, { ...request, timeZone }, cgm);
}

const dayOf = (at: number) => Math.floor((at - startAt) / DAY_MS) + 1;
const window = (days: number, askedBy: 'days' | 'range' = 'days') => ({
  from: startAt,
  to: startAt + days * DAY_MS,
  askedBy,
});

describe('the profile of ten days, each ten mg/dL above the day before', () => {
  const { from, to } = window(10);
  const profile = profileOf([series(from, to, (at) => 10 * dayOf(at) + 50)], window(10));

  it('has the percentiles of R’s quantile(seq(60, 150, 10), type = 7) in every slot from 00:05 to 23:55', () => {
    expect(profile).toMatchObject({ slotMin: 5, sufficient: true, daysWithData: 10, activePercent: 100 });
    expect(profile.slots).toHaveLength(288);
    for (const slot of profile.slots!.slice(0, -1)) {
      expect(slot.dayCount).toBe(10);
      const expected = { p5: 64.5, p25: 82.5, p50: 105, p75: 127.5, p95: 145.5 };
      for (const [name, value] of Object.entries(slot.percentilesMgPerDl!))
        expect(value).toBeCloseTo(expected[name as keyof typeof expected], 10);
    }
  });

  it('has a slot at 24:00 that belongs to the day that ends, and lacks what lies after the last reading', () => {
    expect(profile.slots!.map(({ minuteOfDay }) => minuteOfDay).slice(0, 2)).toEqual([5, 10]);
    // 24:00 of a day is the first reading of the next: 70 … 150.
    expect(profile.slots!.at(-1)).toMatchObject({
      minuteOfDay: 1440,
      dayCount: 9,
      percentilesMgPerDl: { p50: 110 },
    });
  });
});

describe('a slot with fewer than five days', () => {
  it('says how many there were and has no percentiles', () => {
    // Away from 08:00 to 10:00 on ten of fourteen days.
    const away = (at: number) => dayOf(at) > 4 && (at - startAt) % DAY_MS >= 8 * 3_600_000;
    const { from, to } = window(14);
    const profile = profileOf(
      [series(from, to, (at) => (away(at) && (at - startAt) % DAY_MS < 10 * 3_600_000 ? undefined : 100))],
      window(14),
    );
    expect(profile.slots!.find(({ minuteOfDay }) => minuteOfDay === 9 * 60)).toEqual({ minuteOfDay: 540, dayCount: 4 });
    expect(profile.slots!.find(({ minuteOfDay }) => minuteOfDay === 11 * 60)).toMatchObject({ dayCount: 14 });
  });

  it('has them from the fifth day on', () => {
    const away = (at: number) => dayOf(at) > 5 && (at - startAt) % DAY_MS >= 8 * 3_600_000;
    const { from, to } = window(14);
    const profile = profileOf(
      [series(from, to, (at) => (away(at) && (at - startAt) % DAY_MS < 10 * 3_600_000 ? undefined : 100))],
      window(14),
    );
    expect(profile.slots!.find(({ minuteOfDay }) => minuteOfDay === 9 * 60)).toMatchObject({
      dayCount: 5,
      percentilesMgPerDl: { p50: 100 },
    });
  });
});

describe('an insufficient window', () => {
  const { from, to } = window(14);
  const rare = [series(from, to, (at) => ((at - startAt) % DAY_MS < 16 * 3_600_000 ? 100 : undefined))];

  it('below 70 % has no profile, however it is asked for', () => {
    for (const askedBy of ['days', 'range'] as const) {
      const profile = profileOf(rare, window(14, askedBy));
      expect(profile).toMatchObject({ sufficient: false, daysWithData: 14 });
      expect([profile.slots, profile.slotMin]).toEqual([undefined, undefined]);
    }
  });

  it('that is only short has one where it is asked for by from and to, marked as such', () => {
    const week = [series(startAt, startAt + 7 * DAY_MS, () => 100)];
    expect(profileOf(week, window(7)).slots).toBeUndefined();
    const profile = profileOf(week, window(7, 'range'));
    expect(profile).toMatchObject({ sufficient: false, shortWindow: true });
    expect(profile.slots![0]).toMatchObject({ dayCount: 7, percentilesMgPerDl: { p5: 100, p95: 100 } });
  });

  it('without a reading has none', () => {
    expect(profileOf([], window(14))).toMatchObject({ sufficient: false, daysWithData: 0, activePercent: 0 });
  });
});

it('a sensor that reads every 15 minutes gets slots of 15 minutes', () => {
  const { from, to } = window(14);
  const profile = profileOf([series(from, to, () => 100, 15)], window(14));
  expect(profile.slotMin).toBe(15);
  expect(profile.slots!.map(({ minuteOfDay }) => minuteOfDay)).toEqual(
    Array.from({ length: 96 }, (_, index) => 15 * (index + 1)),
  );
});

it('where clocks are put back the hour that comes twice counts as one day, and no other slot moves', () => {
  const zone = 'Europe/Berlin';
  const from = localDayBounds('2026-10-12', zone).startAt;
  const to = localDayBounds('2026-10-26', zone).startAt;
  const localHour = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', hourCycle: 'h23' });
  const profile = profileOf(
    [series(from, to, (at) => 100 + Number(localHour.format(at)))],
    { from, to, askedBy: 'days' },
    zone,
  );
  const slotAt = (minute: number) => profile.slots!.find(({ minuteOfDay }) => minuteOfDay === minute);
  expect(slotAt(2 * 60 + 30)).toMatchObject({ dayCount: 14, percentilesMgPerDl: { p5: 102, p95: 102 } });
  expect(slotAt(7 * 60 + 30)).toMatchObject({ dayCount: 14, percentilesMgPerDl: { p5: 107, p95: 107 } });
});

it('readings in mmol/L are counted unrounded', () => {
  const { from, to } = window(14);
  const mmol = series(from, to, () => 6.4);
  const cgm = { ...mmol, meta: Array.from(mmol.meta, () => META.mmol) };
  const expected = mgPerDlOf(6.4, META.mmol);
  expect(profileOf([cgm], window(14)).slots![10]).toMatchObject({ percentilesMgPerDl: { p50: expected } });
});
