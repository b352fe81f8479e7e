// The only place where units are converted and numbers rounded for display (clinical.md §2.1, §5.1).
// Promise: conversion never rounds; what is shown is rounded half away from zero.
import type { GlucoseUnit } from './reading.ts';

/** mg/dL per mmol/L: molar mass of glucose 180.156 g/mol, as Tidepool and Nightscout use it (clinical.md §2.1). */
export const MG_PER_DL_PER_MMOL_PER_L = 18.01559;

/** mmHg per kPa (clinical.md §5.1). */
export const MM_HG_PER_KPA = 7.50062;

export function mgPerDlFromMmolPerL(mmolPerL: number): number {
  return mmolPerL * MG_PER_DL_PER_MMOL_PER_L;
}

export function mmolPerLFromMgPerDl(mgPerDl: number): number {
  return mgPerDl / MG_PER_DL_PER_MMOL_PER_L;
}

/** A glucose value of either unit in mg/dL, unrounded. */
export function toMgPerDl(value: number, unit: GlucoseUnit): number {
  return unit === 'mmol/L' ? mgPerDlFromMmolPerL(value) : value;
}

/** mmol/L rounded to whole mg/dL before it is compared (clinical.md §2.2): 2.2 mmol/L is 39.6 mg/dL and no error code. */
export function wholeMgPerDl(value: number, unit: GlucoseUnit): number {
  return unit === 'mmol/L' ? Math.round(toMgPerDl(value, unit)) : value;
}

/** A glucose value of either unit in mmol/L, unrounded. */
export function toMmolPerL(value: number, unit: GlucoseUnit): number {
  return unit === 'mmol/L' ? value : mmolPerLFromMgPerDl(value);
}

/** Whole mmHg: a cuff's kPa is rounded before anything judges it; the original is kept in the reading (clinical.md §5.1). */
export function wholeMmHgFromKpa(kPa: number): number {
  return roundHalfAwayFromZero(kPa * MM_HG_PER_KPA, 0);
}

/** For display. Never compare with the result: 181 mg/dL shows as 10.0 mmol/L and is high (clinical.md §2.2). */
export function displayGlucose(value: number, unit: GlucoseUnit): string {
  const decimals = unit === 'mmol/L' ? 1 : 0;
  return roundHalfAwayFromZero(value, decimals).toFixed(decimals);
}

export function roundHalfAwayFromZero(value: number, decimals: number): number {
  const scale = 10 ** decimals;
  // 1.005 * 100 is 100.49999999999999: fifteen digits take the multiplication's own error away before the half is looked at.
  const scaled = Number((Math.abs(value) * scale).toPrecision(15));
  return (Math.sign(value) * Math.round(scaled)) / scale;
}
