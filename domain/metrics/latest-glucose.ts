// The newest CGM reading of a window, how fast glucose changes there, and the arrow its maker would show (clinical.md §3.7).
// Promise: the sensor heard last speaks alone; where its rate can't be computed there is none, and no arrow.
import { mgPerDlOf } from '../glucose-class.ts';
import { type GlucoseSeries, META } from '../glucose-series.ts';
import type { Window } from '../local-day.ts';
import { mmolPerLFromMgPerDl } from '../units.ts';
import { arrowOf, rateOfChange, SLOPE_LOOK_BACK_MS, type TrendArrow } from './rate-of-change.ts';
import { singleTrace } from './single-trace.ts';

export interface LatestGlucose {
  readonly deviceKey: number;
  /** Epoch ms. */
  readonly measuredAt: number;
  /** Of a code the bound that it counts as. */
  readonly mgPerDl: number;
  readonly mmolPerL: number;
  readonly code?: 'LOW' | 'HIGH';
  /** mg/dL a minute. */
  readonly ratePerMin?: number;
  readonly arrow?: TrendArrow;
}

/**
 * @param cgm one series a device, each de-duplicated and ascending
 * @param now epoch ms: a rate is told of a reading at most 10 min old
 * @param modelIdOf of a device key; undefined where the model isn't known
 */
export function latestGlucose(
  cgm: readonly GlucoseSeries[],
  window: Window,
  now: number,
  modelIdOf: (deviceKey: number) => string | undefined,
): LatestGlucose | undefined {
  const newest = cgm
    .map((series) => ({ series, row: newestRowBefore(series, window.to) }))
    .filter(({ series, row }) => row >= 0 && series.measuredAt[row]! >= window.from)
    .sort(
      (a, b) => b.series.measuredAt[b.row]! - a.series.measuredAt[a.row]! || a.series.deviceKey - b.series.deviceKey,
    )
    .at(0);
  if (newest === undefined) return undefined;
  const { series, row } = newest;
  const { deviceKey } = series;
  const measuredAt = series.measuredAt[row]!;
  const meta = series.meta[row]!;
  const mgPerDl = mgPerDlOf(series.value[row]!, meta);
  const rate = rateOfChange(singleTrace([series], { from: measuredAt - SLOPE_LOOK_BACK_MS, to: measuredAt + 1 }), now);
  return {
    deviceKey,
    measuredAt,
    mgPerDl,
    mmolPerL: mmolPerLFromMgPerDl(mgPerDl),
    ...((meta & META.low) !== 0 && { code: 'LOW' as const }),
    ...((meta & META.high) !== 0 && { code: 'HIGH' as const }),
    ...(rate !== undefined && { ratePerMin: rate, arrow: arrowOf(modelIdOf(deviceKey), rate) }),
  };
}

/** −1: none. */
function newestRowBefore({ measuredAt, length }: GlucoseSeries, to: number): number {
  let row = length - 1;
  while (row >= 0 && measuredAt[row]! >= to) row -= 1;
  return row;
}
