import { describe, expect, it } from 'vitest';
import type { OnCallSchedule } from '../on-call/on-call-schedule.ts';
import { alertsPerShift } from './alerts-per-shift.ts';

const at = (local: string) => Date.parse(`${local}:00+08:00`);
const SCHEDULE: OnCallSchedule = {
  timeZone: 'Asia/Shanghai',
  shifts: [
    { memberIds: ['lin'], from: '2026-11-01T08:00', to: '2026-11-01T18:00', rrule: 'FREQ=DAILY' },
    { memberIds: ['wang'], from: '2026-11-01T18:00', to: '2026-11-02T06:00', rrule: 'FREQ=DAILY' },
  ],
};
const WINDOW = { from: at('2026-11-20T08:00'), to: at('2026-11-22T08:00') };
const perShift = (schedule: OnCallSchedule, openedAt: readonly number[]) =>
  alertsPerShift(
    schedule,
    WINDOW,
    openedAt.map((each) => ({ openedAt: each, ruleIds: ['CGM-01'] })),
  );

describe('alerts per shift', () => {
  it('count over all shifts, the quiet ones too, and apart what came while nobody was on call', () => {
    const openedAt = [
      '2026-11-20T08:00',
      '2026-11-20T17:59',
      '2026-11-20T18:00',
      '2026-11-21T06:00',
      '2026-11-21T07:59',
    ];
    expect(perShift(SCHEDULE, openedAt.map(at))).toMatchObject({
      shifts: 4,
      perShift: 0.75,
      most: 2,
      outside: 2,
    });
  });

  it('count hours as one shift in which the same people go on for another reason', () => {
    const overrides = [{ memberIds: ['lin'], from: '2026-11-20T10:00', to: '2026-11-20T11:00' }];
    expect(perShift({ ...SCHEDULE, overrides }, []).shifts).toBe(4);
  });

  it('are told of each rule over all shifts, without what came while nobody was on call', () => {
    const ofRules = (local: string, ...ruleIds: readonly string[]) => ({ openedAt: at(local), ruleIds });
    const { byRule } = alertsPerShift(SCHEDULE, WINDOW, [
      ofRules('2026-11-20T08:00', 'CGM-01', 'CGM-02'),
      ofRules('2026-11-20T20:00', 'CGM-02'),
      ofRules('2026-11-21T07:00', 'CGM-02', 'BP-01'),
    ]);
    expect([...byRule]).toEqual([
      ['CGM-01', 0.25],
      ['CGM-02', 0.5],
      ['BP-01', 0],
    ]);
  });

  it('are told of each member over their own shifts, which last for as long as they are on call, whoever else is', () => {
    const wholeDay = { memberIds: ['li'], from: '2026-11-20T08:00', to: '2026-11-21T08:00' };
    const shifts = [...SCHEDULE.shifts, wholeDay];
    const openedAt = ['2026-11-20T09:00', '2026-11-20T19:00', '2026-11-21T07:00', '2026-11-21T19:00'];
    const { byMember, shifts: ofTheTeam } = perShift({ ...SCHEDULE, shifts }, openedAt.map(at));
    expect(ofTheTeam).toBe(5);
    expect([...byMember].sort()).toEqual([
      ['li', { shifts: 1, perShift: 3 }],
      ['lin', { shifts: 2, perShift: 0.5 }],
      ['wang', { shifts: 2, perShift: 1 }],
    ]);
  });

  it('of a schedule without people are none of any shift', () => {
    expect(perShift({ ...SCHEDULE, shifts: [] }, [WINDOW.from])).toEqual({
      shifts: 0,
      perShift: undefined,
      most: 0,
      outside: 1,
      byRule: new Map(),
      byMember: new Map(),
    });
  });
});
