// Which rules of the catalogue a reading of a kind concerns. A rule's bit is its place in the catalogue.
import type { READING_KINDS, ReadingKind } from '../../domain/reading.ts';
import type { Rule } from '../../domain/rules/rule.ts';
import { RULE_CATALOGUE } from '../../domain/rules/rule-catalogue.ts';

export interface NumberedRule {
  readonly rule: Rule;
  readonly bit: number;
}

// Bits of one integer.
if (RULE_CATALOGUE.length > 31)
  throw new RangeError(`the catalogue has ${RULE_CATALOGUE.length} rules, and 31 is the most`);

export const ALL_RULES = 2 ** RULE_CATALOGUE.length - 1;

export const NUMBERED_RULES: readonly NumberedRule[] = RULE_CATALOGUE.map((rule, index) => ({ rule, bit: 1 << index }));

export const RULES_OF_KIND: Readonly<Record<ReadingKind, readonly NumberedRule[]>> = {
  cgm: rulesOf('cgm'),
  smbg: rulesOf('smbg'),
  bp: rulesOf('bp'),
};

function rulesOf(kind: (typeof READING_KINDS)[number]): NumberedRule[] {
  return NUMBERED_RULES.filter(({ rule }) => rule.kinds.includes(kind));
}
