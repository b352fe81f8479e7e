// What the recurrences of a schedule must be to be taken, each and together. Promise: the work of the check itself is bounded: what costs
// more is done only for what has passed what costs less, and no further than the first that is refused for it.
import type { ScheduleProblem } from './check-schedule.ts';
import { countOf, endCount, LONGEST_COUNT_DAYS } from './end-counts.ts';
import { untilOf, wallClockUntil } from './expand-shift.ts';
import type { Shift } from './on-call-schedule.ts';
import { MAX_STEPS, problemOfForm, stepsOf } from './recurrence-steps.ts';
import { recurrenceOf, startsOf } from './shift-starts.ts';
import { parseWallClock } from './wall-clock.ts';

const DAY_MS = 86_400_000;
const MAX_COUNT = LONGEST_COUNT_DAYS;
/** Of all shifts: each time is gone through once, when the schedule is taken. */
const MAX_COUNTED = 5000;
const MAX_STARTS_A_DAY = 48;
/** Looked at for overlaps and numbers. */
const SEEN_DAYS = 366;
/** In so long a rule has to have a time: 29 February comes again within 8 years, also over 2100. */
const SEARCHED_DAYS = 8 * 366;

/** By the shifts' places. `isWhole`: whether a shift's times are times and may be looked at here. */
export function checkRecurrences(
  shifts: readonly Shift[],
  timeZone: string,
  isWhole: (place: number) => boolean,
): ReadonlyMap<number, readonly ScheduleProblem[]> {
  const problems = new Map<number, readonly ScheduleProblem[]>();
  const whole = [...shifts.entries()].filter(([place]) => isWhole(place));
  const sound = whole.filter(([place, { rrule, from }]) => {
    const detail = rrule === undefined ? undefined : problemOfRule(rrule, parseWallClock(from));
    if (detail !== undefined) problems.set(place, [{ field: `shifts/${place}/rrule`, detail }]);
    return detail === undefined;
  });
  const tooMuch = problemOfSum(sound);
  if (tooMuch) return problems.set(...tooMuch);
  const startsByDay = new Map<number, number>();
  for (const [place, shift] of sound) {
    const { problem, isLast = false } = checkStarts(shift, timeZone, `shifts/${place}`, startsByDay);
    if (problem) problems.set(place, [problem]);
    if (isLast) break;
  }
  return problems;
}

function problemOfRule(rrule: string, first: number): string | undefined {
  try {
    recurrenceOf(rrule, first, { strict: true });
  } catch (error) {
    const why = error instanceof Error ? ` (${error.message})` : '';
    return `This is no recurrence of RFC 5545${why}: write it as in FREQ=WEEKLY;BYDAY=MO,WE.`;
  }
  const form = problemOfForm(rrule);
  if (form !== undefined) return form;
  return (countOf(rrule) ?? 0) > MAX_COUNT
    ? `The shift recurs too often: COUNT is at most ${MAX_COUNT}. For a shift without an end leave COUNT out.`
    : undefined;
}

/** Of those that are together too many, the first that is. */
function problemOfSum(shifts: readonly (readonly [number, Shift])[]): [number, ScheduleProblem[]] | undefined {
  let steps = 0;
  let counted = 0;
  for (const [place, { rrule }] of shifts) {
    if (rrule === undefined) continue;
    const count = countOf(rrule) ?? 0;
    counted += count;
    // What is stored has UNTIL instead of COUNT, and a rule with COUNT is a plain one.
    steps += count > 0 ? 1 : stepsOf({ rrule });
    const field = `shifts/${place}/rrule`;
    if (counted > MAX_COUNTED) {
      const detail = `All shifts together count more than ${MAX_COUNTED} times: write UNTIL with the last day instead of COUNT.`;
      return [place, [{ field, detail }]];
    }
    if (steps > MAX_STEPS) {
      const detail = `Up to here the shifts are more work than is taken for one schedule (${steps} steps of ${MAX_STEPS}): name several days in one rule (BYDAY=MO,WE) instead of one shift for each, write FREQ=MONTHLY or WEEKLY without BYSETPOS and BYMONTH where that says the same, and drop shifts that have ended.`;
      return [place, [{ field, detail }]];
    }
  }
  return undefined;
}

interface Finding {
  readonly problem?: ScheduleProblem;
  /** After it no other shift is looked at: to find it was the most that may be spent. */
  readonly isLast?: boolean;
}

/** By the times themselves: at least one, none before the last has ended, not too many on one day. */
function checkStarts(shift: Shift, timeZone: string, field: string, startsByDay: Map<number, number>): Finding {
  const rule = `${field}/${shift.rrule ? 'rrule' : 'on'}`;
  const ended = endCount(shift);
  if (!ended) {
    const detail = 'COUNT isn’t reached within ten years: write UNTIL with the last day instead, or leave COUNT out.';
    return { problem: { field: rule, detail }, isLast: true };
  }
  const first = parseWallClock(shift.from);
  const durationMs = parseWallClock(shift.to) - first;
  const last = wallClockUntil(untilOf(ended.rrule, timeZone), timeZone);
  const startsWithin = (days: number) => startsOf(ended, first, first, Math.min(first + days * DAY_MS, last));
  const seen = startsWithin(SEEN_DAYS);
  const starts = seen.length > 0 ? seen : startsWithin(SEARCHED_DAYS);
  if (starts.length === 0) {
    const remedy = 'check FREQ, the BY… parts, UNTIL and `on` against `from`.';
    return { problem: { field: rule, detail: `The shift never takes place: ${remedy}` }, isLast: true };
  }
  if (starts.some((at, i) => i > 0 && at - (starts[i - 1] ?? at) < durationMs)) {
    const detail = 'The shift would begin again before it has ended: end it earlier, or let it recur less often.';
    return { problem: { field: `${field}/to`, detail } };
  }
  for (const at of starts) {
    const day = Math.floor(at / DAY_MS);
    const count = (startsByDay.get(day) ?? 0) + 1;
    startsByDay.set(day, count);
    if (count > MAX_STARTS_A_DAY) {
      const detail = `More than ${MAX_STARTS_A_DAY} shifts begin on one day: give one shift several members, or drop shifts.`;
      return { problem: { field, detail }, isLast: true };
    }
  }
  return {};
}
