// Whether thresholds of a team's or a patient's own could be judged by: the rule exists, has the threshold, lets it be set, in that
// unit, not far off, and all of them make sense together.
import { ALL_RULES, ruleById, ruleForPatient } from '../domain/rules/rule-catalogue.ts';
import type { RuleOverrides } from '../domain/rules/rule-overrides.ts';
import { usableOverrides } from '../domain/rules/rule-set.ts';
import { invalid } from '../storage/registry/refusal.ts';
import { findContradiction } from './check-threshold-order.ts';

/** By rule id, then by name. Throws Refusal `invalid` naming the field. */
export function checkThresholds(thresholds: RuleOverrides): void {
  for (const [ruleId, overrides] of Object.entries(thresholds)) {
    const rule = ruleById(ruleId);
    if (rule === undefined) {
      const known = ALL_RULES.map(({ id }) => id).join(', ');
      throw invalid(`thresholds/${ruleId}`, `There is no rule ${ruleId}; there are ${known}.`);
    }
    for (const [name, override] of Object.entries(overrides)) {
      const field = `thresholds/${ruleId}/${name}`;
      if (!Object.hasOwn(rule.thresholds, name)) {
        const known = Object.keys(rule.thresholds).join(', ');
        throw invalid(field, `${ruleId} has no threshold ${name}; it has ${known}.`);
      }
      const present = rule.thresholds[name];
      const resolved = orInvalid(field, () => ruleForPatient(ruleId, { [name]: override }))?.thresholds[name];
      if (present === undefined || resolved === undefined) continue;
      if (resolved.unit === 'percent' && resolved.value > 100)
        throw invalid(field, `${name} is a percentage: 100 at most.`);
      const ratio = resolved.value / present.value;
      if (ratio < 1 / MOST_TIMES || ratio > MOST_TIMES)
        throw invalid(
          field,
          `${name} of ${ruleId} is ${present.value} ${present.unit} by default: this lies too far from it.`,
        );
    }
  }
}

/**
 * Of a patient's own, beside those of their team. What an earlier version stored and this one can't judge by counts for nothing.
 * Throws Refusal `invalid` naming the field.
 */
export function checkPatientThresholds(thresholds: RuleOverrides, team: RuleOverrides): void {
  checkThresholds(thresholds);
  const contradiction = findContradiction(thresholds, usableOverrides(team), thresholds);
  if (contradiction) throw invalid(contradiction.field, contradiction.detail);
}

/** Of a team's own, for itself and beside those of each of its patients. Throws Refusal `invalid` naming the field. */
export function checkTeamThresholds(
  thresholds: RuleOverrides,
  patients: readonly { readonly patientId: string; readonly thresholds: RuleOverrides }[],
): void {
  checkThresholds(thresholds);
  const contradiction = findContradiction(thresholds, thresholds, {});
  if (contradiction) throw invalid(contradiction.field, contradiction.detail);
  for (const { patientId, thresholds: own } of patients) {
    const between = findContradiction(thresholds, thresholds, usableOverrides(own));
    if (between)
      throw invalid(between.field, `It makes no sense beside what patient ${patientId} has set: ${between.detail}`);
  }
}

/** Farther off it is a slip of the decimal point or of the unit. */
const MOST_TIMES = 4;

function orInvalid<T>(field: string, resolve: () => T): T {
  try {
    return resolve();
  } catch (error) {
    if (error instanceof RangeError) throw invalid(field, error.message);
    throw error;
  }
}
