// Who is in danger already with level 1 hypoglycaemia (clinical.md §7, CGM-02 and SMBG-02).
import { ageAt } from './age-at.ts';
import type { DatedTreatment } from './treatment.ts';
import { onGlucoseLoweringTreatment, onInsulinOrSulfonylurea } from './treatment.ts';

/** From this age on a person of whom no treatment against high glucose is recorded is taken to be at risk. */
export const OLDER_FROM_YEARS = 65;

export interface RiskProfile {
  /** Calendar date YYYY-MM-DD; unknown: judged by treatment alone. */
  readonly birthDate?: string | undefined;
  readonly timeZone: string;
  readonly treatments: readonly DatedTreatment[];
}

/**
 * On insulin or a sulfonylurea at `at` (epoch ms), or 65 and older with no glucose-lowering treatment recorded for that time: then it
 * isn't known whether something that can cause a low is taken, and a drug for blood pressure doesn't tell.
 */
export function hypoglycaemiaRiskAt(profile: RiskProfile, at: number): boolean {
  const { birthDate, timeZone, treatments } = profile;
  if (onInsulinOrSulfonylurea(treatments, at)) return true;
  if (birthDate === undefined || onGlucoseLoweringTreatment(treatments, at)) return false;
  return ageAt(birthDate, at, timeZone) >= OLDER_FROM_YEARS;
}
