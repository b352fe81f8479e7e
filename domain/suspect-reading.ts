// When a CGM value is doubted (clinical.md §3.7; Glucose Monitoring Devices, ch. 11).
// Promise: doubt is a flag that is shown and counted; it removes nothing from metrics and never keeps a low from firing.
import type { GlucoseUnit } from './reading.ts';
import { toMgPerDl } from './units.ts';

const SENSOR_RANGE_MG_PER_DL = { from: 40, to: 400 };
const JUMP_ABOVE_MG_PER_DL_PER_MIN = 5;

/** A number outside 40–400 mg/dL. mmol/L is rounded to whole mg/dL first, so that 2.2 and 22.2 mmol/L lie inside (§2.2). */
export function isOutsideSensorRange(value: number, unit: GlucoseUnit): boolean {
  const mgPerDl = unit === 'mmol/L' ? Math.round(toMgPerDl(value, unit)) : value;
  return mgPerDl < SENSOR_RANGE_MG_PER_DL.from || mgPerDl > SENSOR_RANGE_MG_PER_DL.to;
}

/** Two readings of one sensor that differ by more than 5 mg/dL a minute. The same instant twice is a correction, not a jump. */
export function isJump(fromMgPerDl: number, fromMeasuredAt: number, toMgPerDl: number, toMeasuredAt: number): boolean {
  const minutes = Math.abs(toMeasuredAt - fromMeasuredAt) / 60_000;
  return minutes > 0 && Math.abs(toMgPerDl - fromMgPerDl) > JUMP_ABOVE_MG_PER_DL_PER_MIN * minutes;
}
