// Glycaemia risk index (clinical.md §3.2). Klonoff 2022 doi 10.1177/19322968221085273.
import type { GlucoseBand } from '../glucose-class.ts';
import { withoutFloatNoise } from '../without-float-noise.ts';

export type GriZone = 'A' | 'B' | 'C' | 'D' | 'E';

/** 3.0 VLow + 2.4 Low + 1.6 VHigh + 0.8 High of percentages of time, capped at 100. Low is 54 to <70, High >180 to 250 mg/dL. */
export function gri(percent: Readonly<Record<Exclude<GlucoseBand, 'inRange'>, number>>): number {
  return Math.min(100, uncappedGri(percent));
}

export function uncappedGri(percent: Readonly<Record<Exclude<GlucoseBand, 'inRange'>, number>>): number {
  return 3.0 * percent.veryLow + 2.4 * percent.low + 1.6 * percent.veryHigh + 0.8 * percent.high;
}

/** On the index as it is, not as it is shown: A to 20, B to 40, C to 60, D to 80, each end included, E above. */
export function griZone(index: number): GriZone {
  const judged = withoutFloatNoise(index);
  if (judged <= 20) return 'A';
  if (judged <= 40) return 'B';
  if (judged <= 60) return 'C';
  return judged <= 80 ? 'D' : 'E';
}
