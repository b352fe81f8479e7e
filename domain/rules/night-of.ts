// The night in which events of CGM-08 begin (00:00–05:59 local), with as much on either side as shows where they begin.
import { localMinuteOfDay, type Window } from '../local-day.ts';
import type { DaySummary } from '../metrics/day-summary.ts';

const HOUR_MS = 3_600_000;
/** A low that began before midnight has to be seen to. */
const BEFORE_MS = 3 * HOUR_MS;
/** When a night is judged: what began before 06:00 has lasted its 15 min, and most sensors have told of it. */
export const NIGHT_JUDGED_AFTER_MS = 8 * HOUR_MS;
const ENDS_AT_MINUTE = 6 * 60;

/** @param startAt first instant of the local day, epoch ms */
export function nightOf(startAt: number): Window {
  return { from: startAt - BEFORE_MS, to: startAt + NIGHT_JUDGED_AFTER_MS };
}

/** Whether an event that begins at `at` (epoch ms) begins in the night of the day that begins at `startAt`. */
export function beginsInNight(at: number, startAt: number, timeZone: string): boolean {
  return at >= startAt && localMinuteOfDay(at, timeZone) < ENDS_AT_MINUTE;
}

/** In the unit each reading came in (clinical.md §2.2). */
export function hasLow({ groups }: DaySummary): boolean {
  return groups.some(({ bandCounts: [veryLow, low] }) => veryLow + low > 0);
}
