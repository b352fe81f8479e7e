// Whether thresholds of a patient's own could be judged by: the rule exists, has the threshold, lets it be set, in that unit.
import { RULE_CATALOGUE, ruleById, ruleForPatient } from '../domain/rules/rule-catalogue.ts';
import type { ThresholdOverrides } from '../domain/rules/thresholds.ts';
import { invalid } from '../storage/registry/refusal.ts';

/** By rule id, then by name. Throws Refusal `invalid` naming the field. */
export function checkThresholds(thresholds: Readonly<Record<string, ThresholdOverrides>>): void {
  for (const [ruleId, overrides] of Object.entries(thresholds)) {
    const rule = ruleById(ruleId);
    if (rule === undefined) {
      const known = RULE_CATALOGUE.map(({ id }) => id).join(', ');
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
      const ratio = resolved.value / present.value;
      if (ratio < 1 / MOST_TIMES || ratio > MOST_TIMES)
        throw invalid(
          field,
          `${name} of ${ruleId} is ${present.value} ${present.unit} by default: this lies too far from it.`,
        );
    }
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
