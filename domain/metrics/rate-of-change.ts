// How fast glucose changes, and where that leads (clinical.md §3.7).
// Promise: a least-squares slope over the last 15 min of readings, absent where they are too few or too old.
import { linearRegression } from 'simple-statistics';
import { withoutFloatNoise } from '../without-float-noise.ts';
import type { Trace } from './single-trace.ts';

/** A slope is that of the newest reading's last 15 min, from three readings on. */
export const SLOPE_LOOK_BACK_MS = 15 * 60_000;
export const SLOPE_FROM_READINGS = 3;
const NEWEST_WITHIN_MS = 10 * 60_000;

export interface PredictedLowLine {
  readonly upToMgPerDl: number;
  readonly minutesAhead: number;
}
/** Dexcom's "Urgent Low Soon". */
export const URGENT_LOW_SOON: PredictedLowLine = { upToMgPerDl: 55, minutesAhead: 20 };

/** In device-model.ts. */
const LIBRE_MODEL_ID = 'libre';

export const TREND_ARROWS = ['riseRapid', 'rise', 'riseSlow', 'flat', 'fallSlow', 'fall', 'fallRapid'] as const;
export type TrendArrow = (typeof TREND_ARROWS)[number];

/** mg/dL per minute. Undefined with fewer than three readings in the newest one's 15 min, or where it is over 10 min old. */
export function rateOfChange({ measuredAt, mgPerDl }: Trace, now: number): number | undefined {
  const newest = measuredAt.at(-1);
  if (newest === undefined || now - newest > NEWEST_WITHIN_MS) return undefined;
  const points: [number, number][] = [];
  for (let row = measuredAt.length - 1; row >= 0 && newest - measuredAt[row]! <= SLOPE_LOOK_BACK_MS; row--) {
    points.push([(measuredAt[row]! - newest) / 60_000, mgPerDl[row]!]);
  }
  return points.length < SLOPE_FROM_READINGS ? undefined : linearRegression(points).m;
}

/** Dexcom's bands in mg/dL/min: flat to 1, slow to 2, moderate to 3, rapid above; an exact boundary is in the lower band. */
export function trendArrow(mgPerDlPerMin: number): TrendArrow {
  // The slope of an exact -2 mg/dL/min comes out as -2.0000000000000004 for values converted from mmol/L.
  const rate = withoutFloatNoise(Math.abs(mgPerDlPerMin));
  if (rate <= 1) return 'flat';
  const rising = Math.sign(mgPerDlPerMin) === 1;
  if (rate <= 2) return rising ? 'riseSlow' : 'fallSlow';
  if (rate <= 3) return rising ? 'rise' : 'fall';
  return rising ? 'riseRapid' : 'fallRapid';
}

export type LibreArrow = 'riseRapid' | 'rise' | 'flat' | 'fall' | 'fallRapid';

/** FreeStyle Libre's bands in mg/dL/min: flat below 1, 1 to 2, rapid above. */
export function libreArrow(mgPerDlPerMin: number): LibreArrow {
  const rate = withoutFloatNoise(Math.abs(mgPerDlPerMin));
  if (rate < 1) return 'flat';
  const rising = Math.sign(mgPerDlPerMin) === 1;
  if (rate <= 2) return rising ? 'rise' : 'fall';
  return rising ? 'riseRapid' : 'fallRapid';
}

/** As the sensor's maker draws it; where the model isn't known, as Dexcom does. */
export function arrowOf(modelId: string | undefined, mgPerDlPerMin: number): TrendArrow {
  return modelId === LIBRE_MODEL_ID ? libreArrow(mgPerDlPerMin) : trendArrow(mgPerDlPerMin);
}

/** mg/dL in so many minutes if the slope holds; what is on a line is told as on it. */
export function predictedMgPerDl(
  lastMgPerDl: number,
  mgPerDlPerMin: number,
  minutesAhead = URGENT_LOW_SOON.minutesAhead,
): number {
  return withoutFloatNoise(lastMgPerDl + minutesAhead * mgPerDlPerMin);
}

/** Falling, and at the line or below it when the line looks; CGM-03 asks with its own line. */
export function isUrgentLowSoon(lastMgPerDl: number, mgPerDlPerMin: number, line = URGENT_LOW_SOON): boolean {
  if (!(withoutFloatNoise(mgPerDlPerMin) < 0)) return false;
  return predictedMgPerDl(lastMgPerDl, mgPerDlPerMin, line.minutesAhead) <= line.upToMgPerDl;
}
