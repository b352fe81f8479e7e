// How fast glucose changes, and where that leads (clinical.md §3.7).
// Promise: a least-squares slope over the last 15 min of readings, absent where they are too few or too old.
import { linearRegression } from 'simple-statistics';
import { withoutFloatNoise } from '../without-float-noise.ts';
import type { Trace } from './single-trace.ts';

const LOOK_BACK_MS = 15 * 60_000;
const NEWEST_WITHIN_MS = 10 * 60_000;
const ENOUGH_READINGS = 3;
const PREDICTED_AFTER_MIN = 20;
const URGENT_LOW_SOON_UP_TO_MG_PER_DL = 55;

export type TrendArrow = 'riseRapid' | 'rise' | 'riseSlow' | 'flat' | 'fallSlow' | 'fall' | 'fallRapid';

/** mg/dL per minute. Undefined with fewer than three readings in the newest one's 15 min, or where it is over 10 min old. */
export function rateOfChange({ measuredAt, mgPerDl }: Trace, now: number): number | undefined {
  const newest = measuredAt.at(-1);
  if (newest === undefined || now - newest > NEWEST_WITHIN_MS) return undefined;
  const points: [number, number][] = [];
  for (let row = measuredAt.length - 1; row >= 0 && newest - measuredAt[row]! <= LOOK_BACK_MS; row--) {
    points.push([(measuredAt[row]! - newest) / 60_000, mgPerDl[row]!]);
  }
  return points.length < ENOUGH_READINGS ? undefined : linearRegression(points).m;
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

/** mg/dL in 20 min if the slope holds. */
export function predictedMgPerDl(lastMgPerDl: number, mgPerDlPerMin: number): number {
  return lastMgPerDl + PREDICTED_AFTER_MIN * mgPerDlPerMin;
}

/** As Dexcom's "Urgent Low Soon": falling, and 55 mg/dL or less in 20 min. */
export function isUrgentLowSoon(lastMgPerDl: number, mgPerDlPerMin: number): boolean {
  return mgPerDlPerMin < 0 && predictedMgPerDl(lastMgPerDl, mgPerDlPerMin) <= URGENT_LOW_SOON_UP_TO_MG_PER_DL;
}
