// Recurrences within a window against node-rrule, which shares no code with the library in use. The window is what is proved: libraries
// skip ahead to it, and lost the phase of INTERVAL and early times of a period in doing so (ggaabe/rrule-temporal 73, 103).
import fc from 'fast-check';
import rrulePackage from 'rrule';
import { describe, expect, it } from 'vitest';
import { endCount } from './end-counts.ts';
import { untilOf } from './expand-shift.ts';
import { recurrenceOf, startsOf, UnusableShift } from './shift-starts.ts';
import { formatWallClock } from './wall-clock.ts';

const { RRule } = rrulePackage;
const DAY_MS = 86_400_000;
const QUARTER_MS = 15 * 60_000;
const WEEKDAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const;

const optional = (part: fc.Arbitrary<string>) => fc.option(part, { nil: '' });
const listOf = <T>(name: string, value: fc.Arbitrary<T>) =>
  fc.uniqueArray(value, { minLength: 1, maxLength: 3 }).map((values) => `;${name}=${values.join()}`);
const interval = optional(fc.integer({ min: 2, max: 13 }).map((n) => `;INTERVAL=${n}`));
const count = optional(fc.integer({ min: 1, max: 200 }).map((n) => `;COUNT=${n}`));
const weekStart = optional(fc.constantFrom(...WEEKDAYS).map((day) => `;WKST=${day}`));
const weekdays = listOf('BYDAY', fc.constantFrom(...WEEKDAYS));
const months = listOf('BYMONTH', fc.integer({ min: 1, max: 12 }));
const monthDays = listOf('BYMONTHDAY', fc.oneof(fc.integer({ min: 1, max: 31 }), fc.integer({ min: -28, max: -1 })));
const nthWeekdays = listOf(
  'BYDAY',
  fc.tuple(fc.constantFrom(1, 2, 3, 4, -1, -2), fc.constantFrom(...WEEKDAYS)).map(([n, day]) => `${n}${day}`),
);
/** Of the frequencies that a schedule may have, with the parts that go with each. */
const rule = fc
  .oneof(
    fc.tuple(fc.constant('FREQ=DAILY'), interval, optional(weekdays), count),
    fc.tuple(fc.constant('FREQ=DAILY'), optional(months), count),
    fc.tuple(fc.constant('FREQ=WEEKLY'), interval, optional(weekdays), weekStart, count),
    fc.tuple(fc.constant('FREQ=MONTHLY'), interval, fc.oneof(fc.constant(''), monthDays, nthWeekdays), count),
    fc.tuple(fc.constant('FREQ=YEARLY'), optional(months), fc.oneof(fc.constant(''), nthWeekdays), count),
  )
  .map((parts) => parts.join(''));

describe('the times of a recurrence within a window', () => {
  it('are those that node-rrule finds, wherever the window lies', () => {
    fc.assert(
      fc.property(
        rule,
        fc.integer({ min: 0, max: 700 * 96 }),
        fc.integer({ min: -30 * 96, max: 1500 * 96 }),
        fc.integer({ min: 1, max: 60 * 96 }),
        (rrule, start, offset, length) => {
          const first = Date.UTC(2024, 0, 1) + start * QUARTER_MS;
          const from = first + offset * QUARTER_MS;
          const to = from + length * QUARTER_MS;
          const shift = { memberIds: [], from: formatWallClock(first), to: formatWallClock(first + DAY_MS), rrule };
          const expected = new RRule({ ...RRule.parseString(rrule), dtstart: new Date(first) })
            .between(new Date(from), new Date(to), true)
            .map((at) => at.getTime());
          // What isn't counted to its end within ten years isn't taken, with field and remedy: check-schedule.test.ts.
          const ended = endCount(shift);
          fc.pre(ended !== undefined);
          const until = untilOf(ended?.rrule, 'UTC');
          const starts = startsOf(ended ?? shift, first, from, to).filter((at) => at <= until);
          expect(starts, `${rrule} from ${shift.from}`).toEqual(expected);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('are given up where the library would walk to them from the first time on', () => {
    const first = Date.UTC(2000, 0, 1, 18);
    const from = Date.UTC(2020, 0, 1);
    const times = (rrule: string) => startsOf({ memberIds: [], from: '', to: '', rrule }, first, from, from + DAY_MS);
    expect(times('FREQ=MONTHLY')).toEqual([Date.UTC(2020, 0, 1, 18)]);
    expect(() => times('FREQ=MONTHLY;COUNT=900')).toThrow(UnusableShift);
    expect(() => times('RSCALE=CHINESE;FREQ=DAILY')).toThrow(UnusableShift);
  });

  it('are bounded where a rule is refused or has none', () => {
    expect(() => recurrenceOf('FREQ=WEEKLY;BYMONTHDAY=3', Date.UTC(2026, 0, 1), { strict: true })).toThrow(
      /BYMONTHDAY/,
    );
    const never = { memberIds: [], from: '', to: '', rrule: 'FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30' };
    expect(startsOf(never, Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 1), Date.UTC(2034, 0, 1))).toEqual([]);
  });
});
