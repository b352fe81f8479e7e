// The guidelines' tighter targets (clinical.md §5.3), shown beside the public-health one of control.ts.
// Promise: never used for a public-health verdict; where guidelines disagree, each is listed with its name.
import type { Pressure } from './mean-pressure.ts';

export interface GuidelineTarget {
  /** Both numbers are to lie below theirs, mmHg. */
  readonly below: Pressure;
  /** `unverified`: seen in no guideline's own text (clinical.md §8). */
  readonly guideline: 'older_adults' | 'primary_care_2025' | 'diabetes' | 'unverified';
}

const OLDER = { fromYears: 65, upToYears: 79 };

/** Those that apply, tightest first. @param ageYears full years on the local date of the measurement */
export function guidelineTargets(ageYears: number, hasDiabetes: boolean): GuidelineTarget[] {
  const isOldest = ageYears > OLDER.upToYears;
  return [
    ...(hasDiabetes ? [target(130, 80, 'diabetes')] : []),
    ...(isOldest ? [] : [target(130, 80, 'primary_care_2025')]),
    ...(ageYears >= OLDER.fromYears && !isOldest ? [target(140, 90, 'older_adults')] : []),
    ...(isOldest ? [target(150, 90, 'unverified')] : []),
  ];
}

export function meetsTarget({ systolicMmHg, diastolicMmHg }: Pressure, { below }: GuidelineTarget): boolean {
  return systolicMmHg < below.systolicMmHg && diastolicMmHg < below.diastolicMmHg;
}

function target(systolicMmHg: number, diastolicMmHg: number, guideline: GuidelineTarget['guideline']): GuidelineTarget {
  return { below: { systolicMmHg, diastolicMmHg }, guideline };
}
