import { describe, expect, it } from 'vitest';
import type { OnCallSchedule } from './on-call-schedule.ts';
import { shiftChanges } from './shift-changes.ts';

const at = (local: string) => Date.parse(`${local}:00+08:00`);
const DAY = { memberIds: ['lin'], from: '2026-11-01T08:00', to: '2026-11-01T18:00', rrule: 'FREQ=DAILY' };
const NIGHT = { memberIds: ['wang'], from: '2026-11-01T18:00', to: '2026-11-02T08:00', rrule: 'FREQ=DAILY' };
const schedule = (more: Partial<OnCallSchedule> = {}): OnCallSchedule => ({
  timeZone: 'Asia/Shanghai',
  shifts: [DAY, NIGHT],
  ...more,
});
const changes = (given: OnCallSchedule, from: string, to: string) =>
  shiftChanges(given, at(from), at(to)).map(({ at: instant, comingOn }) => [
    new Date(instant + 8 * 3_600_000).toISOString().slice(0, 16),
    comingOn.join(' '),
  ]);

describe('a shift change', () => {
  it('is where somebody comes on duty, morning and evening', () => {
    expect(changes(schedule(), '2026-11-22T12:00', '2026-11-24T00:00')).toEqual([
      ['2026-11-22T18:00', 'wang'],
      ['2026-11-23T08:00', 'lin'],
      ['2026-11-23T18:00', 'wang'],
    ]);
  });

  it('belongs to the range that it begins, not to the one that it ends', () => {
    expect(changes(schedule(), '2026-11-22T08:00', '2026-11-22T18:00')).toEqual([['2026-11-22T08:00', 'lin']]);
  });

  it('is none where the same person goes on, under whatever reason', () => {
    const always = { ...NIGHT, memberIds: ['lin'] };
    expect(changes(schedule({ shifts: [DAY, always] }), '2026-11-22T00:00', '2026-11-24T00:00')).toEqual([]);
  });

  it('names only those who come on when others stay', () => {
    const second = { memberIds: ['zhao'], from: '2026-11-22T12:00', to: '2026-11-22T14:00' };
    expect(changes(schedule({ shifts: [DAY, second] }), '2026-11-22T11:00', '2026-11-22T17:00')).toEqual([
      ['2026-11-22T12:00', 'zhao'],
    ]);
  });

  it('is one after a gap, also for who was on call before it', () => {
    expect(changes(schedule({ shifts: [DAY] }), '2026-11-22T12:00', '2026-11-23T12:00')).toEqual([
      ['2026-11-23T08:00', 'lin'],
    ]);
  });

  it('follows an override for its hours, there and back', () => {
    const overrides = [{ memberIds: ['zhao'], from: '2026-11-22T20:00', to: '2026-11-22T22:00' }];
    expect(changes(schedule({ overrides }), '2026-11-22T19:00', '2026-11-22T23:00')).toEqual([
      ['2026-11-22T20:00', 'zhao'],
      ['2026-11-22T22:00', 'wang'],
    ]);
  });

  it('counts to leave that nobody covers as little as to a shift without people', () => {
    const leave = [{ memberId: 'wang', from: '2026-11-22T18:00', to: '2026-11-23T08:00' }];
    expect(changes(schedule({ leave }), '2026-11-22T12:00', '2026-11-23T12:00')).toEqual([['2026-11-23T08:00', 'lin']]);
  });
});
