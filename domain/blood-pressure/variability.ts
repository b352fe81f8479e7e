// Variability of blood pressure over sessions in time order (clinical.md §5.5). Parati 2021 J Hypertens 39:1742.
// Promise: reported only; no alert line is agreed on.
import { mean, sampleStandardDeviation } from 'simple-statistics';

export interface PressureVariability {
  /** mmHg, unrounded. */
  readonly mean: number;
  /** Sample SD (n − 1), mmHg. */
  readonly sd: number;
  readonly cvPercent: number;
  /** Average real variability: mean |difference of successive means|, mmHg, without time weights. */
  readonly arv: number;
}

/** @param mmHg one number (systolic or diastolic) of each session's mean, in time order; undefined below two */
export function pressureVariability(mmHg: readonly number[]): PressureVariability | undefined {
  if (mmHg.length < 2) return undefined;
  const average = mean([...mmHg]);
  const sd = sampleStandardDeviation([...mmHg]);
  const steps = mmHg.slice(1).map((value, index) => Math.abs(value - mmHg[index]!));
  return { mean: average, sd, cvPercent: (100 * sd) / average, arv: mean(steps) };
}
