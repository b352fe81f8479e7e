// The times of one shift within a window. Promise: only the window is expanded, in bounded work, whatever the rule; times keep their
// wall clock over clock changes, and none is lost to them.
import { RRuleTemporal } from 'rrule-temporal';
import type { Window } from '../local-day.ts';
import { isChinaWorkday } from './china-workday.ts';
import type { Shift } from './on-call-schedule.ts';
import { formatWallClock, instantOfWallClock, parseWallClock, wallClockAt } from './wall-clock.ts';

const DAY_MS = 86_400_000;

/** A shift that can't be expanded: one stored before it was checked at entry. */
export class UnusableShift extends Error {
  override readonly name = 'UnusableShift';
}

/** Half-open, epoch ms, in order, those that touch the window and not cut to it. Throws UnusableShift. */
export function expandShift(shift: Shift, timeZone: string, window: Window): Window[] {
  const first = parseWallClock(shift.from);
  const durationMs = parseWallClock(shift.to) - first;
  if (!(durationMs > 0)) throw new UnusableShift('a shift ends after it begins');
  const from = wallClockAt(window.from, timeZone) - durationMs - DAY_MS;
  const to = wallClockAt(window.to, timeZone) + DAY_MS;
  const until = untilOf(shift.rrule, timeZone);
  const times: Window[] = [];
  for (const wallMs of startsOf(shift, first, from, to)) {
    const time = {
      from: instantOfWallClock(wallMs, timeZone),
      to: instantOfWallClock(wallMs + durationMs, timeZone),
    };
    if (time.from <= until && time.from < time.to && time.from < window.to && time.to > window.from) times.push(time);
  }
  return times;
}

/** Wall-clock starts from `from` to `to`, both included, as if UTC, on the days that the shift is for. */
export function startsOf({ rrule, on = 'every' }: Shift, first: number, from: number, to: number): number[] {
  const starts = rrule === undefined ? [first].filter((at) => at >= from && at <= to) : recur(rrule, first, from, to);
  return on === 'every' ? starts : starts.filter((at) => isChinaWorkday(dayOf(at)) === (on === 'workdays'));
}

/**
 * The rule as RFC 5545 has it, without UNTIL, which is an instant. Throws UnusableShift. Expanded in UTC: in a zone of its own the
 * library omits a start that the clock skips (right by the RFC), and a night would be without anybody.
 */
function recur(rrule: string, first: number, from: number, to: number): number[] {
  if (to < first || !(from <= to)) return [];
  try {
    const rule = recurrenceOf(rrule, first);
    return rule.between(new Date(Math.max(from, first)), new Date(to), true).map((start) => start.epochMilliseconds);
  } catch (cause) {
    throw new UnusableShift('the recurrence has no times that could be worked out', { cause });
  }
}

/** Throws what the library throws for what is no recurrence of RFC 5545, where `strict`. */
export function recurrenceOf(rrule: string, first: number, strict = false): RRuleTemporal {
  const parts = rrule.split(';').filter((part) => !part.startsWith('UNTIL='));
  const start = formatWallClock(first).replace(/[-:]/g, '');
  return new RRuleTemporal({ rruleString: `DTSTART;TZID=UTC:${start}00\nRRULE:${parts.join(';')}`, strict });
}

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

const dayOf = (wallMs: number): string => formatWallClock(wallMs).slice(0, 10);
