import { describe, expect, it } from 'vitest';
import { currentShift } from './current-shift.ts';
import type { OnCallSchedule } from './on-call-schedule.ts';

const at = (local: string) => Date.parse(`${local}:00+08:00`);
const SCHEDULE: OnCallSchedule = {
  timeZone: 'Asia/Shanghai',
  shifts: [
    { memberIds: ['lin'], from: '2026-11-01T08:00', to: '2026-11-01T18:00', rrule: 'FREQ=DAILY' },
    { memberIds: ['wang'], from: '2026-11-01T18:00', to: '2026-11-02T06:00', rrule: 'FREQ=DAILY' },
  ],
};

describe('the current shift', () => {
  it('has who is on call, since the last change, until others are, and who those are', () => {
    expect(currentShift(SCHEDULE, at('2026-11-22T12:00'))).toMatchObject({
      onCall: { members: [{ memberId: 'lin' }] },
      changedAt: at('2026-11-22T08:00'),
      to: at('2026-11-22T18:00'),
      next: { members: [{ memberId: 'wang' }] },
    });
  });

  it('asked for at a change is the one that begins, and what was handed over before is the shift that ended', () => {
    expect(currentShift(SCHEDULE, at('2026-11-22T18:00'))).toMatchObject({
      onCall: { members: [{ memberId: 'wang' }] },
      changedAt: at('2026-11-22T08:00'),
      to: at('2026-11-23T06:00'),
    });
  });

  it('says that nobody comes next, and why', () => {
    expect(currentShift(SCHEDULE, at('2026-11-22T20:00')).next).toMatchObject({ members: [], gap: 'no_shift' });
  });

  it('says of a shift without end neither when it ends nor who is next', () => {
    const always = { ...SCHEDULE, shifts: [{ memberIds: ['lin'], from: '2026-11-01T08:00', to: '2027-11-01T08:00' }] };
    const shift = currentShift(always, at('2026-11-22T12:00'));
    expect(shift).toMatchObject({ changedAt: undefined, to: undefined, next: undefined });
  });
});
