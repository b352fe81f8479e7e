// What holds of every schedule, whatever it is made of.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { onCallAt, onCallBetween } from './on-call.ts';
import type { LocalSpan, OnCallInterval, OnCallSchedule } from './on-call-schedule.ts';
import { formatWallClock, instantOfWallClock, parseWallClock, wallClockAt } from './wall-clock.ts';

const QUARTER_MS = 15 * 60_000;
const DAY_MS = 86_400_000;
const ZONES = ['Asia/Shanghai', 'Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'UTC'] as const;
const MEMBERS = ['a', 'b', 'c', 'd', 'e'] as const;

const members = fc.uniqueArray(fc.constantFrom(...MEMBERS), { minLength: 1, maxLength: 3 });
const zone = fc.constantFrom(...ZONES);
/** Around a week in which European clocks change. */
const span = (lastDays: number): fc.Arbitrary<LocalSpan> =>
  fc
    .record({ start: fc.integer({ min: -300, max: 900 }), length: fc.integer({ min: 1, max: lastDays * 96 }) })
    .map(({ start, length }) => {
      const from = Date.UTC(2026, 2, 26) + start * QUARTER_MS;
      return { from: formatWallClock(from), to: formatWallClock(from + length * QUARTER_MS) };
    });
const shift = fc
  .record({
    span: span(2),
    memberIds: members,
    rrule: fc.constantFrom(undefined, 'FREQ=DAILY', 'FREQ=WEEKLY;BYDAY=SA,SU,MO', 'FREQ=DAILY;INTERVAL=2'),
    layer: fc.constantFrom(undefined, 0, 1, 2),
    on: fc.constantFrom(undefined, 'every' as const, 'workdays' as const, 'holidays' as const),
  })
  .map(({ span, ...rest }) => ({ ...span, ...rest }));
const swap = fc.record({
  memberIds: fc.uniqueArray(fc.constantFrom(...MEMBERS), { minLength: 2, maxLength: 2 }),
  windows: fc.array(span(3), { minLength: 1, maxLength: 2 }),
});
const leave = fc
  .record({ span: span(4), memberId: fc.constantFrom(...MEMBERS), coveredBy: fc.option(members, { nil: undefined }) })
  .map(({ span, ...rest }) => ({ ...span, ...rest }));
const override = fc.record({ span: span(2), memberIds: members }).map(({ span, ...rest }) => ({ ...span, ...rest }));
const schedule: fc.Arbitrary<OnCallSchedule> = fc.record({
  timeZone: zone,
  shifts: fc.array(shift, { maxLength: 6 }),
  swaps: fc.array(swap, { maxLength: 3 }),
  leave: fc.array(leave, { maxLength: 4 }),
  overrides: fc.array(override, { maxLength: 3 }),
});

const FROM = Date.UTC(2026, 2, 26, 3, 7);
const TO = FROM + 9 * DAY_MS;
const intervalsOf = (plan: OnCallSchedule) => onCallBetween(plan, FROM, TO);
const heldMs = (intervals: readonly OnCallInterval[], among: readonly string[]) =>
  intervals.reduce(
    (sum, { from, to, members }) => sum + (to - from) * members.filter((m) => among.includes(m.memberId)).length,
    0,
  );

describe('of any schedule', () => {
  it('the intervals tile the range, and neighbours differ', () => {
    fc.assert(
      fc.property(schedule, (plan) => {
        const intervals = intervalsOf(plan);
        expect(intervals[0]?.from).toBe(FROM);
        expect(intervals.at(-1)?.to).toBe(TO);
        for (const [i, { from, to, members, gap }] of intervals.entries()) {
          expect(from).toBeLessThan(to);
          expect(members.length === 0).toBe(gap !== undefined);
          const next = intervals[i + 1];
          if (!next) continue;
          expect(next.from).toBe(to);
          expect([next.members, next.gap]).not.toEqual([members, gap]);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('an instant says what its interval says, wherever the range was cut', () => {
    fc.assert(
      fc.property(schedule, fc.integer({ min: 0, max: TO - FROM - 1 }), (plan, offset) => {
        const { from: _from, to: _to, ...expected } = intervalsOf(plan).find(({ to }) => FROM + offset < to)!;
        expect(onCallAt(plan, FROM + offset)).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });

  it('a swap keeps the hours: of all, and of the two together', () => {
    fc.assert(
      fc.property(schedule, swap, (plan, { memberIds, windows }) => {
        const before = { ...plan, leave: [], overrides: [], swaps: [] };
        const after = { ...before, swaps: [{ memberIds, windows }] };
        for (const among of [MEMBERS, memberIds])
          expect(heldMs(intervalsOf(after), among)).toBe(heldMs(intervalsOf(before), among));
      }),
      { numRuns: 200 },
    );
  });

  it('an override wins over all that was there before it, and changes nothing outside', () => {
    fc.assert(
      fc.property(schedule, override, fc.integer({ min: 0, max: TO - FROM - 1 }), (plan, added, offset) => {
        const at = FROM + offset;
        const changed = { ...plan, overrides: [...(plan.overrides ?? []), added] };
        const covers =
          at >= instantOfWallClock(parseWallClock(added.from), plan.timeZone) &&
          at < instantOfWallClock(parseWallClock(added.to), plan.timeZone);
        const now = onCallAt(changed, at);
        if (covers) expect(now.members.map(({ memberId }) => memberId)).toEqual(added.memberIds);
        else expect(now).toEqual(onCallAt(plan, at));
      }),
      { numRuns: 300 },
    );
  });

  it('nobody on leave is on call, but by an override', () => {
    fc.assert(
      fc.property(schedule, fc.integer({ min: 0, max: TO - FROM - 1 }), (plan, offset) => {
        const at = FROM + offset;
        const instant = (local: string) => instantOfWallClock(parseWallClock(local), plan.timeZone);
        const away = (plan.leave ?? []).filter(({ from, to }) => at >= instant(from) && at < instant(to));
        for (const { memberId, override: by } of onCallAt(plan, at).members)
          if (by === undefined) expect(away.map((absence) => absence.memberId)).not.toContain(memberId);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a wall-clock time', () => {
  it('is the first instant at which the clock shows it or a later one, in every zone', () => {
    fc.assert(
      fc.property(zone, fc.integer({ min: 0, max: 366 * 96 }), (timeZone, quarter) => {
        const wallMs = Date.UTC(2026, 0, 1) + quarter * QUARTER_MS;
        const instant = instantOfWallClock(wallMs, timeZone);
        expect(wallClockAt(instant, timeZone)).toBeGreaterThanOrEqual(wallMs);
        for (let before = instant - 3 * 3_600_000; before < instant; before += QUARTER_MS)
          expect(wallClockAt(before, timeZone)).toBeLessThan(wallMs);
        expect(wallClockAt(instant - 1, timeZone)).toBeLessThan(wallMs);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps the order of times', () => {
    const quarter = fc.integer({ min: 0, max: 366 * 96 });
    fc.assert(
      fc.property(zone, quarter, quarter, (timeZone, one, other) => {
        const wall = (n: number) => Date.UTC(2026, 0, 1) + n * QUARTER_MS;
        const [earlier, later] = [Math.min(one, other), Math.max(one, other)];
        expect(instantOfWallClock(wall(earlier), timeZone)).toBeLessThanOrEqual(
          instantOfWallClock(wall(later), timeZone),
        );
      }),
      { numRuns: 500 },
    );
  });
});
