// Every rule of weeks, in the order of clinical.md §7. A new rule is one file, one test and one line here.
import type { HistoryRule } from './history-rule.ts';
import type { RuleFactory } from './rule-overrides.ts';

export const HISTORY_RULE_FACTORIES: readonly RuleFactory<HistoryRule>[] = [];

export const HISTORY_RULE_CATALOGUE: readonly HistoryRule[] = HISTORY_RULE_FACTORIES.map((create) => create());
