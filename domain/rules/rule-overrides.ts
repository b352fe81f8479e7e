// Thresholds that a team or a patient has of their own, rule by rule, and what makes a rule of them.
import type { ThresholdOverrides } from './thresholds.ts';

/** By rule id, then by the threshold's name. */
export type RuleOverrides = Readonly<Record<string, ThresholdOverrides>>;

/** Of all rules, for a rule that has to know the lines of others. */
export interface OverridesOfAll {
  readonly team: RuleOverrides;
  readonly patient: RuleOverrides;
}

export const NO_OVERRIDES: OverridesOfAll = { team: {}, patient: {} };

/** @param team and @param patient of the rule itself. Throws RangeError as `resolveThresholds`. */
export type RuleFactory<R> = (team?: ThresholdOverrides, patient?: ThresholdOverrides, all?: OverridesOfAll) => R;
