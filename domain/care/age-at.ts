// Age at an instant: full years on the patient's own calendar date (clinical.md §5.3).
import { ageYears } from '../age.ts';
import { localDayOf } from '../local-day.ts';

/** @param birthDate YYYY-MM-DD; @param at epoch ms */
export function ageAt(birthDate: string, at: number, timeZone: string): number {
  return ageYears(birthDate, localDayOf(at, timeZone));
}
