// The rules by which one patient is judged: every rule with the thresholds of their team and their own.
// Promise: the same overrides give the same object, so that patients without any share one; the order is that of the catalogues.
import type { HistoryRule } from './history-rule.ts';
import { HISTORY_RULE_FACTORIES } from './history-rule-catalogue.ts';
import type { Rule, RuleDescription } from './rule.ts';
import { ALL_RULES, RULE_FACTORIES } from './rule-catalogue.ts';
import type { OverridesOfAll, RuleFactory, RuleOverrides } from './rule-overrides.ts';
import type { ThresholdOverrides } from './thresholds.ts';

export interface RuleSet {
  /** Of two days: a rule's place is its bit in ingest. */
  readonly window: readonly Rule[];
  /** Of weeks. */
  readonly history: readonly HistoryRule[];
}

/** Above it the oldest are made anew when they are asked for. */
const MOST_KEPT = 1_000;
const made = new Map<string, RuleSet>();

/** Throws RangeError as `resolveThresholds`; `usableOverrides` leaves out what would make it. Rules that nobody knows count for nothing. */
export function createRuleSet(team: RuleOverrides = {}, patient: RuleOverrides = {}): RuleSet {
  const key = `${contentOf(team)}|${contentOf(patient)}`;
  const known = made.get(key);
  if (known !== undefined) return known;
  const all = { team, patient };
  const set = {
    window: RULE_FACTORIES.map((create) => createFrom(create, all)),
    history: HISTORY_RULE_FACTORIES.map((create) => createFrom(create, all)),
  };
  const [oldest] = made.keys();
  if (made.size === MOST_KEPT) made.delete(oldest!);
  made.set(key, set);
  return set;
}

const FACTORIES: readonly RuleFactory<RuleDescription>[] = [...RULE_FACTORIES, ...HISTORY_RULE_FACTORIES];
const IDS = new Map(FACTORIES.map((create, index) => [create, ALL_RULES[index]!.id]));

function createFrom<R extends RuleDescription>(create: RuleFactory<R>, all: OverridesOfAll): R {
  const id = IDS.get(create)!;
  return create(all.team[id], all.patient[id], all);
}

/**
 * What of stored overrides this version can judge by, threshold by threshold: a rule or a line that it doesn't know, or can't set, is left
 * out, and the default holds.
 */
export function usableOverrides(overrides: RuleOverrides): RuleOverrides {
  const usable: Record<string, ThresholdOverrides> = {};
  for (const [create, id] of IDS) {
    const given = Object.entries(overrides[id] ?? {});
    const known = given.filter(([name, override]) => isUsable(() => create(undefined, { [name]: override })));
    if (known.length > 0) usable[id] = Object.fromEntries(known);
  }
  return usable;
}

function isUsable(create: () => RuleDescription): boolean {
  try {
    create();
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** The same for the same overrides, in whatever order they were written. */
function contentOf(overrides: RuleOverrides): string {
  const sorted = (object: object) => Object.entries(object).sort(([a], [b]) => a.localeCompare(b));
  const rules = sorted(overrides).map(([id, thresholds]) => [
    id,
    sorted(thresholds).map(([name, { value, unit }]) => [name, value, unit]),
  ]);
  return JSON.stringify(rules);
}
