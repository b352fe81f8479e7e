import { describe, expect, test } from 'vitest';
import type { OnCallSchedule } from '../on-call/on-call-schedule.ts';
import { countedAgainst, isPutOff, type PutOffQuestion, putOffOf } from './put-off.ts';

const NIGHT = { from: '22:00', to: '07:00' };
const SHANGHAI: Omit<PutOffQuestion, 'now'> = {
  timeZone: 'Asia/Shanghai',
  settings: { quietHours: NIGHT },
  messagesToday: 0,
};
const at = (time: string) => Date.parse(time);
const asked = (time: string, more: Partial<PutOffQuestion> = {}) => putOffOf({ ...SHANGHAI, ...more, now: at(time) });
const until = (time: string, more: Partial<PutOffQuestion> = {}) => {
  const made = asked(time, more);
  return made && [made.reason, new Date(made.until).toISOString()];
};
const shiftsFrom = (from: string, to: string): OnCallSchedule => ({
  timeZone: 'Asia/Shanghai',
  shifts: [{ from: `2026-11-01T${from}`, to: `2026-11-01T${to}`, memberIds: ['day'], rrule: 'FREQ=DAILY' }],
});

describe('quiet hours over midnight', () => {
  test('put off until their end what comes late in the evening, and what comes before dawn', () => {
    expect(until('2026-11-22T22:00+08:00')).toEqual(['quiet_hours', '2026-11-22T23:00:00.000Z']);
    expect(until('2026-11-23T06:59+08:00')).toEqual(['quiet_hours', '2026-11-22T23:00:00.000Z']);
  });

  test('have ended at their end, and not begun a minute before', () => {
    expect(until('2026-11-22T21:59+08:00')).toBeUndefined();
    expect(until('2026-11-23T07:00+08:00')).toBeUndefined();
  });

  test('of a team that has none put nothing off, nor do those that begin when they end', () => {
    expect(until('2026-11-22T23:00+08:00', { settings: {} })).toBeUndefined();
    const never = { quietHours: { from: '07:00', to: '07:00' } };
    expect(until('2026-11-22T07:00+08:00', { settings: never })).toBeUndefined();
  });

  test('give their digest to the shift that begins within two hours, and to none that begins later', () => {
    const early = shiftsFrom('08:30', '17:00');
    expect(until('2026-11-22T23:00+08:00', { schedule: early })).toEqual(['quiet_hours', '2026-11-23T00:30:00.000Z']);
    const atOnce = shiftsFrom('07:00', '15:00');
    expect(until('2026-11-22T23:00+08:00', { schedule: atOnce })).toEqual(['quiet_hours', '2026-11-22T23:00:00.000Z']);
    const late = shiftsFrom('10:00', '17:00');
    expect(until('2026-11-22T23:00+08:00', { schedule: late })).toEqual(['quiet_hours', '2026-11-22T23:00:00.000Z']);
  });

  test('end by the clock on the wall in the nights in which it is changed', () => {
    const berlin = { timeZone: 'Europe/Berlin' };
    expect(until('2026-03-28T23:00+01:00', berlin)).toEqual(['quiet_hours', '2026-03-29T05:00:00.000Z']);
    expect(until('2026-10-25T02:30+02:00', berlin)).toEqual(['quiet_hours', '2026-10-25T06:00:00.000Z']);
    expect(until('2026-10-25T02:30+01:00', berlin)).toEqual(['quiet_hours', '2026-10-25T06:00:00.000Z']);
    expect(until('2026-10-25T07:00+01:00', berlin)).toBeUndefined();
  });
});

describe('of what a patient has had three messages today', () => {
  const much = { messagesToday: 3 };

  test('what was told before is told again all the same, but for quiet hours', () => {
    expect(until('2026-11-22T12:00+08:00', { ...much, isKnown: true })).toBeUndefined();
    expect(until('2026-11-22T23:00+08:00', { ...much, isKnown: true })).toEqual([
      'quiet_hours',
      '2026-11-22T23:00:00.000Z',
    ]);
  });

  test('the next comes with the digest at the end of the quiet hours', () => {
    expect(until('2026-11-22T12:00+08:00', much)).toEqual(['daily_cap', '2026-11-22T23:00:00.000Z']);
    expect(until('2026-11-22T12:00+08:00', { messagesToday: 2 })).toBeUndefined();
  });

  test('the next comes at eight in the morning where a team has no quiet hours', () => {
    const none = { ...much, settings: {} };
    expect(until('2026-11-22T12:00+08:00', none)).toEqual(['daily_cap', '2026-11-23T00:00:00.000Z']);
  });

  test('the next comes with the next shift, but not within quiet hours', () => {
    const day = { ...much, schedule: shiftsFrom('16:00', '22:00') };
    expect(until('2026-11-22T12:00+08:00', day)).toEqual(['daily_cap', '2026-11-22T08:00:00.000Z']);
    const night = { ...much, schedule: shiftsFrom('23:00', '06:00') };
    expect(until('2026-11-22T12:00+08:00', night)).toEqual(['daily_cap', '2026-11-22T23:00:00.000Z']);
  });

  test('a team may want more messages, or fewer', () => {
    expect(until('2026-11-22T12:00+08:00', { ...much, settings: { dailyCap: 5 } })).toBeUndefined();
    expect(until('2026-11-22T12:00+08:00', { messagesToday: 1, settings: { dailyCap: 1 } })?.[0]).toBe('daily_cap');
  });
});

test('a timer ends in a digest where it put something off', () => {
  expect(['quiet_hours', 'daily_cap', 'cooldown', undefined].map(isPutOff)).toEqual([true, true, false, false]);
});

test('against a low count only messages about the same low: nothing done about a high or a device delays it', () => {
  const low = { condition: 'glucose', direction: 'low' } as const;
  expect(countedAgainst(low)).toEqual(low);
  expect(countedAgainst({ condition: 'glucose', direction: 'high' })).toBeUndefined();
  expect(countedAgainst({ condition: 'device', direction: 'none' })).toBeUndefined();
});
