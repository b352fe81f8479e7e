import { describe, expect, test } from 'vitest';
import {
  SHANGHAI as cal,
  calendarOf,
  daysFrom,
  daysOf,
  endless,
  homeDays,
  pressureAt,
  profileOf,
} from '../../tests/readings/patient-histories.ts';
import type { BloodPressureReading } from '../reading.ts';
import { createBp03HomeGrade2 } from './bp-03-home-grade-2.ts';
import { createBp04HomeElevated } from './bp-04-home-elevated.ts';
import { createBp06MorningHypertension } from './bp-06-morning-hypertension.ts';
import type { HistoryRule } from './history-rule.ts';
import { createTrend04RisingPressure } from './trend-04-rising-pressure.ts';

const profile = profileOf(cal);
const judge = (rule: HistoryRule, bp: readonly BloodPressureReading[], now: number) =>
  rule.evaluate(endless(cal, { bp: [...bp].sort((a, b) => a.measuredAt - b.measuredAt) }), profile, now);
const one = (day: number, hour: number, systolic: number, diastolic?: number, min = 0) =>
  pressureAt(cal, { day, hour, min, systolic, ...(diastolic !== undefined && { diastolic }) });

describe('BP-03: grade 2 at home on two days within a week', () => {
  const rule = createBp03HomeGrade2();
  const fires = (...bp: BloodPressureReading[]) => judge(rule, bp, cal.at(20)).verdict === 'firing';

  test('two days at 160 are a warning as soon as the second sitting is over, 10 min after its first reading', () => {
    const bp = [one(0, 8, 160), one(3, 8, 160)];
    const { verdict, nextDeadlineAt } = judge(rule, bp, cal.at(3, 8, 5));
    expect(verdict).toBe('clear');
    expect(nextDeadlineAt).toBe(cal.at(3, 8, 10));
    expect(judge(rule, bp, cal.at(3, 8, 10))).toMatchObject({
      verdict: 'firing',
      severity: 'warning',
      explanation: { reason: 'grade_2_on_days' },
      episodes: [{ startAt: cal.at(3, 8, 10), evidence: [{ measuredAt: cal.at(0, 8) }, { measuredAt: cal.at(3, 8) }] }],
    });
    expect(judge(rule, bp, cal.at(3, 8, 10)).nextDeadlineAt).toBeUndefined();
  });

  test('159/99 twice is not, 159/100 is', () => {
    expect(fires(one(0, 8, 159, 99), one(3, 8, 159, 99))).toBe(false);
    expect(fires(one(0, 8, 159, 100), one(3, 8, 159, 100))).toBe(true);
    expect(fires(one(0, 8, 160, 99), one(3, 8, 160, 99))).toBe(true);
  });

  test('two sittings of one day are one day', () => {
    expect(fires(one(0, 8, 165), one(0, 19, 165))).toBe(false);
    expect(fires(one(0, 8, 165), one(0, 19, 165), one(1, 8, 165))).toBe(true);
  });

  test('the seventh day counts, the eighth is too far', () => {
    expect(fires(one(0, 0, 165), one(6, 8, 165))).toBe(true);
    expect(fires(one(0, 23, 165), one(7, 0, 165))).toBe(false);
  });

  test('it is the sitting’s mean that counts: a second reading that brings it below takes it back', () => {
    expect(fires(one(0, 8, 165), one(3, 8, 170), one(3, 8, 148, 75, 2))).toBe(false);
    expect(fires(one(0, 8, 165), one(3, 8, 170), one(3, 8, 149, 75, 2))).toBe(true);
  });

  test('it ends with a week’s mean below 135/85 of what was measured since, not with the mean it began in', () => {
    const calm = [...homeDays(cal, [-3, -2, -1], 110), one(0, 8, 165), one(1, 8, 165)];
    expect(daysOf(cal, judge(rule, calm, cal.at(3)))).toEqual([[1.34, undefined]]);
    expect(daysOf(cal, judge(rule, [...calm, ...homeDays(cal, [2, 3, 4], 134, 84)], cal.at(9)))).toEqual([[1.34, 5]]);
    for (const [systolic, diastolic] of [
      [135, 84],
      [134, 85],
    ] as const) {
      const stays = [...calm, ...homeDays(cal, [2, 3, 4], systolic, diastolic)];
      expect(daysOf(cal, judge(rule, stays, cal.at(9)))).toEqual([[1.34, undefined]]);
    }
  });

  test('what was measured before the end begins no other episode', () => {
    const bp = [one(0, 8, 165), one(1, 8, 165), ...homeDays(cal, [2, 3, 4], 120)];
    expect(daysOf(cal, judge(rule, [...bp, one(5, 8, 165)], cal.at(6)))).toEqual([[1.34, 5]]);
    expect(daysOf(cal, judge(rule, [...bp, one(5, 8, 165), one(6, 8, 165)], cal.at(7)))).toHaveLength(2);
  });

  test('says why not: nothing measured in the week, or nothing at the line', () => {
    expect(judge(rule, [], cal.at(3)).explanation.reason).toBe('no_readings');
    expect(judge(rule, [one(-8, 8, 120)], cal.at(0)).explanation.reason).toBe('no_readings');
    expect(judge(rule, [one(0, 8, 120)], cal.at(3))).toMatchObject({
      verdict: 'clear',
      explanation: { reason: 'not_beyond_line' },
    });
  });

  test('the first instant of the seven days is looked at, and a sitting that is over at this moment', () => {
    expect(judge(rule, [one(-5, 0, 120)], cal.at(1)).verdict).toBe('clear');
    expect(judge(rule, [one(0, 23, 120, 75, 50)], cal.at(1)).verdict).toBe('clear');
    expect(judge(rule, [one(0, 23, 120, 75, 51)], cal.at(1)).verdict).toBe('unknown');
  });

  test('of two monitors it waits for the sitting that is not over yet', () => {
    const other = { ...one(0, 8, 165, 75, 5), deviceKey: 2 };
    expect(judge(rule, [one(0, 8, 165), other], cal.at(0, 8, 10)).nextDeadlineAt).toBe(cal.at(0, 8, 15));
  });

  test('a reading at the line may start it, a glucose value of the same number may not', () => {
    expect(rule.mayStart!('bp', 160, 80)).toBe(true);
    expect(rule.mayStart!('bp', 159, 99)).toBe(false);
    expect(rule.mayStart!('smbg', 160, 0)).toBe(false);
  });

  test('a sitting that is over asks for nothing more', () => {
    expect(judge(rule, [one(0, 8, 165)], cal.at(0, 8, 9)).nextDeadlineAt).toBe(cal.at(0, 8, 10));
    expect(judge(rule, [one(0, 8, 165)], cal.at(0, 8, 10)).nextDeadlineAt).toBeUndefined();
    expect(judge(rule, [one(0, 8, 120)], cal.at(0, 8, 9)).nextDeadlineAt).toBeUndefined();
  });

  test('a team’s own line is judged by and told', () => {
    const own = createBp03HomeGrade2({ systolic: { value: 150, unit: 'mmHg' }, onDays: { value: 1, unit: 'days' } });
    expect(judge(own, [one(0, 8, 150)], cal.at(1))).toMatchObject({
      verdict: 'firing',
      explanation: { thresholds: { systolic: { value: 150, origin: 'team' } } },
    });
  });
});

describe('BP-04: home pressure elevated', () => {
  const rule = createBp04HomeElevated();

  test('a week at 135 is a warning on the morning after the day that makes it sufficient', () => {
    const bp = homeDays(cal, daysFrom(0, 3), 135);
    expect(judge(rule, bp, cal.at(3) - 1).verdict).toBe('unknown');
    expect(judge(rule, bp, cal.at(3))).toMatchObject({
      verdict: 'firing',
      severity: 'warning',
      explanation: { reason: 'home_mean_elevated' },
    });
    expect(judge(rule, bp, cal.at(3)).episodes[0]?.evidence).toHaveLength(12);
  });

  test('134/84 is not elevated, 134/85 is', () => {
    const verdict = (systolic: number, diastolic: number) =>
      judge(rule, homeDays(cal, daysFrom(0, 7), systolic, diastolic), cal.at(7)).verdict;
    expect([verdict(134, 84), verdict(135, 84), verdict(134, 85)]).toEqual(['clear', 'firing', 'firing']);
  });

  test('two days, or eleven readings, are too few to say anything', () => {
    const reason = (bp: readonly BloodPressureReading[]) => judge(rule, bp, cal.at(4)).explanation.reason;
    expect(reason(homeDays(cal, [0, 1], 150))).toBe('not_enough_data');
    expect(reason(homeDays(cal, [0, 1, 2], 150).slice(1))).toBe('not_enough_data');
    expect(reason(homeDays(cal, [0, 1, 2], 150))).toBe('home_mean_elevated');
  });

  test('the day before the seven is not looked at', () => {
    const bp = [...homeDays(cal, [0], 200), ...homeDays(cal, daysFrom(1, 8), 130)];
    expect(judge(rule, bp, cal.at(8)).episodes.filter(({ endAt }) => endAt === undefined)).toEqual([]);
    expect(judge(rule, homeDays(cal, [0, 6, 7], 150), cal.at(8)).verdict).toBe('unknown');
    expect(judge(rule, homeDays(cal, [1, 6, 7], 150), cal.at(8)).verdict).toBe('firing');
  });

  test('the first instant of the seven days counts, the first of today does not', () => {
    const others = homeDays(cal, [6, 7], 150);
    const verdict = (...bp: BloodPressureReading[]) => judge(rule, [...others, ...bp], cal.at(8)).verdict;
    const three = [0, 1, 2].map((min) => one(1, 9, 150, 75, min));
    expect(verdict(one(1, 0, 150), ...three)).toBe('firing');
    expect(verdict(one(1, 9, 150), ...three.slice(0, 2), one(8, 0, 150))).toBe('unknown');
    const { episodes } = judge(rule, [...others, one(1, 0, 150), ...three, one(8, 0, 150)], cal.at(8));
    expect(episodes[0]!.evidence.at(-1)!.measuredAt).toBe(cal.at(7, 19, 1));
  });

  test('it ends with the next sufficient mean, made of what was measured since', () => {
    const bp = [...homeDays(cal, daysFrom(0, 3), 150), ...homeDays(cal, daysFrom(3, 8), 110)];
    expect(daysOf(cal, judge(rule, bp, cal.at(5)))).toEqual([[3, undefined]]);
    expect(daysOf(cal, judge(rule, bp, cal.at(8)))).toEqual([[3, 6]]);
    expect(judge(rule, bp, cal.at(6)).explanation.reason).toBe('recovered');
  });

  test('a patient who stops measuring stays elevated: silence ends nothing', () => {
    expect(daysOf(cal, judge(rule, homeDays(cal, daysFrom(0, 3), 150), cal.at(60)))).toEqual([[3, undefined]]);
  });

  test('a week of readings on both sides of the line is at most one episode', () => {
    const bp = daysFrom(0, 8).flatMap((day) => homeDays(cal, [day], day % 2 === 0 ? 136 : 134));
    expect(judge(rule, bp, cal.at(8)).episodes.length).toBeLessThanOrEqual(1);
  });
});

describe('BP-06: morning hypertension', () => {
  const rule = createBp06MorningHypertension();
  const week = (days: readonly number[], morning: [number, number], evening: [number, number]) =>
    days.flatMap((day) =>
      (
        [
          [7, morning],
          [19, evening],
        ] as const
      ).flatMap(([hour, [systolic, diastolic]]) => [0, 1].map((min) => one(day, hour, systolic, diastolic, min))),
    );

  test.each([
    [[135, 84], [134, 84], 'firing'],
    [[134, 85], [134, 84], 'firing'],
    [[134, 84], [134, 84], 'clear'],
    [[150, 90], [135, 84], 'clear'],
    [[150, 90], [134, 85], 'clear'],
  ] as const)('mornings %j and evenings %j: %s', (morning, evening, verdict) => {
    const bp = week(daysFrom(0, 7), [...morning], [...evening]);
    expect(judge(rule, bp, cal.at(7))).toMatchObject({ verdict, ...(verdict === 'firing' && { severity: 'info' }) });
  });

  test('without evenings, or with too few readings, nothing can be said', () => {
    const mornings = week(daysFrom(0, 7), [150, 90], [120, 70]).filter(
      ({ measuredAt }) => (measuredAt / 3_600_000 + 8) % 24 < 12,
    );
    expect(judge(rule, mornings, cal.at(7))).toMatchObject({
      verdict: 'unknown',
      explanation: { reason: 'not_enough_data' },
    });
    expect(judge(rule, week([0, 1], [150, 90], [120, 70]), cal.at(7)).verdict).toBe('unknown');
  });

  test('a few mornings beside many evenings say nothing, nor the other way round', () => {
    const evenings = daysFrom(0, 7).flatMap((day) =>
      [18, 20].flatMap((hour) => [0, 1].map((min) => one(day, hour, 128, 80, min))),
    );
    const mornings = (...days: number[]) => days.flatMap((day) => [0, 1].map((min) => one(day, 7, 140, 80, min)));
    const verdict = (...bp: BloodPressureReading[]) =>
      judge(
        rule,
        [...bp].sort((a, b) => a.measuredAt - b.measuredAt),
        cal.at(7),
      ).verdict;
    expect(verdict(...evenings, one(3, 7, 140, 80))).toBe('unknown');
    expect(verdict(...evenings, ...mornings(0, 3))).toBe('unknown');
    expect(verdict(...evenings, ...mornings(3), ...[2, 3].map((min) => one(3, 7, 140, 80, min)))).toBe('unknown');
    expect(verdict(...evenings, ...mornings(3), one(4, 7, 140, 80))).toBe('unknown');
    expect(verdict(...evenings, ...mornings(3, 4))).toBe('firing');
    const manyMornings = daysFrom(0, 7).flatMap((day) => [0, 1, 2, 3].map((min) => one(day, 7, 140, 80, min)));
    const evening = (day: number) => [0, 1].map((min) => one(day, 19, 128, 80, min));
    expect(verdict(...manyMornings, ...evening(3))).toBe('unknown');
    expect(verdict(...manyMornings, ...evening(3), ...evening(4))).toBe('firing');
  });

  test('only next week’s mean ends it', () => {
    const bp = [...week(daysFrom(0, 3), [150, 80], [120, 70]), ...week(daysFrom(3, 20), [120, 70], [120, 70])];
    expect(daysOf(cal, judge(rule, bp, cal.at(9)))).toEqual([[3, undefined]]);
    expect(daysOf(cal, judge(rule, bp, cal.at(20)))).toEqual([[3, 10]]);
    const insufficient = bp.filter(({ measuredAt }) => measuredAt < cal.at(5) || measuredAt >= cal.at(12));
    expect(daysOf(cal, judge(rule, insufficient, cal.at(13)))).toEqual([[3, undefined]]);
    const goesOn = week(daysFrom(0, 20), [150, 80], [120, 70]);
    expect(daysOf(cal, judge(rule, goesOn, cal.at(20)))).toEqual([[3, undefined]]);
  });

  test('what was measured before the end begins no other episode', () => {
    const bp = [
      ...week(daysFrom(0, 3), [150, 80], [120, 70]),
      ...week(daysFrom(3, 9), [120, 70], [120, 70]),
      ...week([9], [170, 80], [120, 70]),
      ...week(daysFrom(10, 14), [160, 80], [120, 70]),
    ];
    expect(daysOf(cal, judge(rule, bp, cal.at(12)))).toEqual([[3, 10]]);
    expect(daysOf(cal, judge(rule, bp, cal.at(14)))).toEqual([
      [3, 10],
      [13, undefined],
    ]);
  });
});

describe('TREND-04: home systolic rising three weeks running', () => {
  const rule = createTrend04RisingPressure();
  const weeks = (...means: number[]) =>
    means.flatMap((mean, week) => homeDays(cal, daysFrom(week * 7, week * 7 + 7), mean));
  const verdict = (...means: number[]) => judge(rule, weeks(...means), cal.at(means.length * 7)).verdict;

  test('rises by 10 in all to 135: a warning', () => {
    expect(judge(rule, weeks(125, 128, 132, 135), cal.at(28))).toMatchObject({
      verdict: 'firing',
      severity: 'warning',
      explanation: { reason: 'rising_weeks' },
    });
  });

  test.each([
    ['9 in all', [126, 128, 132, 135], 'clear'],
    ['last at 134', [120, 124, 128, 134], 'clear'],
    ['first and second the same', [125, 125, 132, 137], 'clear'],
    ['second and third the same', [125, 130, 130, 137], 'clear'],
    ['third and last the same', [120, 130, 137, 137], 'clear'],
    ['a week that falls', [120, 137, 130, 140], 'clear'],
    ['three weeks', [120, 130, 140], 'unknown'],
  ] as const)('%s is not', (_, means, expected) => {
    expect(verdict(...means)).toBe(expected);
  });

  test('each of the four weeks has to be sufficient', () => {
    for (const week of [0, 1, 2, 3]) {
      const bp = weeks(125, 128, 132, 140).filter(
        ({ measuredAt }) => measuredAt < cal.at(week * 7) || measuredAt >= cal.at(week * 7 + 5),
      );
      expect(judge(rule, bp, cal.at(28)).verdict).toBe('unknown');
    }
  });

  test('ends with a week’s mean below 135 of what was measured since; 135 is not below', () => {
    const since = (mean: number) => [...weeks(125, 128, 132, 140), ...homeDays(cal, daysFrom(28, 35), mean)];
    expect(daysOf(cal, judge(rule, since(134), cal.at(35)))).toEqual([[28, 35]]);
    expect(daysOf(cal, judge(rule, since(135), cal.at(35)))).toEqual([[28, undefined]]);
  });

  test('after its end four new weeks have to rise', () => {
    const calm = weeks(125, 128, 132, 140, 120);
    const rising = (from: number, ...means: number[]) =>
      means.flatMap((mean, week) => homeDays(cal, daysFrom(from + week * 7, from + week * 7 + 7), mean));
    expect(daysOf(cal, judge(rule, [...calm, ...rising(35, 130, 140, 150)], cal.at(56)))).toEqual([[28, 35]]);
    expect(daysOf(cal, judge(rule, [...calm, ...rising(35, 125, 130, 140, 150)], cal.at(63)))).toEqual([
      [28, 35],
      [63, undefined],
    ]);
  });

  test('weeks run from Monday to Sunday: the same rise is not looked for on other days', () => {
    const bp = weeks(125, 128, 132, 140);
    expect(judge(rule, bp, cal.at(28) - 1).verdict).toBe('unknown');
    expect(daysOf(cal, judge(rule, bp, cal.at(30)))).toEqual([[28, undefined]]);
  });
});

test('days are local: in another zone the same readings lie on other days', () => {
  const rule = createBp04HomeElevated();
  const bp = homeDays(cal, daysFrom(0, 3), 150);
  const away = calendarOf('America/Los_Angeles');
  const { verdict } = rule.evaluate(endless(away, { bp }), profileOf(away), away.at(3));
  expect(verdict).toBe('firing');
  expect(rule.evaluate(endless(away, { bp }), profileOf(away), cal.at(3)).verdict).toBe('unknown');
});
