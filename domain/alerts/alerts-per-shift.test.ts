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

describe('alerts per shift', () => {
  it('count over all shifts, the quiet ones too, and apart what came while nobody was on call', () => {
    const openedAt = [
      '2026-11-20T08:00',
      '2026-11-20T17:59',
      '2026-11-20T18:00',
      '2026-11-21T06:00',
      '2026-11-21T07:59',
    ];
    expect(alertsPerShift(SCHEDULE, WINDOW, openedAt.map(at))).toEqual({
      shifts: 4,
      perShift: 0.75,
      most: 2,
      outside: 2,
    });
  });

  it('count hours as one shift in which the same people go on for another reason', () => {
    const overrides = [{ memberIds: ['lin'], from: '2026-11-20T10:00', to: '2026-11-20T11:00' }];
    expect(alertsPerShift({ ...SCHEDULE, overrides }, WINDOW, []).shifts).toBe(4);
  });

  it('of a schedule without people are none of any shift', () => {
    expect(alertsPerShift({ ...SCHEDULE, shifts: [] }, WINDOW, [WINDOW.from])).toEqual({
      shifts: 0,
      perShift: undefined,
      most: 0,
      outside: 1,
    });
  });
});
