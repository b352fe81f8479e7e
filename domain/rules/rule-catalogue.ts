// Every rule of two days, in the order of clinical.md §7, and how a rule of any kind is found. A new rule is one file, one test and one
// line here (those of weeks: history-rule-catalogue.ts).
import { createBp01Emergency } from './bp-01-emergency.ts';
import { createBp02WithDangerSymptom } from './bp-02-with-danger-symptom.ts';
import { createBp05Low } from './bp-05-low.ts';
import { createCgm01VeryLow } from './cgm-01-very-low.ts';
import { createCgm02Low } from './cgm-02-low.ts';
import { createCgm03PredictedLow } from './cgm-03-predicted-low.ts';
import { createCgm04ExtendedLow } from './cgm-04-extended-low.ts';
import { createCgm05ExtendedHigh } from './cgm-05-extended-high.ts';
import { createCgm06EmergencyHigh } from './cgm-06-emergency-high.ts';
import { createCgm07RapidFall } from './cgm-07-rapid-fall.ts';
import { createCgm09CompressionLow } from './cgm-09-compression-low.ts';
import { createData01CgmSilent } from './data-01-cgm-silent.ts';
import { createData02SensorFault } from './data-02-sensor-fault.ts';
import { createData03DiscordantPairs } from './data-03-discordant-pairs.ts';
import { createData04DeviceClock } from './data-04-device-clock.ts';
import { HISTORY_RULE_CATALOGUE, HISTORY_RULE_FACTORIES } from './history-rule-catalogue.ts';
import type { Rule, RuleDescription } from './rule.ts';
import type { RuleFactory } from './rule-overrides.ts';
import { createSmbg01VeryLow } from './smbg-01-very-low.ts';
import { createSmbg02Low } from './smbg-02-low.ts';
import { createSmbg03EmergencyHigh } from './smbg-03-emergency-high.ts';
import type { ThresholdOverrides } from './thresholds.ts';

/** At most 31: a rule's place is its bit. */
export const RULE_FACTORIES: readonly RuleFactory<Rule>[] = [
  createCgm01VeryLow,
  createCgm02Low,
  createCgm03PredictedLow,
  createCgm04ExtendedLow,
  createCgm05ExtendedHigh,
  createCgm06EmergencyHigh,
  createCgm07RapidFall,
  createCgm09CompressionLow,
  createSmbg01VeryLow,
  createSmbg02Low,
  createSmbg03EmergencyHigh,
  createBp01Emergency,
  createBp02WithDangerSymptom,
  createBp05Low,
  createData01CgmSilent,
  createData02SensorFault,
  createData03DiscordantPairs,
  createData04DeviceClock,
];

/** With the thresholds of clinical.md. */
export const RULE_CATALOGUE: readonly Rule[] = RULE_FACTORIES.map((create) => create());

export const ALL_RULES: readonly RuleDescription[] = [...RULE_CATALOGUE, ...HISTORY_RULE_CATALOGUE];
const ALL_FACTORIES: readonly RuleFactory<RuleDescription>[] = [...RULE_FACTORIES, ...HISTORY_RULE_FACTORIES];

export function ruleById(id: string): RuleDescription | undefined {
  return ALL_RULES.find((rule) => rule.id === id);
}

export function windowRuleById(id: string): Rule | undefined {
  return RULE_CATALOGUE.find((rule) => rule.id === id);
}

/** The rule as one patient's own thresholds would make it; undefined where there is none. Throws RangeError as `resolveThresholds`. */
export function ruleForPatient(id: string, patient: ThresholdOverrides): RuleDescription | undefined {
  return ALL_FACTORIES[ALL_RULES.findIndex((rule) => rule.id === id)]?.(undefined, patient);
}
