// When a CGM value is doubted (clinical.md §3.7; Glucose Monitoring Devices, ch. 11).
// Promise: doubt is a flag that is shown and counted; it removes nothing from metrics and never keeps a low from firing.
import type { DeviceModel } from './device-model.ts';
import type { GlucoseUnit } from './reading.ts';
import { mmolPerLFromMgPerDl, wholeMgPerDl } from './units.ts';

const SENSOR_RANGE_MG_PER_DL = { from: 40, to: 400 };
type SensorScale = Pick<DeviceModel, 'scaleLowMgPerDl' | 'scaleHighMgPerDl'>;

const JUMP_ABOVE_MG_PER_DL_PER_MIN = 5;

/**
 * A number outside the scale of the sensor's model, 40–400 mg/dL where that isn't known. Limits and mmol/L are compared as shown, to
 * 0.1 mmol/L and then in whole mg/dL, so that 2.2, 22.2 and, of a scale to 500 mg/dL, 27.8 mmol/L lie inside (§2.2).
 */
export function isOutsideSensorRange(value: number, unit: GlucoseUnit, model?: SensorScale): boolean {
  const from = model?.scaleLowMgPerDl ?? SENSOR_RANGE_MG_PER_DL.from;
  const to = model?.scaleHighMgPerDl ?? SENSOR_RANGE_MG_PER_DL.to;
  if (unit === 'mg/dL') return value < from || value > to;
  const mgPerDl = wholeMgPerDl(value, unit);
  return mgPerDl < asShownInMmolPerL(from) || mgPerDl > asShownInMmolPerL(to);
}

function asShownInMmolPerL(limitMgPerDl: number): number {
  return wholeMgPerDl(Math.round(mmolPerLFromMgPerDl(limitMgPerDl) * 10) / 10, 'mmol/L');
}

/** Two readings of one sensor that differ by more than 5 mg/dL a minute. The same instant twice is a correction, not a jump. */
export function isJump(fromMgPerDl: number, fromMeasuredAt: number, toMgPerDl: number, toMeasuredAt: number): boolean {
  const minutes = Math.abs(toMeasuredAt - fromMeasuredAt) / 60_000;
  return minutes > 0 && Math.abs(toMgPerDl - fromMgPerDl) > JUMP_ABOVE_MG_PER_DL_PER_MIN * minutes;
}
