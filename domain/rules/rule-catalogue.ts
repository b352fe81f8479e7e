// Every rule that is evaluated, in the order of clinical.md §7. A new rule is one file, one test and one line here.
import { createBp01Emergency } from './bp-01-emergency.ts';
import { createCgm01VeryLow } from './cgm-01-very-low.ts';
import { createCgm02Low } from './cgm-02-low.ts';
import { createCgm05ExtendedHigh } from './cgm-05-extended-high.ts';
import { createData01CgmSilent } from './data-01-cgm-silent.ts';
import type { Rule } from './rule.ts';
import { createSmbg01VeryLow } from './smbg-01-very-low.ts';
import { createSmbg03EmergencyHigh } from './smbg-03-emergency-high.ts';
import type { ThresholdOverrides } from './thresholds.ts';

type RuleFactory = (team?: ThresholdOverrides, patient?: ThresholdOverrides) => Rule;

const FACTORIES: readonly RuleFactory[] = [
  createCgm01VeryLow,
  createCgm02Low,
  createCgm05ExtendedHigh,
  createSmbg01VeryLow,
  createSmbg03EmergencyHigh,
  createBp01Emergency,
  createData01CgmSilent,
];

export const RULE_CATALOGUE: readonly Rule[] = FACTORIES.map((create) => create());

export function ruleById(id: string): Rule | undefined {
  return RULE_CATALOGUE.find((rule) => rule.id === id);
}

/** The rule as one patient's own thresholds would make it; undefined where there is none. Throws RangeError as `resolveThresholds`. */
export function ruleForPatient(id: string, patient: ThresholdOverrides): Rule | undefined {
  return FACTORIES[RULE_CATALOGUE.findIndex((rule) => rule.id === id)]?.(undefined, patient);
}
