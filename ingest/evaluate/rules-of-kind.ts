// Which rules of a patient's set a reading of a kind concerns. A rule's place is the same in every set, and its bit is that place.
import type { ReadingKind } from '../../domain/reading.ts';
import type { Rule } from '../../domain/rules/rule.ts';
import { RULE_CATALOGUE } from '../../domain/rules/rule-catalogue.ts';

/** The place of a rule in `RuleSet.window`. */
export interface NumberedRule {
  readonly index: number;
  readonly bit: number;
}

// Bits of one integer.
if (RULE_CATALOGUE.length > 31)
  throw new RangeError(`the catalogue has ${RULE_CATALOGUE.length} rules, and 31 is the most`);

export const ALL_RULES = 2 ** RULE_CATALOGUE.length - 1;

export const NUMBERED_RULES: readonly NumberedRule[] = rulesThat(() => true);

export const RULES_OF_KIND: Readonly<Record<ReadingKind, readonly NumberedRule[]>> = {
  cgm: rulesThat(({ kinds }) => kinds.includes('cgm')),
  smbg: rulesThat(({ kinds }) => kinds.includes('smbg')),
  bp: rulesThat(({ kinds }) => kinds.includes('bp')),
};

/** To be asked when a device did something that no reading tells. */
export const DEVICE_RULES: number = rulesThat(({ hearsDevices }) => hearsDevices === true).reduce(
  (bits, { bit }) => bits | bit,
  0,
);

function rulesThat(isMeant: (rule: Rule) => boolean): NumberedRule[] {
  return RULE_CATALOGUE.flatMap((rule, index) => (isMeant(rule) ? [{ index, bit: 1 << index }] : []));
}
