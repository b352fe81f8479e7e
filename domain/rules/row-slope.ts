// How fast glucose changes at a row of a series: rate-of-change.ts for the hot path, without allocating anything.
// Promise: of readings half a minute apart or more the same as `rateOfChange` up to the row, at the row's own instant, to nine decimals.
import { mgPerDlOf } from '../glucose-class.ts';
import type { GlucoseSeries } from '../glucose-series.ts';
import { predictedMgPerDl, SLOPE_FROM_READINGS, SLOPE_LOOK_BACK_MS } from '../metrics/rate-of-change.ts';
import { withoutFloatNoise } from '../without-float-noise.ts';

const MS_PER_MIN = 60_000;
/** No sensor tells more often than once a minute: of readings closer together the first of each half minute speaks, so a flood costs little. */
const HALF_MINUTE_MS = 30_000;

export function opensHalfMinute({ measuredAt }: GlucoseSeries, row: number): boolean {
  const halfMinute = (at: number) => Math.floor(at / HALF_MINUTE_MS);
  return row === 0 || halfMinute(measuredAt[row]!) !== halfMinute(measuredAt[row - 1]!);
}

/** mg/dL per minute by least squares over the 15 min up to the row; NaN with fewer than three readings (clinical.md §3.7). */
export function slopeAt(series: GlucoseSeries, row: number): number {
  const { measuredAt, value, meta } = series;
  const at = measuredAt[row]!;
  let count = 0;
  let sumX = 0;
  let sumY = 0;
  let sumXX = 0;
  let sumXY = 0;
  for (let i = row; i >= 0 && at - measuredAt[i]! <= SLOPE_LOOK_BACK_MS; i--) {
    if (!opensHalfMinute(series, i)) continue;
    const x = (measuredAt[i]! - at) / MS_PER_MIN;
    const y = mgPerDlOf(value[i]!, meta[i]!);
    count += 1;
    sumX += x;
    sumY += y;
    sumXX += x * x;
    sumXY += x * y;
  }
  if (count < SLOPE_FROM_READINGS) return Number.NaN;
  const slope = (count * sumXY - sumX * sumY) / (count * sumXX - sumX * sumX);
  return withoutFloatNoise(slope);
}

/** First row of those that make the slope at a row. */
export function firstRowOfSlope({ measuredAt }: GlucoseSeries, row: number): number {
  let first = row;
  while (measuredAt[row]! - measuredAt[first - 1]! <= SLOPE_LOOK_BACK_MS) first -= 1;
  return first;
}

/** mg/dL, rounded as the slope is. */
export function predictedAt({ value, meta }: GlucoseSeries, row: number, slope: number, minutes: number): number {
  return predictedMgPerDl(mgPerDlOf(value[row]!, meta[row]!), slope, minutes);
}
