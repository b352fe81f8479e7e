// Which band a glucose value lies in (clinical.md §2.2).
// Promise: a value is judged in the unit it was received in (10.0 mmol/L is in range, although it converts to 180.16 mg/dL);
// the five bands are disjoint and cover every number; LOW and HIGH codes are very low and very high (§1.4).
import { META } from './glucose-series.ts';
import type { GlucoseUnit, ScaleCode } from './reading.ts';
import { mgPerDlFromMmolPerL } from './units.ts';

/** In ascending order of glucose. */
export const GLUCOSE_BANDS = ['veryLow', 'low', 'inRange', 'high', 'veryHigh'] as const;
export type GlucoseBand = (typeof GLUCOSE_BANDS)[number];

/** Index in `GLUCOSE_BANDS`. */
export type BandIndex = 0 | 1 | 2 | 3 | 4;

interface BandLines {
  /** Below it: very low (level 2 hypoglycaemia). */
  readonly veryLowBelow: number;
  /** Below it: low (level 1). */
  readonly lowBelow: number;
  /** Above it: above the tight range. */
  readonly tightUpTo: number;
  /** Above it: high (level 1 hyperglycaemia). */
  readonly inRangeUpTo: number;
  /** Above it: very high (level 2). */
  readonly highUpTo: number;
}

/** Agiostratidou 2017 doi 10.2337/dc17-1624, Battelino 2019 doi 10.2337/dci19-0028. */
export const BAND_LINES: Readonly<Record<GlucoseUnit, BandLines>> = {
  'mg/dL': { veryLowBelow: 54, lowBelow: 70, tightUpTo: 140, inRangeUpTo: 180, highUpTo: 250 },
  'mmol/L': { veryLowBelow: 3.0, lowBelow: 3.9, tightUpTo: 7.8, inRangeUpTo: 10.0, highUpTo: 13.9 },
};

const MG_PER_DL_LINES = BAND_LINES['mg/dL'];
const MMOL_PER_L_LINES = BAND_LINES['mmol/L'];

/** The band of a value in its received unit. */
export function glucoseBand(value: number, unit: GlucoseUnit, code?: ScaleCode): GlucoseBand {
  return GLUCOSE_BANDS[bandIndexOf(value, metaFor(unit, code))];
}

/** Whether a value lies in the tight range, 70–140 mg/dL or 3.9–7.8 mmol/L, both ends included. */
export function isTightRange(value: number, unit: GlucoseUnit, code?: ScaleCode): boolean {
  return isTightRangeOf(value, metaFor(unit, code));
}

/** Column version of `glucoseBand` over `value` and `meta` of a GlucoseSeries: allocates nothing. */
export function bandIndexOf(value: number, meta: number): BandIndex {
  if ((meta & (META.low | META.high)) !== 0) return (meta & META.low) !== 0 ? 0 : 4;
  const lines = (meta & META.mmol) !== 0 ? MMOL_PER_L_LINES : MG_PER_DL_LINES;
  if (value < lines.lowBelow) return value < lines.veryLowBelow ? 0 : 1;
  if (value <= lines.inRangeUpTo) return 2;
  return value <= lines.highUpTo ? 3 : 4;
}

/** Column version of `isTightRange`. */
export function isTightRangeOf(value: number, meta: number): boolean {
  if ((meta & (META.low | META.high)) !== 0) return false;
  const lines = (meta & META.mmol) !== 0 ? MMOL_PER_L_LINES : MG_PER_DL_LINES;
  return value >= lines.lowBelow && value <= lines.tightUpTo;
}

/** mg/dL of a series' row, unrounded; for a LOW or HIGH code the bound it counts as, which is in mg/dL already. */
export function mgPerDlOf(value: number, meta: number): number {
  return (meta & META.mmol) !== 0 && (meta & (META.low | META.high)) === 0 ? mgPerDlFromMmolPerL(value) : value;
}

function metaFor(unit: GlucoseUnit, code: ScaleCode | undefined): number {
  return (unit === 'mmol/L' ? META.mmol : 0) | (code === 'LOW' ? META.low : code === 'HIGH' ? META.high : 0);
}
