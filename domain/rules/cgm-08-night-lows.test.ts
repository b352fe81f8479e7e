import { describe, expect, test } from 'vitest';
import {
  type Calendar,
  cgmDay,
  daysFrom,
  daysOf,
  endless,
  MINUTE_MS,
  NEW_YORK,
  profileOf,
  SHANGHAI,
  seriesOf,
} from '../../tests/readings/patient-histories.ts';
import { packMeta } from '../glucose-series.ts';
import { createCgm08NightLows } from './cgm-08-night-lows.ts';
import { hasLow } from './night-of.ts';

const rule = createCgm08NightLows();

/** A low of so many readings at 5 min from `hour` on, in an otherwise calm night. */
interface Low {
  readonly day: number;
  readonly hour: number;
  readonly min?: number;
  readonly readings?: number;
  readonly value?: number;
}

function judge(lows: readonly Low[], now: number, { cal = SHANGHAI, active = 100, first = -8, last = 40 } = {}) {
  const days = daysFrom(first, last).filter((day) => cal.at(day) <= now);
  const low = (day: number) => lows.some((one) => one.day === day || (one.day === day - 1 && one.hour >= 23));
  const cgmDays = days.map((day) => cgmDay(cal, day, { activePercent: active, low: low(day) ? 3 : 0 }));
  const rows = days
    .filter(low)
    .flatMap((day) => {
      const from = cal.at(day) - 180 * MINUTE_MS;
      return Array.from({ length: 132 }, (_, slot) => from + slot * 5 * MINUTE_MS);
    })
    .filter((at, index, all) => at <= now && all.indexOf(at) === index)
    .sort((a, b) => a - b)
    .map((measuredAt) => ({ measuredAt, value: valueAt(cal, lows, measuredAt), meta: 0 }));
  return rule.evaluate(endless(cal, { cgmDays, cgm: [seriesOf(rows, 7)] }), profileOf(cal), now);
}

function valueAt(cal: Calendar, lows: readonly Low[], at: number): number {
  const found = lows.find(({ day, hour, min = 0, readings = 3 }) => {
    const from = cal.at(day, hour, min);
    return at >= from && at < from + readings * 5 * MINUTE_MS;
  });
  return found === undefined ? 120 : (found.value ?? 60);
}

describe('CGM-08: lows in several nights', () => {
  test('the second low of a week is a warning at 08:00', () => {
    const lows = [
      { day: 0, hour: 2 },
      { day: 3, hour: 4 },
    ];
    expect(judge(lows, SHANGHAI.at(3, 8) - 1)).toMatchObject({
      verdict: 'clear',
      explanation: { reason: 'not_enough_events' },
      nextDeadlineAt: SHANGHAI.at(3, 8),
    });
    const said = judge(lows, SHANGHAI.at(3, 8));
    expect(said).toMatchObject({ verdict: 'firing', severity: 'warning', explanation: { reason: 'night_lows' } });
    expect(said.episodes[0]!.evidence).toEqual([
      { deviceKey: 7, kind: 'cgm', measuredAt: SHANGHAI.at(0, 2) },
      { deviceKey: 7, kind: 'cgm', measuredAt: SHANGHAI.at(3, 4) },
    ]);
    expect(said.nextDeadlineAt).toBeUndefined();
  });

  const second = { day: 3, hour: 4 };
  test.each([
    ['at 00:00', { day: 0, hour: 0 }, 'firing'],
    ['at 23:55 the evening before', { day: -1, hour: 23, min: 55, readings: 5 }, 'clear'],
    ['at 05:55', { day: 0, hour: 5, min: 55 }, 'firing'],
    ['at 06:00', { day: 0, hour: 6 }, 'clear'],
    ['of ten minutes', { day: 0, hour: 2, readings: 2 }, 'clear'],
    ['at 70', { day: 0, hour: 2, value: 70 }, 'clear'],
    ['six nights before', { day: -3, hour: 2 }, 'firing'],
    ['seven nights before', { day: -4, hour: 2 }, 'clear'],
  ] as const)('a first low %s: %s', (_, first, verdict) => {
    expect(judge([first, second], SHANGHAI.at(3, 8)).verdict).toBe(verdict);
  });

  test('two lows of one night are two', () => {
    expect(judge([{ day: 3, hour: 1 }, second], SHANGHAI.at(3, 8)).verdict).toBe('firing');
    expect(judge([second], SHANGHAI.at(3, 8)).verdict).toBe('clear');
  });

  test('seven days without one, each well covered, and the night after them end it', () => {
    const lows = [{ day: 0, hour: 2 }, second];
    expect(daysOf(SHANGHAI, judge(lows, SHANGHAI.at(11, 7)))).toEqual([[3.333, undefined]]);
    expect(daysOf(SHANGHAI, judge(lows, SHANGHAI.at(11, 8)))).toEqual([[3.333, 11.333]]);
    expect(daysOf(SHANGHAI, judge([...lows, { day: 11, hour: 3 }], SHANGHAI.at(13)))).toEqual([[3.333, undefined]]);
    expect(daysOf(SHANGHAI, judge([...lows, { day: 7, hour: 3 }], SHANGHAI.at(14)))).toEqual([[3.333, undefined]]);
    expect(daysOf(SHANGHAI, judge(lows, SHANGHAI.at(12), { active: 69.9 }))).toEqual([[3.333, undefined]]);
    expect(daysOf(SHANGHAI, judge(lows, SHANGHAI.at(12), { active: 70 }))).toEqual([[3.333, 11.333]]);
    expect(daysOf(SHANGHAI, judge(lows, SHANGHAI.at(12), { last: 6 }))).toEqual([[3.333, undefined]]);
  });

  test('what was before the end begins no other episode', () => {
    const lows = [{ day: 0, hour: 2 }, second, { day: 12, hour: 2 }];
    expect(daysOf(SHANGHAI, judge(lows, SHANGHAI.at(13)))).toEqual([[3.333, 11.333]]);
    expect(daysOf(SHANGHAI, judge([...lows, { day: 13, hour: 2 }], SHANGHAI.at(14)))).toHaveLength(2);
  });

  test('without a CGM nothing is said, and nothing is asked again at 08:00', () => {
    const nothing = rule.evaluate(endless(SHANGHAI, {}), profileOf(SHANGHAI), SHANGHAI.at(3));
    expect(nothing).toMatchObject({ verdict: 'unknown', explanation: { reason: 'no_readings' } });
    expect(nothing.nextDeadlineAt).toBeUndefined();
    expect(judge([], SHANGHAI.at(10, 1), { last: 9 }).nextDeadlineAt).toBeUndefined();
    expect(judge([], SHANGHAI.at(9, 1), { last: 9 }).nextDeadlineAt).toBe(SHANGHAI.at(9, 8));
  });

  test('a day has a low where one of its readings was below 70, by the line of the unit it came in', () => {
    expect(hasLow(cgmDay(SHANGHAI, 0))).toBe(false);
    expect(hasLow(cgmDay(SHANGHAI, 0, { low: 1 }))).toBe(true);
    expect(hasLow(cgmDay(SHANGHAI, 0, { veryLow: 1 }))).toBe(true);
  });

  test('a low that comes late may start it: its night may have been judged already', () => {
    const meta = (late: boolean) => packMeta({ unit: 'mmol/L', late });
    expect(rule.mayStart!('cgm', 3.8, meta(true))).toBe(true);
    expect(rule.mayStart!('cgm', 3.9, meta(true))).toBe(false);
    expect(rule.mayStart!('cgm', 3.8, meta(false))).toBe(false);
    expect(rule.mayStart!('smbg', 3.8, meta(true))).toBe(false);
  });

  test('the night’s hours are those on the wall where clocks are put forward', () => {
    // 2026-03-08, day 27: 02:00 becomes 03:00, so 05:55 is 4 h 55 min after midnight.
    const night = (min: number) =>
      judge(
        [
          { day: 26, hour: 2 },
          { day: 27, hour: 4, min },
        ],
        NEW_YORK.at(28),
        { cal: NEW_YORK },
      );
    expect(night(55).episodes).toHaveLength(1);
    expect(
      judge(
        [
          { day: 26, hour: 2 },
          { day: 27, hour: 5 },
        ],
        NEW_YORK.at(28),
        { cal: NEW_YORK },
      ).episodes,
    ).toEqual([]);
  });
});
