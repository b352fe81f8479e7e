// Whether a meter agrees with a laboratory as ISO 15197:2013 asks (clinical.md §4.3). Its second demand, 99 % in zones A and B of the
// consensus error grid, needs the grid's coordinates, which clinical.md doesn't hold: it is not judged here.
import type { GlucoseUnit } from '../reading.ts';
import { withoutFloatNoise } from '../without-float-noise.ts';

interface Band {
  /** Below this reference the allowed difference is absolute, from it on 15 % of the reference. */
  readonly absoluteBelow: number;
  readonly allowed: number;
}

const BANDS: Readonly<Record<GlucoseUnit, Band>> = {
  'mg/dL': { absoluteBelow: 100, allowed: 15 },
  'mmol/L': { absoluteBelow: 5.55, allowed: 0.83 },
};
const ALLOWED_PERCENT = 15;
const ENOUGH_PERCENT = 95;

/** Both in `unit`. A difference of exactly the allowed one is within. */
export function isWithinIso15197(value: number, reference: number, unit: GlucoseUnit): boolean {
  const { absoluteBelow, allowed } = BANDS[unit];
  const atMost = reference < absoluteBelow ? allowed : (ALLOWED_PERCENT * reference) / 100;
  return withoutFloatNoise(Math.abs(value - reference) - atMost) <= 0;
}

export interface MeterAccuracy {
  readonly pairCount: number;
  readonly withinPercent: number;
  /** At least 95 % within. */
  readonly met: boolean;
}

/** @param pairs [value, reference] in `unit`; undefined without one */
export function meterAccuracy(
  pairs: readonly (readonly [value: number, reference: number])[],
  unit: GlucoseUnit,
): MeterAccuracy | undefined {
  if (pairs.length === 0) return undefined;
  const within = pairs.filter(([value, reference]) => isWithinIso15197(value, reference, unit)).length;
  const withinPercent = (100 * within) / pairs.length;
  return { pairCount: pairs.length, withinPercent, met: withinPercent >= ENOUGH_PERCENT };
}
