import { describe, expect, it } from 'vitest';
import { checkSchedule } from './check-schedule.ts';
import type { OnCallSchedule, Shift } from './on-call-schedule.ts';

const SHIFT: Shift = { memberIds: ['wang'], from: '2026-11-22T18:00', to: '2026-11-23T08:00', rrule: 'FREQ=DAILY' };
const check = (more: Partial<OnCallSchedule>) =>
  checkSchedule({ timeZone: 'Asia/Shanghai', shifts: [], ...more }).map(({ field, detail }) => `${field}: ${detail}`);
const ofShift = (change: Partial<Shift>) => check({ shifts: [{ ...SHIFT, ...change }] });
const SPAN = { from: '2026-11-22T18:00', to: '2026-11-23T08:00' };

describe('a schedule is taken', () => {
  it.each([
    ['FREQ=DAILY'],
    ['FREQ=WEEKLY;INTERVAL=2;WKST=MO;COUNT=10'],
    ['BYDAY=MO,-1FR;FREQ=MONTHLY;UNTIL=20271231T235959Z'],
    ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29'],
    ['FREQ=DAILY;COUNT=3660'],
  ])('with a shift by %s', (rrule) => {
    expect(ofShift({ rrule })).toEqual([]);
  });

  it('with a shift of a whole day every day, and of a whole week every week', () => {
    expect(ofShift({ to: '2026-11-23T18:00' })).toEqual([]);
    expect(ofShift({ to: '2026-11-29T18:00', rrule: 'FREQ=WEEKLY' })).toEqual([]);
  });

  it('with swaps, leave and overrides', () => {
    expect(
      check({
        shifts: [SHIFT],
        swaps: [{ memberIds: ['wang', 'lin'], windows: [SPAN] }],
        leave: [
          { memberId: 'wang', coveredBy: ['lin'], ...SPAN },
          { memberId: 'lin', ...SPAN },
        ],
        overrides: [{ memberIds: ['zhao'], ...SPAN }],
      }),
    ).toEqual([]);
  });
});

describe('a schedule is refused, with field and remedy', () => {
  it.each<[string, Partial<Shift>, RegExp]>([
    ['a shift ends before it begins', { to: '2026-11-22T08:00' }, /^shifts\/0\/to: .*later than `from`/],
    ['a time is none of the calendar', { from: '2026-02-30T18:00' }, /^shifts\/0\/from: .*YYYY-MM-DDTHH:MM/],
    ['a year is far away', { to: '9026-11-23T08:00' }, /^shifts\/0\/to: Give a year from 2000 to 2100/],
    ['a recurring shift lasts longer than a month', { to: '2026-12-24T18:00' }, /^shifts\/0\/to: .*31 days at most/],
    [
      'a single shift lasts longer than a year',
      { rrule: undefined, to: '2028-01-01T00:00' },
      /^shifts\/0\/to: .*366 days/,
    ],
    ['a shift begins again before it has ended', { to: '2026-11-23T19:00' }, /^shifts\/0\/to: .*recur less often/],
    [
      'a shift of two days recurs on neighbouring days',
      { rrule: 'FREQ=WEEKLY;BYDAY=MO,TU', to: '2026-11-24T18:00' },
      /^shifts\/0\/to/,
    ],
    ['a shift begins every hour', { rrule: 'FREQ=HOURLY' }, /^shifts\/0\/rrule: .*at most once a day/],
    ['a shift begins every second', { rrule: 'FREQ=SECONDLY;COUNT=100000' }, /^shifts\/0\/rrule: .*at most once a day/],
    [
      'a shift begins every minute by its parts',
      { rrule: 'FREQ=DAILY;BYMINUTE=0,1,2' },
      /^shifts\/0\/rrule: .*at most once a day/,
    ],
    [
      'a shift has 100,000 times',
      { rrule: 'FREQ=DAILY;COUNT=100000' },
      /^shifts\/0\/rrule: .*COUNT is at most 3660.*leave COUNT out/,
    ],
    ['the recurrence is prose', { rrule: 'every monday' }, /^shifts\/0\/rrule: This is no recurrence of RFC 5545/],
    [
      'a part doesn’t go with the frequency',
      { rrule: 'FREQ=WEEKLY;BYMONTHDAY=3' },
      /^shifts\/0\/rrule: .*BYMONTHDAY MUST NOT/,
    ],
    [
      'the rule names a day that never comes',
      { rrule: 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30' },
      /^shifts\/0\/rrule: The shift never takes place/,
    ],
    [
      'a daily rule names days of the month',
      { rrule: 'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=28' },
      /^shifts\/0\/rrule: .*use FREQ=MONTHLY or YEARLY/,
    ],
    [
      'a rule goes by weeks of the year',
      { rrule: 'FREQ=YEARLY;BYWEEKNO=1' },
      /^shifts\/0\/rrule: BYWEEKNO isn’t taken/,
    ],
    ['a rule is of another calendar', { rrule: 'RSCALE=CHINESE;FREQ=DAILY' }, /^shifts\/0\/rrule: RSCALE isn’t taken/],
    [
      'times are counted that have to be laid out to be known',
      { rrule: 'FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1;COUNT=12' },
      /^shifts\/0\/rrule: .*write UNTIL with the last day instead of COUNT/,
    ],
    [
      'a count goes on for more than ten years',
      { rrule: 'FREQ=YEARLY;COUNT=12' },
      /^shifts\/0\/rrule: COUNT isn’t reached within ten years: write UNTIL/,
    ],
    [
      'the rule ends before it begins',
      { rrule: 'FREQ=DAILY;UNTIL=20261121' },
      /^shifts\/0\/rrule: The shift never takes place/,
    ],
    [
      'a single shift is for workdays and lies on a Sunday',
      { rrule: undefined, on: 'workdays' },
      /^shifts\/0\/on: The shift never takes place/,
    ],
    ['a shift names nobody', { memberIds: [] }, /^shifts\/0\/memberIds: Name at least one member/],
  ])('where %s', (_, change, expected) => {
    const problems = ofShift(change);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(expected);
  });

  it('where the zone is unknown', () => {
    expect(check({ timeZone: 'Asia/Peking', shifts: [SHIFT] })).toEqual([
      expect.stringMatching(/^timeZone: .*Asia\/Shanghai/),
    ]);
  });

  it('where too many shifts begin on one day', () => {
    expect(check({ shifts: Array.from({ length: 48 }, () => SHIFT) })).toEqual([]);
    expect(check({ shifts: Array.from({ length: 49 }, () => SHIFT) })).toEqual([
      expect.stringMatching(/^shifts\/48: More than 48 shifts begin on one day/),
    ]);
  });

  it('where a swap is with oneself or with two, or has no length', () => {
    const swap = (memberIds: string[]) => check({ swaps: [{ memberIds, windows: [SPAN] }] });
    expect(swap(['wang', 'wang'])).toEqual([expect.stringMatching(/^swaps\/0\/memberIds: .*two different/)]);
    expect(swap(['wang', 'lin', 'zhao'])).toHaveLength(1);
    expect(check({ swaps: [{ memberIds: ['a', 'b'], windows: [SPAN, { ...SPAN, to: SPAN.from }] }] })).toEqual([
      expect.stringMatching(/^swaps\/0\/windows\/1\/to/),
    ]);
  });

  it('where leave is covered by whoever is on leave, and where an override names nobody: all at once', () => {
    const leave = [{ memberId: 'wang', coveredBy: ['wang'], ...SPAN }];
    const overrides = [{ memberIds: [], ...SPAN, to: 'tomorrow' }];
    expect(check({ shifts: [{ ...SHIFT, rrule: 'x' }], leave, overrides })).toEqual([
      expect.stringMatching(/^shifts\/0\/rrule/),
      expect.stringMatching(/^overrides\/0\/to/),
      expect.stringMatching(/^overrides\/0\/memberIds/),
      expect.stringMatching(/^leave\/0\/coveredBy/),
    ]);
  });

  it('where more than five cover a leave', () => {
    const leave = (count: number) =>
      check({ leave: [{ memberId: 'wang', coveredBy: Array.from({ length: count }, (_, i) => `m${i}`), ...SPAN }] });
    expect(leave(5)).toEqual([]);
    expect(leave(6)).toEqual([expect.stringMatching(/^leave\/0\/coveredBy: At most 5 cover a leave/)]);
  });
});
