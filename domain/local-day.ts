// Calendar days of a patient's time zone (clinical.md §1.2).
// Promise: a day is exactly [its first instant, the next day's first instant), so 23, 24 or 25 h where clocks change; windows are
// half-open; an instant belongs to exactly one day.
import { zoneOffsetMs } from './zone-offset.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** No zone is further from UTC, at any time since 1970. */
const FURTHEST_OFFSET_MS = 16 * HOUR_MS;

/** Half-open: `from` included, `to` excluded, epoch ms. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

export interface LocalDayBounds {
  /** Epoch ms, included. */
  readonly startAt: number;
  /** Epoch ms, excluded: the next day's `startAt`. */
  readonly endAt: number;
}

/** `YYYY-MM-DD` of an instant (epoch ms) in an IANA zone. Throws RangeError for a zone the runtime doesn't know. */
export function localDayOf(instant: number, timeZone: string): string {
  return dayFromNumber(localDayNumberOf(instant, timeZone));
}

/** The same as a count of days since 1970-01-01: for hot loops, without a string. */
export function localDayNumberOf(instant: number, timeZone: string): number {
  return Math.floor((instant + zoneOffsetMs(instant, timeZone)) / DAY_MS);
}

/** Wall-clock minutes since 00:00, with fraction. For telling morning from evening only, never for subtraction (§1.1). */
export function localMinuteOfDay(instant: number, timeZone: string): number {
  const local = instant + zoneOffsetMs(instant, timeZone);
  return (local - Math.floor(local / DAY_MS) * DAY_MS) / MINUTE_MS;
}

/** First instant of a day and of the day after it. A day the zone skipped (Samoa, 2011-12-30) is empty. */
export function localDayBounds(day: string, timeZone: string): LocalDayBounds {
  const number = dayNumber(day);
  return { startAt: firstInstantOf(number, timeZone), endAt: firstInstantOf(number + 1, timeZone) };
}

/** Hours of the day as the clock on the wall ran: 24, or 23 and 25 where it was changed. */
export function hoursOf({ startAt, endAt }: LocalDayBounds): number {
  return (endAt - startAt) / HOUR_MS;
}

/** The days that a half-open window touches, in order. */
export function localDaysOf({ from, to }: Window, timeZone: string): string[] {
  const days: string[] = [];
  if (!(from < to)) return days;
  const last = localDayNumberOf(to - 1, timeZone);
  for (let number = localDayNumberOf(from, timeZone); number <= last; number++) days.push(dayFromNumber(number));
  return days;
}

/** `days=n` of the API: today and the n−1 local days before it, up to now (excluded). */
export function daysWindow(n: number, timeZone: string, now: number): Window {
  return { from: firstInstantOf(localDayNumberOf(now, timeZone) - (n - 1), timeZone), to: now };
}

/** The calendar day `n` days after `day` (before it where n is negative). */
export function addDays(day: string, n: number): string {
  return dayFromNumber(dayNumber(day) + n);
}

/** Whole calendar days from one day to another; negative where `to` is earlier. */
export function daysBetween(from: string, to: string): number {
  return dayNumber(to) - dayNumber(from);
}

function firstInstantOf(number: number, timeZone: string): number {
  // Midnight may not exist (clocks put forward at 00:00), so the first instant is searched for, not computed.
  let before = number * DAY_MS - FURTHEST_OFFSET_MS;
  let from = number * DAY_MS + FURTHEST_OFFSET_MS;
  const likely = number * DAY_MS - zoneOffsetMs(number * DAY_MS, timeZone);
  if (localDayNumberOf(likely, timeZone) >= number) from = likely;
  if (localDayNumberOf(likely - 1, timeZone) < number) before = likely - 1;
  while (from - before > 1) {
    const middle = Math.floor((before + from) / 2);
    if (localDayNumberOf(middle, timeZone) >= number) from = middle;
    else before = middle;
  }
  return from;
}

function dayNumber(day: string): number {
  const number = Date.parse(`${day}T00:00:00Z`) / DAY_MS;
  if (!Number.isInteger(number) || dayFromNumber(number) !== day)
    throw new RangeError(`not a calendar day YYYY-MM-DD: ${day}`);
  return number;
}

function dayFromNumber(number: number): string {
  return new Date(number * DAY_MS).toISOString().slice(0, 10);
}
