// One line through the readings of all sensors of a patient, for metrics that need a succession of values (clinical.md §1.3, §3.5).
// Promise: each sensor's readings are de-duplicated before they meet; two sensors worn at once never alternate, which would
// make a zigzag of their difference: one is followed until it has a gap, then the other.
import { mgPerDlOf } from '../glucose-class.ts';
import type { GlucoseSeries } from '../glucose-series.ts';
import type { Window } from '../local-day.ts';

/** Ascending in time, one value an instant. */
export interface Trace {
  /** Epoch ms. */
  readonly measuredAt: readonly number[];
  readonly mgPerDl: readonly number[];
}

/** Also the longest gap that is interpolated over and that an event survives (clinical.md §3.5, §3.6). */
export const LONGEST_BRIDGED_MS = 45 * 60_000;

/** @param cgm one series a device, each de-duplicated and ascending */
export function singleTrace(cgm: readonly GlucoseSeries[], window: Window): Trace {
  const [only, ...others] = cgm;
  if (only !== undefined && others.length === 0) return traceOf(only, window);
  const rows = cgm.flatMap((series) => rowsWithin(series, window));
  rows.sort((a, b) => a.measuredAt - b.measuredAt || a.deviceKey - b.deviceKey);
  const nextOfSameDevice = nextReadingOfSameDevice(rows);
  const measuredAt: number[] = [];
  const mgPerDl: number[] = [];
  let followed: number | undefined;
  let followedUntil = Number.NEGATIVE_INFINITY;
  for (const [index, row] of rows.entries()) {
    const followedHasGap = row.measuredAt > followedUntil;
    if (row.deviceKey !== followed && !followedHasGap) continue;
    if (row.measuredAt === measuredAt.at(-1)) continue;
    followed = row.deviceKey;
    const next = nextOfSameDevice[index]!;
    followedUntil = next - row.measuredAt <= LONGEST_BRIDGED_MS ? next : row.measuredAt;
    measuredAt.push(row.measuredAt);
    mgPerDl.push(row.mgPerDl);
  }
  return { measuredAt, mgPerDl };
}

/** Of one sensor: nearly every window, and no object a reading. */
function traceOf(series: GlucoseSeries, { from, to }: Window): Trace {
  const measuredAt: number[] = [];
  const mgPerDl: number[] = [];
  let previousAt: number | undefined;
  for (let row = 0; row < series.length; row++) {
    const at = series.measuredAt[row]!;
    if (at < from || at >= to || at === previousAt) continue;
    previousAt = at;
    measuredAt.push(at);
    mgPerDl.push(mgPerDlOf(series.value[row]!, series.meta[row]!));
  }
  return { measuredAt, mgPerDl };
}

interface Row {
  readonly deviceKey: number;
  readonly measuredAt: number;
  readonly mgPerDl: number;
}

function rowsWithin(series: GlucoseSeries, { from, to }: Window): Row[] {
  const rows: Row[] = [];
  for (let row = 0; row < series.length; row++) {
    const measuredAt = series.measuredAt[row]!;
    if (measuredAt < from || measuredAt >= to || measuredAt === rows.at(-1)?.measuredAt) continue;
    rows.push({ deviceKey: series.deviceKey, measuredAt, mgPerDl: mgPerDlOf(series.value[row]!, series.meta[row]!) });
  }
  return rows;
}

function nextReadingOfSameDevice(rows: readonly Row[]): number[] {
  const next = new Array<number>(rows.length);
  const upcoming = new Map<number, number>();
  for (let index = rows.length - 1; index >= 0; index--) {
    const { deviceKey, measuredAt } = rows[index]!;
    next[index] = upcoming.get(deviceKey) ?? Number.POSITIVE_INFINITY;
    upcoming.set(deviceKey, measuredAt);
  }
  return next;
}
