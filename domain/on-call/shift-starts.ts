// The starts of one shift by its rule, as wall-clock times. Promise: only the window is expanded, in bounded work, whatever the rule.
import { RRuleTemporal } from 'rrule-temporal';
import { isChinaWorkday } from './china-workday.ts';
import type { Shift } from './on-call-schedule.ts';
import { formatWallClock } from './wall-clock.ts';

const DAY_MS = 86_400_000;
/** Beside a period for each day of the window: the library begins a few before it. M: 3 suffice. */
const SPARE_PERIODS = 8;

/** A shift that can't be expanded: one stored before it was checked at entry. */
export class UnusableShift extends Error {
  override readonly name = 'UnusableShift';
}

/** Wall-clock starts from `from` to `to`, both included, as if UTC, on the days that the shift is for; UNTIL is the caller's. Throws UnusableShift. */
export function startsOf({ rrule, on = 'every' }: Shift, first: number, from: number, to: number): number[] {
  const starts = rrule === undefined ? [first].filter((at) => at >= from && at <= to) : recur(rrule, first, from, to);
  return on === 'every' ? starts : starts.filter((at) => isChinaWorkday(dayOf(at)) === (on === 'workdays'));
}

/**
 * The rule as RFC 5545 has it, without UNTIL, which is an instant. Throws UnusableShift. Expanded in UTC: in a zone of its own the
 * library omits a start that the clock skips (right by the RFC), and a night would be without anybody. The library counts the periods
 * that it goes through and gives up where they are more than the window has, as it would be walking from the first time on.
 */
function recur(rrule: string, first: number, from: number, to: number): number[] {
  if (to < first || !(from <= to)) return [];
  const begin = Math.max(from, first);
  try {
    const rule = recurrenceOf(rrule, first, { maxIterations: Math.ceil((to - begin) / DAY_MS) + SPARE_PERIODS });
    return rule.between(new Date(begin), new Date(to), true).map((start) => start.epochMilliseconds);
  } catch (cause) {
    throw new UnusableShift('the recurrence has no times that could be worked out', { cause });
  }
}

/** Throws what the library throws for what is no recurrence of RFC 5545, where `strict`. */
export function recurrenceOf(
  rrule: string,
  first: number,
  options: { readonly strict?: boolean; readonly maxIterations?: number } = {},
): RRuleTemporal {
  const parts = rrule.split(';').filter((part) => !part.startsWith('UNTIL='));
  const start = formatWallClock(first).replace(/[-:]/g, '');
  return new RRuleTemporal({ rruleString: `DTSTART;TZID=UTC:${start}00\nRRULE:${parts.join(';')}`, ...options });
}

const dayOf = (wallMs: number): string => formatWallClock(wallMs).slice(0, 10);
