// Wall-clock times of a zone as instants. Promise: a time is the first instant at which the clock shows it or a later one, so that
// the order of times is kept over every clock change: one that doesn't exist is the moment of the jump, one that exists twice the
// first of the two. Two shifts that meet at a time therefore meet at an instant, without gap or overlap.
import { zoneOffsetMs } from '../zone-offset.ts';

const DAY_MS = 86_400_000;

/** What the clock of `timeZone` shows at an instant, as if it were UTC: epoch ms. */
export function wallClockAt(instant: number, timeZone: string): number {
  return instant + zoneOffsetMs(instant, timeZone);
}

/** Epoch ms of a wall-clock time given as if it were UTC; NaN of NaN. */
export function instantOfWallClock(wallMs: number, timeZone: string): number {
  if (Number.isNaN(wallMs)) return Number.NaN;
  const before = zoneOffsetMs(wallMs - DAY_MS, timeZone);
  const after = zoneOffsetMs(wallMs + DAY_MS, timeZone);
  const earliest = wallMs - Math.max(before, after);
  if (wallClockAt(earliest, timeZone) === wallMs) return earliest;
  const latest = wallMs - Math.min(before, after);
  if (wallClockAt(latest, timeZone) === wallMs) return latest;
  let tooEarly = earliest;
  let reached = latest;
  while (reached - tooEarly > 1) {
    const middle = Math.floor((tooEarly + reached) / 2);
    if (wallClockAt(middle, timeZone) >= wallMs) reached = middle;
    else tooEarly = middle;
  }
  return reached;
}

/** `2026-11-22T18:00` as if it were UTC, epoch ms; NaN where it is no time of the calendar. */
export function parseWallClock(local: string): number {
  const wallMs = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/.test(local) ? Date.parse(`${local}Z`) : Number.NaN;
  // Date takes 30 February for 2 March.
  return Number.isNaN(wallMs) || formatWallClock(wallMs) !== local ? Number.NaN : wallMs;
}

export const formatWallClock = (wallMs: number): string => new Date(wallMs).toISOString().slice(0, 16);
