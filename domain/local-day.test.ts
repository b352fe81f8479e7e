import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDays,
  daysBetween,
  daysWindow,
  hoursOf,
  localDayBounds,
  localDayNumberOf,
  localDayOf,
  localDaysOf,
  localMinuteOfDay,
} from './local-day.ts';
import { isTimeZone, zoneOffsetMs } from './zone-offset.ts';

const zones = [
  'Asia/Shanghai',
  'Europe/Berlin',
  'America/New_York',
  'America/Santiago',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
];
const at = (iso: string) => Date.parse(iso);

describe('the local day of a reading', () => {
  it('changes at midnight in Shanghai', () => {
    expect(localDayOf(at('2026-05-01T15:59:59Z'), 'Asia/Shanghai')).toBe('2026-05-01');
    expect(localDayOf(at('2026-05-01T16:00:00Z'), 'Asia/Shanghai')).toBe('2026-05-02');
  });

  it('agrees with the runtime’s own calendar at any instant in any zone', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(2012, 0), max: Date.UTC(2040, 0) }),
        fc.constantFrom(...zones),
        (instant, timeZone) => {
          const local = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(
            instant,
          );
          const minutes = Number(local.slice(11, 13)) * 60 + Number(local.slice(14, 16));
          expect(localDayOf(instant, timeZone)).toBe(local.slice(0, 10));
          expect(Math.floor(localMinuteOfDay(instant, timeZone))).toBe(minutes);
        },
      ),
    );
  });

  it('knows that China had summer time when older patients were born', () => {
    expect(localDayOf(at('1988-05-31T15:00:00Z'), 'Asia/Shanghai')).toBe('1988-06-01');
    expect(localMinuteOfDay(at('1988-05-31T16:00:00Z'), 'Asia/Shanghai')).toBe(60);
  });
});

describe('the bounds of a local day', () => {
  it('span 23, 24 or 25 hours', () => {
    const hours = (day: string, timeZone: string) => hoursOf(localDayBounds(day, timeZone));
    expect(hours('2026-11-22', 'Asia/Shanghai')).toBe(24);
    expect(hours('2026-03-29', 'Europe/Berlin')).toBe(23);
    expect(hours('2026-10-25', 'Europe/Berlin')).toBe(25);
    expect(hours('2026-04-05', 'Australia/Lord_Howe')).toBe(24.5);
  });

  it('begin at 01:00 where the clock skips midnight', () => {
    const { startAt } = localDayBounds('2024-09-08', 'America/Santiago');
    expect(localMinuteOfDay(startAt, 'America/Santiago')).toBe(60);
    expect(localDayOf(startAt - 1, 'America/Santiago')).toBe('2024-09-07');
  });

  it('leave no instant out and none in two days, clock changes included', () => {
    for (const timeZone of zones) {
      let day = '2023-01-01';
      let { endAt } = localDayBounds(day, timeZone);
      while (day < '2025-12-31') {
        day = addDays(day, 1);
        const bounds = localDayBounds(day, timeZone);
        expect(bounds.startAt).toBe(endAt);
        expect(localDayOf(bounds.startAt, timeZone)).toBe(day);
        expect(localDayOf(bounds.endAt - 1, timeZone)).toBe(day);
        endAt = bounds.endAt;
      }
    }
  });

  it('are empty for a day a zone skipped', () => {
    const { startAt, endAt } = localDayBounds('2011-12-30', 'Pacific/Apia');
    expect(endAt - startAt).toBe(0);
  });

  it('refuse what is no calendar day', () => {
    expect(() => localDayBounds('2026-02-30', 'Asia/Shanghai')).toThrow(RangeError);
    expect(() => localDayBounds('yesterday', 'Asia/Shanghai')).toThrow(RangeError);
  });
});

describe('a window of n days', () => {
  it('is today and the n−1 local days before it, up to now', () => {
    const now = at('2026-11-22T08:05:00+08:00');
    expect(daysWindow(14, 'Asia/Shanghai', now)).toEqual({ from: at('2026-11-09T00:00:00+08:00'), to: now });
    expect(daysWindow(1, 'Asia/Shanghai', now).from).toBe(at('2026-11-22T00:00:00+08:00'));
  });

  it('touches the days it holds an instant of: its end is excluded', () => {
    const from = at('2026-11-20T23:59:00+08:00');
    expect(localDaysOf({ from, to: at('2026-11-22T00:00:00+08:00') }, 'Asia/Shanghai')).toEqual([
      '2026-11-20',
      '2026-11-21',
    ]);
    expect(localDaysOf({ from, to: from }, 'Asia/Shanghai')).toEqual([]);
  });
});

describe('calendar days', () => {
  it('are counted across months and clock changes', () => {
    expect(daysBetween('2026-02-27', '2026-03-02')).toBe(3);
    expect(daysBetween('2026-03-02', '2026-02-27')).toBe(-3);
    expect(addDays('2028-02-28', 1)).toBe('2028-02-29');
  });
});

describe('time zones', () => {
  it('are known or not', () => {
    expect([isTimeZone('Asia/Shanghai'), isTimeZone('Asia/Nowhere'), isTimeZone('')]).toEqual([true, false, false]);
    expect(() => localDayOf(0, 'Asia/Nowhere')).toThrow(RangeError);
  });

  it('cost no Intl call for a reading: a million readings in Shanghai within a quarter of a second', () => {
    zoneOffsetMs(at('2026-11-22T00:00:00Z'), 'Asia/Shanghai');
    const before = process.threadCpuUsage();
    let sum = 0;
    for (let i = 0; i < 1_000_000; i++) sum += localDayNumberOf(at20261101 + i * 1000, 'Asia/Shanghai');
    expect(sum).toBeGreaterThan(0);
    expect(process.threadCpuUsage(before).user / 1000).toBeLessThan(250);
  });
});

const at20261101 = Date.UTC(2026, 10, 1);
