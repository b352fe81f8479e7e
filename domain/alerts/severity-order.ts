// How severities compare. Urgent are those that page (DESIGN, glossary).
import { SEVERITIES, type Severity } from '../rules/rule.ts';

export function rankOf(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

export function isUrgent(severity: Severity): boolean {
  return rankOf(severity) >= rankOf('critical');
}

export function lesserOf(one: Severity, other: Severity): Severity {
  return rankOf(one) < rankOf(other) ? one : other;
}

/** Of a firing alert this is its severity: the highest of its reasons. Undefined of none. */
export function highestOf(severities: readonly Severity[]): Severity | undefined {
  return SEVERITIES.findLast((severity) => severities.includes(severity));
}
