import { describe, expect, test } from 'vitest';
import {
  SHANGHAI as cal,
  cgmDay,
  daysFrom,
  daysOf,
  endless,
  fingersticks,
  type HistoryParts,
  MINUTE_MS,
  pressureAt,
  profileOf,
  seriesOf,
} from '../../tests/readings/patient-histories.ts';
import { createAdh01SessionsMissed } from './adh-01-sessions-missed.ts';
import { createAdh02NotMeasuring } from './adh-02-not-measuring.ts';
import { createData05CgmInsufficient } from './data-05-cgm-insufficient.ts';
import type { HistoryRule } from './history-rule.ts';
import { HISTORY_RULE_CATALOGUE } from './history-rule-catalogue.ts';
import type { PatientProfile } from './rule.ts';

const judge = (rule: HistoryRule, parts: HistoryParts, now: number, profile: Partial<PatientProfile> = {}) =>
  rule.evaluate(endless(cal, parts), profileOf(cal, profile), now);
const sticks = (days: readonly number[], min = 0) =>
  fingersticks(
    cal,
    days.map((day) => ({ day, min, value: 6 })),
  );
const pressures = (days: readonly number[]) =>
  days.flatMap((day) => [0, 2].map((min) => pressureAt(cal, { day, hour: 8, min, systolic: 120 })));

describe('DATA-05: too few CGM readings in 14 days', () => {
  const rule = createData05CgmInsufficient();
  const worn = (activePercent: number, days = daysFrom(0, 14)) =>
    days.map((day) => cgmDay(cal, day, { activePercent }));

  test('70 % of the slots are enough, less is an info', () => {
    const firstCgmAt = cal.at(0);
    expect(judge(rule, { cgmDays: worn(70), firstCgmAt }, cal.at(14))).toMatchObject({
      verdict: 'clear',
      explanation: { reason: 'sufficient' },
    });
    expect(judge(rule, { cgmDays: worn(69.9), firstCgmAt }, cal.at(14))).toMatchObject({
      verdict: 'firing',
      severity: 'info',
      explanation: { reason: 'insufficient' },
    });
  });

  test('days without readings count as missing', () => {
    const parts = { cgmDays: worn(100, daysFrom(0, 9)), firstCgmAt: cal.at(0) };
    expect(judge(rule, parts, cal.at(14)).verdict).toBe('firing');
  });

  test('nothing is said before 14 whole days since the first reading', () => {
    const parts = { cgmDays: worn(10, daysFrom(0, 20)), firstCgmAt: cal.at(0) + 1 };
    expect(judge(rule, parts, cal.at(14))).toMatchObject({
      verdict: 'unknown',
      explanation: { reason: 'not_enough_data' },
    });
    expect(daysOf(cal, judge(rule, parts, cal.at(15)))).toEqual([[15, undefined]]);
    expect(judge(rule, {}, cal.at(14))).toMatchObject({ verdict: 'unknown', explanation: { reason: 'not_expected' } });
  });

  test('with a plan CGM is expected in its periods alone, and they have to cover the 14 days', () => {
    const parts = { cgmDays: worn(10, daysFrom(0, 40)), firstCgmAt: cal.at(0) };
    const planned = (from: number, to?: number) => ({ cgmPeriods: [{ from, to }] });
    expect(judge(rule, parts, cal.at(19), planned(cal.at(5))).verdict).toBe('firing');
    expect(judge(rule, parts, cal.at(19), planned(cal.at(5) + 1)).verdict).toBe('unknown');
    expect(daysOf(cal, judge(rule, parts, cal.at(30), planned(cal.at(0), cal.at(20))))).toEqual([[14, 21]]);
    expect(daysOf(cal, judge(rule, parts, cal.at(20), planned(cal.at(0), cal.at(20))))).toEqual([[14, undefined]]);
    expect(judge(rule, parts, cal.at(5), planned(cal.at(5)))).toMatchObject({
      explanation: { reason: 'not_expected' },
    });
  });

  test('it ends with 70 %, and begins again only with 14 new days', () => {
    const cgmDays = [...worn(40), ...worn(100, daysFrom(14, 24)), ...worn(0.1, daysFrom(24, 60))];
    const until = (day: number) => daysOf(cal, judge(rule, { cgmDays, firstCgmAt: cal.at(0) }, cal.at(day)));
    expect(until(34)).toEqual([[14, 21]]);
    expect(until(35)).toEqual([
      [14, 21],
      [35, undefined],
    ]);
  });
});

describe('ADH-01: planned measurements missed', () => {
  const rule = createAdh01SessionsMissed();
  const plans = [{ from: cal.at(0), glucoseSessionsPerWeek: 4 }];
  const both = [{ from: cal.at(0), glucoseSessionsPerWeek: 4, bloodPressureSessionsPerWeek: 6 }];
  const week = (parts: HistoryParts) => judge(rule, { plans, ...parts }, cal.at(7));

  test('half of the planned sessions is enough, less is an info for the patient and in the team’s list', () => {
    expect(week({ smbg: [sticks([0, 3])] })).toMatchObject({
      verdict: 'clear',
      explanation: { reason: 'enough_sessions' },
    });
    expect(week({ smbg: [sticks([3])] })).toMatchObject({
      verdict: 'firing',
      severity: 'info',
      explanation: { reason: 'sessions_missed', stage: 1 },
    });
    expect(rule.stages).toEqual([{ afterMs: 0, severity: 'info', audience: 'patient' }]);
  });

  test('fingersticks within 10 min are one session, of whichever meter', () => {
    expect(week({ smbg: [sticks([3]), fingersticks(cal, [{ day: 3, min: 10, value: 6 }], 9)] }).verdict).toBe('firing');
    expect(week({ smbg: [sticks([3]), fingersticks(cal, [{ day: 3, min: 11, value: 6 }], 9)] }).verdict).toBe('clear');
  });

  test('each kind for itself: many fingersticks make up for no blood pressure', () => {
    const smbg = [sticks(daysFrom(0, 7))];
    expect(week({ plans: both, smbg, bp: pressures([1, 2]) }).verdict).toBe('firing');
    expect(week({ plans: both, smbg, bp: pressures([1, 2, 3]) }).verdict).toBe('clear');
    expect(week({ plans: both, bp: pressures(daysFrom(0, 7)) }).verdict).toBe('firing');
  });

  test('the seven days before today count, today and the eighth do not', () => {
    expect(week({ smbg: [sticks([0, 6])] }).verdict).toBe('clear');
    const midnights = (...days: number[]) => [
      fingersticks(
        cal,
        days.map((day) => ({ day, hour: 0, value: 6 })),
      ),
    ];
    expect(week({ smbg: midnights(0, 3) }).verdict).toBe('clear');
    expect(week({ smbg: midnights(3, 7) }).verdict).toBe('firing');
    const others = [sticks([-1, 0, 7])];
    expect(week({ smbg: others }).verdict).toBe('firing');
    expect(
      week({
        smbg: [
          fingersticks(cal, [
            { day: 0, hour: 0, value: 6 },
            { day: 7, hour: 0, value: 6 },
          ]),
        ],
      }).verdict,
    ).toBe('firing');
  });

  test('without a plan, or before plan and registration are seven days old, nothing is said', () => {
    expect(week({ plans: [] })).toMatchObject({ verdict: 'unknown', explanation: { reason: 'no_plan' } });
    expect(week({ plans: [{ from: cal.at(-30), glucoseSessionsPerWeek: 0 }] }).explanation.reason).toBe('no_plan');
    const begun = (from: number) => week({ plans: [{ from, glucoseSessionsPerWeek: 4 }] });
    expect(begun(cal.at(0)).verdict).toBe('firing');
    expect(begun(cal.at(0) + 1)).toMatchObject({ verdict: 'unknown', explanation: { reason: 'not_enough_data' } });
    expect(judge(rule, { plans }, cal.at(7), { registeredAt: cal.at(0) }).verdict).toBe('firing');
    expect(judge(rule, { plans }, cal.at(7), { registeredAt: cal.at(0) + 1 }).verdict).toBe('unknown');
    expect(week({ plans: [{ from: cal.at(-30), to: cal.at(6), glucoseSessionsPerWeek: 4 }] }).verdict).not.toBe(
      'unknown',
    );
    expect(
      judge(rule, { plans: [{ from: cal.at(3), to: cal.at(6), glucoseSessionsPerWeek: 4 }] }, cal.at(7)).explanation
        .reason,
    ).toBe('no_plan');
  });

  test('a plan that changes in the week is counted day by day', () => {
    const changed = [
      { from: cal.at(0), to: cal.at(4), glucoseSessionsPerWeek: 7 },
      { from: cal.at(4), glucoseSessionsPerWeek: 14 },
    ];
    // 4 of the first plan's days and 3 of the second: 10 sessions.
    expect(week({ plans: changed, smbg: [sticks(daysFrom(0, 5))] }).verdict).toBe('clear');
    expect(week({ plans: changed, smbg: [sticks(daysFrom(0, 4))] }).verdict).toBe('firing');
  });

  test('it ends with 70 %, or when nothing is planned any more', () => {
    const ten = [{ from: cal.at(-10), glucoseSessionsPerWeek: 10 }];
    const since = (count: number) => sticks(Array.from({ length: count }, (_, n) => 7 + Math.floor(n / 2))).length;
    expect(since(7)).toBe(7);
    const session = (n: number) => ({ day: 7 + Math.floor(n / 2), hour: 7 + 6 * (n % 2), value: 6 });
    const done = (count: number) => [
      fingersticks(
        cal,
        Array.from({ length: count }, (_, n) => session(n)),
      ),
    ];
    expect(daysOf(cal, judge(rule, { plans: ten, smbg: done(7) }, cal.at(14)))[0]?.[1]).toBe(11);
    expect(daysOf(cal, judge(rule, { plans: ten, smbg: done(6) }, cal.at(14)))[0]?.[1]).toBeUndefined();
    const over = [{ from: cal.at(-10), to: cal.at(9), glucoseSessionsPerWeek: 10 }];
    expect(daysOf(cal, judge(rule, { plans: over }, cal.at(14)))).toEqual([[-3, 10]]);
    const anotherPlan = [...over, { from: cal.at(12), glucoseSessionsPerWeek: 10 }];
    expect(daysOf(cal, judge(rule, { plans: anotherPlan }, cal.at(18)))).toEqual([[-3, 10]]);
  });

  test('after its end seven new days have to be missed', () => {
    const smbg = [sticks(daysFrom(7, 10))];
    expect(
      daysOf(cal, judge(rule, { plans: [{ from: cal.at(0), glucoseSessionsPerWeek: 4 }], smbg }, cal.at(16))),
    ).toEqual([[7, 10]]);
    expect(
      daysOf(cal, judge(rule, { plans: [{ from: cal.at(0), glucoseSessionsPerWeek: 4 }], smbg }, cal.at(17))),
    ).toEqual([
      [7, 10],
      [17, undefined],
    ]);
  });
});

describe('ADH-02: nothing measured for 14 days', () => {
  const rule = createAdh02NotMeasuring();
  const registered5 = { registeredAt: cal.at(-5) };

  test('fourteen whole days without a measurement are a warning', () => {
    const parts = { bp: [pressureAt(cal, { day: 0, hour: 0, systolic: 120 })] };
    expect(judge(rule, parts, cal.at(15) - 1, registered5)).toMatchObject({
      verdict: 'clear',
      explanation: { reason: 'measured' },
    });
    expect(judge(rule, parts, cal.at(15), registered5)).toMatchObject({
      verdict: 'firing',
      severity: 'warning',
      explanation: { reason: 'nothing_measured' },
    });
    expect(daysOf(cal, judge(rule, parts, cal.at(40), registered5))).toEqual([[15, undefined]]);
  });

  test('a measurement of any kind ends it at once', () => {
    const first = { bp: [pressureAt(cal, { day: 0, hour: 8, systolic: 120 })] };
    const ends = (parts: HistoryParts) => daysOf(cal, judge(rule, { ...first, ...parts }, cal.at(21), registered5));
    expect(ends({ smbg: [fingersticks(cal, [{ day: 20, hour: 12, value: 6 }])] })).toEqual([[15, 20.5]]);
    expect(ends({ cgmDays: [cgmDay(cal, 20)] })).toEqual([[15, 20]]);
    expect(ends({ lastAt: { cgm: cal.at(20, 6) } })).toEqual([[15, 20.25]]);
    expect(ends({ bp: [...first.bp, pressureAt(cal, { day: 20, hour: 12, systolic: 120 })] })).toEqual([[15, 20.5]]);
    expect(ends({ bp: [...first.bp, pressureAt(cal, { day: 14, hour: 23, min: 59, systolic: 120 })] })).toEqual([]);
    expect(ends({ bp: [...first.bp, pressureAt(cal, { day: 15, hour: 0, systolic: 120 })] })).toEqual([[15, 15]]);
  });

  test('who never measured is counted from the day of registration', () => {
    const registered = (registeredAt: number) => daysOf(cal, judge(rule, {}, cal.at(16), { registeredAt }));
    expect(registered(cal.at(0, 10))).toEqual([[15, undefined]]);
    expect(registered(cal.at(1))).toEqual([[16, undefined]]);
    expect(registered(cal.at(2))).toEqual([]);
  });

  test('two readings of a day are seen by the first', () => {
    const rows = [20, 20].map((day, n) => ({ measuredAt: cal.at(day, 12) + n * MINUTE_MS, value: 6, meta: 1 }));
    const parts = { smbg: [seriesOf(rows, 2)], lastAt: { smbg: rows[1]!.measuredAt } };
    expect(daysOf(cal, judge(rule, parts, cal.at(21), { registeredAt: cal.at(0) }))[0]?.[1]).toBe(20.5);
  });

  test('any reading ends it, so ingest asks at once', () => expect(rule.endsWithAnyReading).toBe(true));
});

describe('a patient registered today', () => {
  test.each(HISTORY_RULE_CATALOGUE.map((rule) => [rule.id, rule] as const))('%s says nothing', (_, rule) => {
    const parts: HistoryParts = {
      conditions: ['type_2_diabetes', 'hypertension'],
      plans: [
        { from: cal.at(0, 9), glucoseSessionsPerWeek: 7, bloodPressureSessionsPerWeek: 7, visitIntervalMonths: 1 },
      ],
    };
    for (const now of [cal.at(0, 9), cal.at(0, 23), cal.at(1), cal.at(6)]) {
      const said = judge(rule, parts, now, { registeredAt: cal.at(0, 9), cgmPeriods: [{ from: cal.at(0, 9) }] });
      expect(said.episodes).toEqual([]);
      expect(['clear', 'unknown']).toContain(said.verdict);
    }
  });
});
