// What one local day of CGM readings comes to: enough for every metric that can be merged over days (clinical.md §3.1–3.4).
// Promise: a pure function of the day's readings; equal readings give bit-equal JSON, in whatever order they arrived.
import type { GlucoseSeries } from '../glucose-series.ts';
import { localDayBounds, localDaysOf, type Window } from '../local-day.ts';
import { firstIndexFrom } from '../rules/merged-rows.ts';
import { addToGroup, type CadenceGroup, emptyGroup } from './cadence-group.ts';
import { createSlotCoverage } from './slot-coverage.ts';

/** Rises when a field's meaning changes: a stored summary of another version is recomputed, never read. */
export const DAY_SUMMARY_VERSION = 2;

/** Plain JSON. A day without readings has no groups and no extremes. */
export interface DaySummary {
  readonly version: typeof DAY_SUMMARY_VERSION;
  /** Local calendar day, YYYY-MM-DD. */
  readonly day: string;
  /** One a cadence, ascending: readings of a 15-min sensor weigh three times those of a 5-min sensor (§3.1). */
  readonly groups: readonly Readonly<CadenceGroup>[];
  /** Minutes in slots with a reading, over all devices. */
  readonly coveredMin: number;
  /** Minutes of the day, or of the part of it that was asked for: expected slots times their cadence. */
  readonly expectedMin: number;
  readonly lowestMgPerDl?: number;
  readonly highestMgPerDl?: number;
  /** Epoch ms. */
  readonly firstMeasuredAt?: number;
  readonly lastMeasuredAt?: number;
}

/**
 * @param cgm one series a device, each de-duplicated and ascending; rows outside the day are ignored
 * @param within cuts the day where a window begins or ends inside it
 */
export function summariseDay(
  cgm: readonly GlucoseSeries[],
  day: string,
  timeZone: string,
  within?: Window,
): DaySummary {
  const { startAt, endAt } = localDayBounds(day, timeZone);
  const from = Math.max(startAt, within?.from ?? startAt);
  const to = Math.min(endAt, within?.to ?? endAt);
  const coverage = createSlotCoverage((endAt - startAt) / 60_000);
  const groups: CadenceGroup[] = [];
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;

  for (const series of inCanonicalOrder(cgm)) {
    const begin = firstIndexFrom(series, from);
    if (begin === series.length || series.measuredAt[begin]! >= to) continue;
    if (groups.at(-1)?.cadenceMin !== series.cadenceMin) groups.push(emptyGroup(series.cadenceMin));
    const group = groups.at(-1)!;
    coverage.startSeries(series.cadenceMin);
    first = Math.min(first, series.measuredAt[begin]!);
    for (let row = begin; row < series.length && series.measuredAt[row]! < to; row++) {
      const measuredAt = series.measuredAt[row]!;
      const mgPerDl = addToGroup(group, series.value[row]!, series.meta[row]!);
      coverage.mark((measuredAt - startAt) / 60_000);
      lowest = Math.min(lowest, mgPerDl);
      highest = Math.max(highest, mgPerDl);
      last = Math.max(last, measuredAt);
    }
  }

  return {
    version: DAY_SUMMARY_VERSION,
    day,
    groups,
    coveredMin: coverage.coveredMin(),
    expectedMin: Math.max(0, to - from) / 60_000,
    ...(groups.length > 0 && {
      lowestMgPerDl: lowest,
      highestMgPerDl: highest,
      firstMeasuredAt: first,
      lastMeasuredAt: last,
    }),
  };
}

/** A summary for each local day that the window touches, the first and last cut where it cuts them. */
export function summariseDays(cgm: readonly GlucoseSeries[], window: Window, timeZone: string): DaySummary[] {
  return localDaysOf(window, timeZone).map((day) => summariseDay(cgm, day, timeZone, window));
}

/** Floating sums depend on order, so devices are taken in one order whatever the caller's. */
function inCanonicalOrder(cgm: readonly GlucoseSeries[]): readonly GlucoseSeries[] {
  return [...cgm].sort((a, b) => a.cadenceMin - b.cadenceMin || a.deviceKey - b.deviceKey);
}
