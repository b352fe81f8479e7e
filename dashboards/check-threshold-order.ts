// Whether thresholds make sense together: what ends an episode doesn't lie beyond what begins it, and what is worse doesn't begin sooner.
// Nothing here knows a rule: by default every pair is in order, and that order is to be kept.

import type { RuleDescription } from '../domain/rules/rule.ts';
import type { RuleOverrides } from '../domain/rules/rule-overrides.ts';
import { createRuleSet, type RuleSet } from '../domain/rules/rule-set.ts';
import type { Threshold } from '../domain/rules/thresholds.ts';

interface Line {
  readonly ruleId: string;
  readonly name: string;
  readonly threshold: Threshold;
  /** What can be compared with it: in one unit, and of the same number. */
  readonly dimension: string;
  readonly value: number;
  readonly byDefault: number;
  /** It ends an episode. */
  readonly clears: boolean;
}

export interface Contradiction {
  /** A threshold that the asked document sets, as a path. */
  readonly field: string;
  readonly detail: string;
}

const MINUTES: Readonly<Record<string, number>> = { min: 1, h: 60, days: 1440 };
const DEFAULTS = createRuleSet();

/** The first pair that makes no sense and that `document` has a part in; the document is one of the two levels. */
export function findContradiction(
  document: RuleOverrides,
  team: RuleOverrides,
  patient: RuleOverrides,
): Contradiction | undefined {
  const isOwn = ({ ruleId, name }: Line) => document[ruleId]?.[name] !== undefined;
  const families = Map.groupBy(rulesOf(createRuleSet(team, patient)), familyOf);
  for (const rules of families.values()) {
    const lines = rules.flatMap(linesOf);
    for (const [index, one] of lines.entries()) {
      for (const other of lines.slice(index + 1)) {
        if (one.dimension !== other.dimension || !(isOwn(one) || isOwn(other))) continue;
        const [lower, higher] = orderOf(one, other, rules[0]!.direction) ?? [];
        if (lower && higher && lower.value > higher.value)
          return isOwn(lower) ? contradiction(lower, higher, 'at most') : contradiction(higher, lower, 'at least');
      }
    }
  }
  return undefined;
}

/** Which of two has to be the lower one, if either. */
function orderOf(one: Line, other: Line, direction: RuleDescription['direction']): [Line, Line] | undefined {
  if (one.clears !== other.clears) {
    // How long something lasts until it counts, and until it is over, are not each other's business; nor are other rules' ends.
    if (one.dimension === 'minutes' || one.ruleId !== other.ruleId) return undefined;
    const [begins, ends] = one.clears ? [other, one] : [one, other];
    if (begins.byDefault === ends.byDefault) {
      if (direction === 'none') return undefined;
      return direction === 'low' ? [begins, ends] : [ends, begins];
    }
  } else if (one.clears || one.byDefault === other.byDefault) return undefined;
  // The lines of two rules are compared, not how long either takes.
  if (one.ruleId !== other.ruleId && !isLine(one)) return undefined;
  return one.byDefault < other.byDefault ? [one, other] : [other, one];
}

const isLine = ({ dimension }: Line): boolean => dimension === 'glucose' || dimension.startsWith('mmHg');

function contradiction(own: Line, other: Line, bound: string): Contradiction {
  const where = own.ruleId === other.ruleId ? other.name : `${other.name} of ${other.ruleId}`;
  return {
    field: `thresholds/${own.ruleId}/${own.name}`,
    detail: `${own.name} of ${own.ruleId} can be ${bound} ${shown(other.threshold)}, which is ${where} (${other.threshold.origin}): set it so, or set ${where} as well.`,
  };
}

const shown = ({ value, unit, mmolPerL }: Threshold): string =>
  mmolPerL === undefined ? `${value} ${unit}` : `${value} ${unit} (${mmolPerL} mmol/L)`;

/** Rules about the same measurement, in the same direction. */
const familyOf = ({ id, condition, direction }: RuleDescription): string =>
  `${id.split('-')[0]} ${condition} ${direction}`;

const rulesOf = ({ window, history }: RuleSet): readonly RuleDescription[] => [...window, ...history];
const DEFAULT_LINES = new Map(rulesOf(DEFAULTS).map(({ id, thresholds }) => [id, thresholds]));

function linesOf({ id, thresholds }: RuleDescription): Line[] {
  return Object.entries(thresholds).flatMap(([name, threshold]) => {
    const original = DEFAULT_LINES.get(id)?.[name];
    if (original === undefined) return [];
    const factor = MINUTES[threshold.unit] ?? 1;
    return {
      ruleId: id,
      name,
      threshold,
      dimension: dimensionOf(name, threshold),
      value: threshold.value * factor,
      byDefault: original.value * factor,
      clears: name.startsWith('clear'),
    };
  });
}

function dimensionOf(name: string, { unit, mmolPerL }: Threshold): string {
  if (mmolPerL !== undefined) return 'glucose';
  if (MINUTES[unit] !== undefined) return 'minutes';
  const number = /systolic|diastolic/i.exec(name)?.[0].toLowerCase() ?? '';
  return `${unit} ${number}`.trim();
}
