// The fasting line that a patient is judged by where it isn't everybody's: individual targets override (clinical.md §4.2).
// Promise: the very line by which SMBG-04 fires, in either unit; absent where the default of 7.0 mmol/L holds.
import type { RuleSet } from '../rules/rule-set.ts';
import type { OwnFastingLine } from './fingerstick-target.ts';

/** @param rules by which the patient is judged: with the team's thresholds and their own */
export function ownFastingLine({ history }: Pick<RuleSet, 'history'>): OwnFastingLine | undefined {
  const line = history.find(({ id }) => id === 'SMBG-04')?.thresholds.fastingFrom;
  if (line?.mmolPerL === undefined || line.origin === 'default') return undefined;
  return { 'mg/dL': line.value, 'mmol/L': line.mmolPerL };
}
