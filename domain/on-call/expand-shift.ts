// The times of one shift within a window. Promise: only the window is expanded, in bounded work, whatever the rule; times keep their
// wall clock over clock changes, and none is lost to them.
import type { Window } from '../local-day.ts';
import { countOf, endCount } from './end-counts.ts';
import type { Shift } from './on-call-schedule.ts';
import { problemOfForm } from './recurrence-steps.ts';
import { startsOf, UnusableShift } from './shift-starts.ts';
import { instantOfWallClock, parseWallClock, wallClockAt } from './wall-clock.ts';

const DAY_MS = 86_400_000;

/** Half-open, epoch ms, in order, those that touch the window and not cut to it. Throws UnusableShift. */
export function expandShift(shift: Shift, timeZone: string, window: Window): Window[] {
  const first = parseWallClock(shift.from);
  const durationMs = parseWallClock(shift.to) - first;
  if (!(durationMs > 0)) throw new UnusableShift('a shift ends after it begins');
  const { rrule } = ended(shift);
  const from = wallClockAt(window.from, timeZone) - durationMs - DAY_MS;
  const until = untilOf(rrule, timeZone);
  const to = Math.min(wallClockAt(window.to, timeZone), wallClockUntil(until, timeZone)) + DAY_MS;
  const times: Window[] = [];
  for (const wallMs of startsOf({ ...shift, rrule }, first, from, to)) {
    const time = {
      from: instantOfWallClock(wallMs, timeZone),
      to: instantOfWallClock(wallMs + durationMs, timeZone),
    };
    if (time.from <= until && time.from < time.to && time.from < window.to && time.to > window.from) times.push(time);
  }
  return times;
}

/** What is stored by now has UNTIL instead of COUNT. */
function ended(shift: Shift): Shift {
  if (shift.rrule === undefined) return shift;
  if (problemOfForm(shift.rrule) !== undefined)
    throw new UnusableShift('the recurrence is of a form that can’t be bounded');
  if (countOf(shift.rrule) === undefined) return shift;
  const end = endCount(shift);
  if (end === undefined) throw new UnusableShift('the recurrence counts further than can be followed');
  return end;
}

/** What the clock shows at `untilOf`; infinite for a rule without an end. */
export const wallClockUntil = (until: number, timeZone: string): number =>
  Number.isFinite(until) ? wallClockAt(until, timeZone) : until;

/** The last instant at which the shift may begin. A date is that local day to its end; a time without Z is of the zone. */
export function untilOf(rrule: string | undefined, timeZone: string): number {
  const until = rrule && /(?:^|;)UNTIL=(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})(Z?))?(?:;|$)/.exec(rrule);
  if (!until) return Number.POSITIVE_INFINITY;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = until
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const wallMs = Date.UTC(year, month - 1, day, hour, minute, second);
  if (until[4] === undefined) return instantOfWallClock(wallMs + DAY_MS, timeZone) - 1;
  return until[7] === 'Z' ? wallMs : instantOfWallClock(wallMs, timeZone);
}
