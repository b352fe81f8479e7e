// What every rule of weeks promises: a history that slides on shows the same episodes as one that never ends, whatever order things
// came in, and values about a line are one episode.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Calendar,
  cgmDay,
  daysFrom,
  endless,
  fingersticks,
  followed,
  type HistoryParts,
  homeDays,
  knownAt,
  MINUTE_MS,
  NEW_YORK,
  pressureAt,
  profileOf,
  SHANGHAI,
  seriesOf,
  stretchesOf,
} from '../../tests/readings/patient-histories.ts';
import type { GlucoseSeries } from '../glucose-series.ts';
import { localDayOf } from '../local-day.ts';
import type { DaySummary } from '../metrics/day-summary.ts';
import type { BloodPressureReading } from '../reading.ts';
import type { HistoryRule } from './history-rule.ts';
import { HISTORY_RULE_CATALOGUE } from './history-rule-catalogue.ts';
import { maySay } from './rule-severities.ts';

const DAYS = 70;
const RULES = HISTORY_RULE_CATALOGUE.map((rule) => [rule.id, rule] as const);
const byId = (id: string) => HISTORY_RULE_CATALOGUE.find((rule) => rule.id === id)!;

/** Some days alike, then others: trends and weeks need runs. */
const runs = <T>(one: fc.Arbitrary<T>) =>
  fc
    .array(fc.tuple(one, fc.integer({ min: 1, max: 20 })), { minLength: 5, maxLength: 15 })
    .map((list) => list.flatMap(([value, days]) => Array<T>(days).fill(value)).slice(0, DAYS));

/** Ten weeks, some of which rise; mornings above evenings, or not; days that are left out. */
const arbitraryPressures = (calendar: Calendar) =>
  fc
    .tuple(
      fc.array(fc.integer({ min: 118, max: 165 }), { minLength: 10, maxLength: 10 }),
      fc.integer({ min: 0, max: 5 }),
      runs(fc.tuple(fc.constantFrom(0, 0, 6, 24), fc.integer({ min: 70, max: 104 }), fc.constantFrom(0, 1, 4, 4, 4))),
    )
    .map(([means, rising, days]) => {
      const weeks = [...means.slice(0, rising), ...means.slice(rising).sort((x, y) => x - y)];
      return days.flatMap(([morningAbove, diastolic, count], day) =>
        homeDays(calendar, [day], weeks[Math.floor(day / 7)]!, diastolic)
          .map((reading, n) => ({ ...reading, systolicMmHg: reading.systolicMmHg + (n < 2 ? morningAbove : 0) }))
          .slice(0, count),
      );
    });

const arbitraryFingersticks = (calendar: Calendar) =>
  runs(
    fc.record({
      value: fc.integer({ min: 60, max: 80 }).map((tenths) => tenths / 10),
      context: fc.constantFrom('fasting', 'fasting', 'random'),
      isMeasured: fc.constantFrom(true, true, false),
    }),
  ).map((days) => [
    fingersticks(
      calendar,
      days.flatMap(({ isMeasured, ...stick }, day) => (isMeasured ? [{ day, hour: 6 + (day % 3), ...stick }] : [])),
    ),
  ]);

interface CgmNight {
  readonly bands: Parameters<typeof cgmDay>[2];
  /** Hour of a low, none where it is 12. */
  readonly lowHour: number;
}

const arbitraryNights = runs(
  fc.record({
    bands: fc.record({
      low: fc.constantFrom(1, 1, 30, 39, 50),
      veryLow: fc.constantFrom(0, 0, 9, 11),
      high: fc.integer({ min: 150, max: 450 }),
      meanMgPerDl: fc.integer({ min: 120, max: 170 }),
      activePercent: fc.constantFrom(0, 60, 72, 100, 100),
    }),
    lowHour: fc.constantFrom(0, 3, 5, 12, 12, 12),
  }),
);

function cgmOf(calendar: Calendar, nights: readonly CgmNight[]): { cgmDays: DaySummary[]; cgm: GlucoseSeries[] } {
  const worn = nights.flatMap((night, day) => (night.bands!.activePercent === 0 ? [] : [{ ...night, day }]));
  const rows = worn.flatMap(({ lowHour, day }) =>
    daysFrom(0, 40).map((slot) => {
      const measuredAt = calendar.at(day) - 120 * MINUTE_MS + slot * 15 * MINUTE_MS;
      const isLow =
        lowHour < 12 && measuredAt >= calendar.at(day, lowHour) && measuredAt < calendar.at(day, lowHour, 45);
      return { measuredAt, value: isLow ? 60 : 120, meta: 0 };
    }),
  );
  return { cgmDays: worn.map(({ bands, day }) => cgmDay(calendar, day, bands)), cgm: [seriesOf(rows, 3, 15)] };
}

const arbitraryCare = (calendar: Calendar): fc.Arbitrary<HistoryParts> =>
  fc.record({
    conditions: fc.constantFrom(['hypertension'], []),
    riskGroup: fc.constantFrom('standard', 'older_high_risk'),
    visits: fc.uniqueArray(fc.integer({ min: -2, max: DAYS }), { maxLength: 5 }).chain((days) =>
      fc.tuple(
        ...days
          .sort((a, b) => a - b)
          .map((day) =>
            fc.record({
              at: fc.constant(calendar.at(day, 10)),
              kind: fc.constantFrom('clinic', 'phone'),
              controlled: fc.constantFrom(true, false, undefined),
            }),
          ),
      ),
    ),
    plans: fc
      .tuple(fc.integer({ min: -1, max: 30 }), fc.integer({ min: 31, max: 90 }), fc.integer({ min: 1, max: 14 }))
      .map(([from, to, sessions]) => [
        {
          from: calendar.at(from),
          to: calendar.at(to),
          glucoseSessionsPerWeek: sessions,
          bloodPressureSessionsPerWeek: sessions,
          visitIntervalMonths: 1,
        },
      ]),
  });

const arbitraryHistory = (calendar: Calendar) =>
  fc
    .tuple(arbitraryPressures(calendar), arbitraryFingersticks(calendar), arbitraryNights, arbitraryCare(calendar))
    .map(([bp, smbg, nights, care]) => {
      const cgm = cgmOf(calendar, nights);
      const firstCgmAt = cgm.cgmDays[0]?.firstMeasuredAt;
      const firstCgmDays = cgm.cgmDays.filter(({ day }) => day < calendar.day(28));
      return endless(calendar, { bp, smbg, ...cgm, ...care, firstCgmDays, firstCgmAt });
    });

type Row = Parameters<typeof seriesOf>[0][number];

const rowsOf = (list: readonly GlucoseSeries[]): Row[] =>
  list.flatMap(({ length, measuredAt, value, meta }) =>
    daysFrom(0, length).map((row) => ({ measuredAt: measuredAt[row]!, value: value[row]!, meta: meta[row]! })),
  );

/** After midnight, and when nights are judged. */
const asked = ({ at }: Calendar) => daysFrom(-2, DAYS + 1).flatMap((day) => [at(day, 0, 5), at(day, 8, 10)]);

describe.each([
  ['Asia/Shanghai', SHANGHAI],
  ['America/New_York, where clocks are put forward', NEW_YORK],
] as const)('in %s', (_, calendar) => {
  const profile = profileOf(calendar, { registeredAt: calendar.at(-2) });

  test.each(RULES)('%s: a history that slides on leaves the episodes that all of it shows at once', (_id, rule) => {
    let found = 0;
    fc.assert(
      fc.property(arbitraryHistory(calendar), (whole) => {
        const instants = asked(calendar);
        const persisted = followed(rule, profile, instants, (now) => knownAt(calendar, rule, whole, now));
        const { episodes } = rule.evaluate(knownUpTo(whole, instants.at(-1)!), profile, instants.at(-1)!);
        found += episodes.length;
        for (const { severity } of episodes) expect(maySay(rule.id, severity)).toBe(true);
        expect(stretchesOf(persisted.episodes)).toEqual(stretchesOf(episodes));
      }),
      { numRuns: 8, seed: 20261122 },
    );
    expect(found).toBeGreaterThan(0);
  });
});

const knownUpTo = (whole: ReturnType<typeof endless>, now: number) => ({
  ...whole,
  care: { ...whole.care, visits: whole.care.visits.filter(({ at }) => at <= now) },
});

describe('the order in which things came', () => {
  const profile = profileOf(SHANGHAI);
  const now = SHANGHAI.at(DAYS);
  type Measured = { readonly measuredAt: number };
  const inOrder = <T extends Measured>(list: Iterable<T>) => [...list].sort((a, b) => a.measuredAt - b.measuredAt);
  /** In any order, some left out, some twice; they come in four parts, and after each the rule is asked. */
  const arrivalsOf = <T extends Measured>(list: readonly T[]) =>
    fc.shuffledSubarray([...list, ...list.slice(0, 5)], { minLength: list.length });

  /** @returns how many episodes there were */
  function expectOrderFree<T extends Measured>(
    rule: HistoryRule,
    arrivals: readonly T[],
    historyOf: (rows: readonly T[]) => HistoryParts,
  ): number {
    const kept = new Map<number, T>();
    const parts = daysFrom(0, 4).map((n) => arrivals.slice(0, Math.ceil(((n + 1) * arrivals.length) / 4)));
    const instants = daysFrom(0, 4).map((n) => now + n);
    const persisted = followed(rule, profile, instants, (at) => {
      for (const row of parts[at - now]!) kept.set(row.measuredAt, row);
      return endless(SHANGHAI, historyOf(inOrder(kept.values())));
    });
    const sorted = inOrder(new Map(inOrder(arrivals).map((row) => [row.measuredAt, row])).values());
    const { episodes } = rule.evaluate(endless(SHANGHAI, historyOf(sorted)), profile, now);
    expect(stretchesOf(persisted.episodes)).toEqual(stretchesOf(episodes));
    return episodes.length;
  }

  test.each([byId('BP-03'), byId('BP-04'), byId('BP-06'), byId('TREND-04')].map((rule) => [rule.id, rule] as const))(
    '%s: pressures in any order, some twice, leave the episodes of the sorted ones',
    (_id, rule) => {
      let found = 0;
      fc.assert(
        fc.property(arbitraryPressures(SHANGHAI).chain(arrivalsOf<BloodPressureReading>), (arrivals) => {
          found += expectOrderFree(rule, arrivals, (bp) => ({ bp }));
        }),
        { numRuns: 60 },
      );
      expect(found).toBeGreaterThan(0);
    },
  );

  test('SMBG-04: fingersticks in any order, some twice, leave the episodes of the sorted ones', () => {
    let found = 0;
    fc.assert(
      fc.property(
        arbitraryFingersticks(SHANGHAI)
          .map(rowsOf)
          .chain(arrivalsOf<Row>),
        (arrivals) => {
          found += expectOrderFree(byId('SMBG-04'), arrivals, (rows) => ({ smbg: [seriesOf(rows, 2)] }));
        },
      ),
      { numRuns: 30 },
    );
    expect(found).toBeGreaterThan(0);
  });

  test('CGM-08: nights in any order, some readings twice, leave the episodes of the sorted ones', () => {
    let found = 0;
    const nights = arbitraryNights.map((some) => cgmOf(SHANGHAI, some));
    const told = nights.chain(({ cgm, cgmDays }) => fc.tuple(fc.constant(cgmDays), arrivalsOf(rowsOf(cgm))));
    fc.assert(
      fc.property(told, ([cgmDays, arrivals]) => {
        found += expectOrderFree(byId('CGM-08'), arrivals, (rows) => {
          const days = new Set(rows.map(({ measuredAt }) => localDayOf(measuredAt, SHANGHAI.timeZone)));
          return { cgm: [seriesOf(rows, 3, 15)], cgmDays: cgmDays.filter(({ day }) => days.has(day)) };
        });
      }),
      { numRuns: 15 },
    );
    expect(found).toBeGreaterThan(0);
  });
});

describe('values about a line', () => {
  const profile = profileOf(SHANGHAI);
  /** Each day just below or just at the line. */
  const flips = (days: number) => fc.array(fc.boolean(), { minLength: days, maxLength: days });
  const episodesOf = (rule: HistoryRule, parts: HistoryParts, day: number) =>
    rule.evaluate(endless(SHANGHAI, parts), profile, SHANGHAI.at(day)).episodes.length;

  test('BP-04 and BP-06: a week of readings about 135 is at most one episode', () => {
    fc.assert(
      fc.property(flips(8), (high) => {
        const bp = high.flatMap((isHigh, day) => homeDays(SHANGHAI, [day], isHigh ? 135 : 134));
        expect(episodesOf(byId('BP-04'), { bp }, 8)).toBeLessThanOrEqual(1);
        expect(episodesOf(byId('BP-06'), { bp }, 8)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('BP-03: a week of readings about 160 is at most one episode', () => {
    fc.assert(
      fc.property(flips(7), (high) => {
        const bp = high.map((isHigh, day) => pressureAt(SHANGHAI, { day, hour: 8, systolic: isHigh ? 160 : 159 }));
        expect(episodesOf(byId('BP-03'), { bp }, 7)).toBe(high.filter(Boolean).length >= 2 ? 1 : 0);
      }),
    );
  });

  test('SMBG-04: ten fasting days about 7.0 are at most two episodes, a week one', () => {
    fc.assert(
      fc.property(flips(7), (high) => {
        const sticks = high.map((isHigh, day) => ({ day, value: isHigh ? 7.0 : 6.9, context: 'fasting' as const }));
        expect(episodesOf(byId('SMBG-04'), { smbg: [fingersticks(SHANGHAI, sticks)] }, 7)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test.each([
    ['TREND-01', { high: 250 }, { high: 300 }],
    ['TREND-02', { high: 299 }, { high: 300 }],
    ['TREND-03', { low: 39 }, { low: 40 }],
    ['DATA-05', { activePercent: 70 }, { activePercent: 69 }],
  ] as const)('%s: four weeks about the line are at most one episode', (id, below, beyond) => {
    fc.assert(
      fc.property(flips(42), (isBeyond) => {
        const cgmDays = isBeyond.map((is, day) => cgmDay(SHANGHAI, day, is ? beyond : below));
        const parts = { cgmDays, firstCgmAt: SHANGHAI.at(0) };
        expect(episodesOf(byId(id), parts, 27)).toBeLessThanOrEqual(1);
      }),
    );
  });
});
