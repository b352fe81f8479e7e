// What a schedule may cost whoever asks it, in counted steps: one team's plan is read within the work of all.
import { RRuleTemporal } from 'rrule-temporal';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { checkSchedule } from './check-schedule.ts';
import { endCounts } from './end-counts.ts';
import { lintSchedule } from './lint-schedule.ts';
import { onCallAt, plannedTimes } from './on-call.ts';
import type { OnCallSchedule, Shift } from './on-call-schedule.ts';
import { MAX_STEPS, stepsOf } from './recurrence-steps.ts';

const NOW = Date.parse('2026-11-22T04:00Z');
const DAYS_28 = Array.from({ length: 28 }, (_, i) => i + 1).join();
/** From the review: it was taken, and took 21 s an instant. */
const COSTLY = `FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=${DAYS_28};COUNT=3660`;
const shiftsOf = (rrule: string, length: number): Shift[] =>
  Array.from({ length }, (_, i) => {
    const day = `2000-01-${String(1 + (i % 28)).padStart(2, '0')}`;
    return { memberIds: [`m${i}`], from: `${day}T18:00`, to: `${day}T18:30`, rrule };
  });
const schedule = (shifts: readonly Shift[]): OnCallSchedule => ({ timeZone: 'Asia/Shanghai', shifts });

/** Each is one question to the library, with the most periods that it may go through for it. */
const between = vi.spyOn(RRuleTemporal.prototype, 'between');
afterEach(() => {
  between.mockClear();
});

describe('a schedule as it is taken', () => {
  it('is refused where its shifts together are too much to ask, from the first that is', () => {
    expect(checkSchedule(schedule(shiftsOf('FREQ=MONTHLY', MAX_STEPS)))).toEqual([]);
    expect(checkSchedule(schedule(shiftsOf('FREQ=MONTHLY', MAX_STEPS + 1)))).toMatchObject([
      { field: `shifts/${MAX_STEPS}/rrule`, detail: expect.stringMatching(/name several days in one rule/) },
    ]);
    const laidOut = 'FREQ=YEARLY;BYDAY=MO;BYSETPOS=1';
    expect(checkSchedule(schedule(shiftsOf(laidOut, MAX_STEPS / 5)))).toEqual([]);
    expect(checkSchedule(schedule(shiftsOf(laidOut, MAX_STEPS / 5 + 1)))).toHaveLength(1);
  });

  it('is refused without a time having been looked for where the form or the sum of its rules is too much', () => {
    expect(checkSchedule(schedule(shiftsOf(COSTLY, 300)))).toHaveLength(300);
    expect(checkSchedule(schedule(shiftsOf('FREQ=WEEKLY', 300)))).toHaveLength(1);
    expect(checkSchedule(schedule(shiftsOf('FREQ=WEEKLY;COUNT=60', 100)))).toMatchObject([
      { field: 'shifts/83/rrule', detail: expect.stringMatching(/count more than 5000 times: write UNTIL/) },
    ]);
    expect(between).not.toHaveBeenCalled();
  });

  it('is searched through for eight years for one shift that never takes place, not for each', () => {
    expect(checkSchedule(schedule(shiftsOf('FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30', MAX_STEPS)))).toHaveLength(1);
    expect(between).toHaveBeenCalledTimes(2);
  });
});

describe('a COUNT', () => {
  it.each([
    ['FREQ=DAILY;COUNT=3', 'FREQ=DAILY;UNTIL=20000103T180000'],
    ['COUNT=4;FREQ=WEEKLY;BYDAY=MO,TH', 'FREQ=WEEKLY;BYDAY=MO,TH;UNTIL=20000113T180000'],
    ['FREQ=MONTHLY;BYMONTHDAY=31;COUNT=3', 'FREQ=MONTHLY;BYMONTHDAY=31;UNTIL=20000531T180000'],
    ['FREQ=DAILY;COUNT=3660', 'FREQ=DAILY;UNTIL=20100107T180000'],
    ['FREQ=DAILY', 'FREQ=DAILY'],
  ])('%s is kept as %s', (rrule, expected) => {
    expect(endCounts(schedule(shiftsOf(rrule, 1))).shifts[0]?.rrule).toBe(expected);
  });

  it('counts the days of the rule, also those that the shift isn’t for', () => {
    const [shift] = shiftsOf('FREQ=DAILY;COUNT=9', 1);
    const { shifts } = endCounts(schedule([{ ...shift!, on: 'workdays' }]));
    expect(shifts[0]?.rrule).toBe('FREQ=DAILY;UNTIL=20000109T180000');
  });
});

describe('an instant, and the next 30 days', () => {
  it('ask each shift of the costliest schedules once, and go through no more periods than the window has days', () => {
    for (const [rrule, length] of [
      ['FREQ=MONTHLY', MAX_STEPS],
      ['FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=-1', 28],
      ['FREQ=DAILY;BYMONTH=1,3,5,11', MAX_STEPS / 30],
      ['FREQ=WEEKLY;COUNT=30', MAX_STEPS],
    ] as const) {
      const taken = endCounts(schedule(shiftsOf(rrule, length)));
      expect(checkSchedule(taken)).toEqual([]);
      expect(taken.shifts.reduce((sum, shift) => sum + stepsOf(shift), 0)).toBeLessThanOrEqual(MAX_STEPS);
      between.mockClear();
      onCallAt(taken, NOW);
      expect(between.mock.calls.length).toBeLessThanOrEqual(MAX_STEPS);
      expect(plannedTimes(taken, { from: NOW, to: NOW + 1 }).unusable).toEqual([]);
      expect(lintSchedule(taken, [], NOW).filter(({ kind }) => kind === 'shift_unusable')).toEqual([]);
    }
  });

  it('don’t ask a shift at all whose UNTIL has passed', () => {
    onCallAt(schedule(shiftsOf('FREQ=WEEKLY;UNTIL=20100101', 100)), NOW);
    expect(between).not.toHaveBeenCalled();
  });

  it.each([COSTLY, 'FREQ=YEARLY;BYWEEKNO=1,2,3', 'RSCALE=CHINESE;FREQ=DAILY', 'FREQ=MONTHLY;COUNT=99999'])(
    'don’t expand %s, stored before it was refused: it is named as unusable, and who else is on call stays so',
    (rrule) => {
      const [night] = shiftsOf('FREQ=DAILY', 1);
      const stored = schedule([...shiftsOf(rrule, 499), { ...night!, memberIds: ['wang'] }]);
      const at = Date.parse('2026-11-22T18:10+08:00');
      expect(onCallAt(stored, at).members).toMatchObject([{ memberId: 'wang', shift: 499 }]);
      expect(between).toHaveBeenCalledTimes(1);
      expect(plannedTimes(stored, { from: at, to: at + 1 }).unusable).toHaveLength(499);
    },
  );

  it('leave out what is over the bound of a schedule stored before there was one', () => {
    const stored = schedule(shiftsOf('FREQ=WEEKLY', 500));
    expect(plannedTimes(stored, { from: NOW, to: NOW + 1 }).unusable[0]).toBe(MAX_STEPS);
    expect(between).toHaveBeenCalledTimes(MAX_STEPS);
  });
});
