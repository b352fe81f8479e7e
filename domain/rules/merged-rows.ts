// The rows of several series in one order of time, without copying them.
// Promise: the order depends on the readings alone (same instant: lower device key first), not on the order of the list.
import type { GlucoseSeries } from '../glucose-series.ts';

export interface MergedRows {
  /** Steps to the next row; false after the last. */
  next(): boolean;
  readonly seriesIndex: number;
  readonly series: GlucoseSeries;
  readonly index: number;
  readonly measuredAt: number;
  readonly value: number;
  readonly meta: number;
}

/** @param fromAt epoch ms: earlier rows are left out. There must be at least one series. */
export function mergeRows(list: readonly GlucoseSeries[], fromAt = Number.NEGATIVE_INFINITY): MergedRows {
  const ordered = list.length === 1 ? list : [...list].sort((a, b) => a.deviceKey - b.deviceKey);
  const next = ordered.map((series) => firstIndexFrom(series, fromAt));
  const rows = {
    seriesIndex: 0,
    series: ordered[0]!,
    index: -1,
    measuredAt: Number.NaN,
    value: Number.NaN,
    meta: 0,
    next(): boolean {
      const chosen = ordered.length === 1 ? 0 : earliest(ordered, next);
      const series = ordered[chosen]!;
      const index = next[chosen]!;
      if (index >= series.length) return false;
      next[chosen] = index + 1;
      rows.seriesIndex = chosen;
      rows.series = series;
      rows.index = index;
      rows.measuredAt = series.measuredAt[index]!;
      rows.value = series.value[index]!;
      rows.meta = series.meta[index]!;
      return true;
    },
  };
  return rows;
}

/** The series whose next row is the earliest; any of them where all are at their end. */
function earliest(ordered: readonly GlucoseSeries[], next: readonly number[]): number {
  let chosen = 0;
  let earliestAt = Number.POSITIVE_INFINITY;
  for (let s = 0; s < ordered.length; s++) {
    const index = next[s]!;
    if (index >= ordered[s]!.length) continue;
    const at = ordered[s]!.measuredAt[index]!;
    if (at < earliestAt) {
      earliestAt = at;
      chosen = s;
    }
  }
  return chosen;
}

/** Of the (first) reading measured at an instant; there must be one. */
export function rowAt(series: GlucoseSeries, measuredAt: number): number {
  return firstIndexFrom(series, measuredAt);
}

/** Index of the first reading measured at `fromAt` (epoch ms) or later; `length` where there is none. */
export function firstIndexFrom(series: GlucoseSeries, fromAt: number): number {
  let low = 0;
  let high = series.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (series.measuredAt[middle]! < fromAt) low = middle + 1;
    else high = middle;
  }
  return low;
}
