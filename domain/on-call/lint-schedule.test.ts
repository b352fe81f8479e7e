import { describe, expect, it } from 'vitest';
import { lintSchedule } from './lint-schedule.ts';
import type { OnCallSchedule } from './on-call-schedule.ts';

const NOW = Date.parse('2026-11-22T04:00Z');
const at = (text: string) => Date.parse(text);
const DAY = { memberIds: ['lin'], from: '2026-01-01T08:00', to: '2026-01-01T18:00', rrule: 'FREQ=DAILY' };
const NIGHT = { memberIds: ['wang'], from: '2026-01-01T18:00', to: '2026-01-02T08:00', rrule: 'FREQ=DAILY' };
const TEAM = ['lin', 'wang', 'zhao'].map((memberId) => ({ memberId, hasWorkingChannel: true }));
const lint = (more: Partial<OnCallSchedule>, members = TEAM, days?: number) =>
  lintSchedule({ timeZone: 'Asia/Shanghai', shifts: [DAY, NIGHT], ...more }, members, NOW, days);

describe('a schedule for the next 30 days', () => {
  it('that is whole has no findings', () => {
    expect(lint({})).toEqual([]);
  });

  it('shows each gap, from when to when and why', () => {
    const leave = [{ memberId: 'wang', from: '2026-11-30T18:00', to: '2026-12-01T08:00' }];
    expect(lint({ shifts: [{ ...DAY, rrule: 'FREQ=DAILY;UNTIL=20261124' }, NIGHT], leave }, TEAM, 9)).toEqual([
      { kind: 'gap', cause: 'no_shift', from: at('2026-11-25T08:00+08:00'), to: at('2026-11-25T18:00+08:00') },
      { kind: 'gap', cause: 'no_shift', from: at('2026-11-26T08:00+08:00'), to: at('2026-11-26T18:00+08:00') },
      { kind: 'gap', cause: 'no_shift', from: at('2026-11-27T08:00+08:00'), to: at('2026-11-27T18:00+08:00') },
      { kind: 'gap', cause: 'no_shift', from: at('2026-11-28T08:00+08:00'), to: at('2026-11-28T18:00+08:00') },
      { kind: 'gap', cause: 'no_shift', from: at('2026-11-29T08:00+08:00'), to: at('2026-11-29T18:00+08:00') },
      { kind: 'gap', cause: 'no_shift', from: at('2026-11-30T08:00+08:00'), to: at('2026-11-30T18:00+08:00') },
      { kind: 'gap', cause: 'all_on_leave', from: at('2026-11-30T18:00+08:00'), to: at('2026-12-01T08:00+08:00') },
      { kind: 'gap', cause: 'no_shift', from: at('2026-12-01T08:00+08:00'), to: NOW + 9 * 86_400_000 },
    ]);
  });

  it('shows shifts of one layer at once, as one finding, and none where one covers the other', () => {
    const late = { ...DAY, memberIds: ['zhao'], from: '2026-01-01T17:00', to: '2026-01-01T20:00' };
    expect(lint({ shifts: [DAY, NIGHT, late] })).toEqual([
      {
        kind: 'overlap',
        shifts: [0, 2],
        count: 30,
        from: at('2026-11-22T17:00+08:00'),
        to: at('2026-11-22T18:00+08:00'),
      },
      {
        kind: 'overlap',
        shifts: [1, 2],
        count: 30,
        from: at('2026-11-22T18:00+08:00'),
        to: at('2026-11-22T20:00+08:00'),
      },
    ]);
    expect(lint({ shifts: [DAY, NIGHT, { ...late, layer: 1 }] })).toEqual([]);
  });

  it('shows the first hundred overlaps where there are thousands', () => {
    expect(lint({ shifts: [NIGHT, ...Array.from({ length: 40 }, () => DAY)] })).toHaveLength(100);
  });

  it('names who has left and who can’t be reached, from when they are on call, and when that leaves nobody', () => {
    const members = [
      { memberId: 'lin', hasWorkingChannel: false },
      { memberId: 'zhao', hasWorkingChannel: true },
    ];
    expect(lint({ shifts: [{ ...DAY, memberIds: ['lin', 'zhao'] }, NIGHT] }, members, 1)).toEqual([
      { kind: 'nobody_reachable', from: at('2026-11-22T18:00+08:00'), to: at('2026-11-23T08:00+08:00') },
      { kind: 'member_without_channel', memberId: 'lin', at: NOW },
      { kind: 'member_left', memberId: 'wang', at: at('2026-11-22T18:00+08:00') },
    ]);
  });

  it('asks of who covers a leave, not of who is away', () => {
    const leave = [{ memberId: 'wang', from: '2026-11-01T00:00', to: '2027-03-01T00:00', coveredBy: ['gone'] }];
    expect(lint({ leave }).filter(({ kind }) => kind === 'member_left')).toMatchObject([{ memberId: 'gone' }]);
  });

  it('says of which year the public holidays aren’t known yet, only where a shift goes by them', () => {
    const shifts = [
      NIGHT,
      { ...DAY, on: 'workdays' as const },
      { ...DAY, on: 'holidays' as const, memberIds: ['zhao'] },
    ];
    expect(lint({ shifts })).toEqual([]);
    expect(lintSchedule({ timeZone: 'Asia/Shanghai', shifts }, TEAM, at('2098-12-20T00:00Z'))).toEqual([
      { kind: 'holidays_unknown', year: 2098 },
      { kind: 'holidays_unknown', year: 2099 },
    ]);
  });

  it('names a shift that was stored before it was checked and has no times', () => {
    expect(lint({ shifts: [DAY, NIGHT, { ...DAY, rrule: 'FREQ=WEEKLY;BYDAY=9XX' }] })).toEqual([
      { kind: 'shift_unusable', shift: 2 },
    ]);
  });
});
