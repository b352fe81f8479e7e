// How severities compare. Urgent are those that page (DESIGN, glossary).
import { SEVERITIES, type Severity } from '../rules/rule.ts';

export function rankOf(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

export function isUrgent(severity: Severity): boolean {
  return rankOf(severity) >= rankOf('critical');
}

/** In which turn it is dealt with: emergencies (2) before what is critical (1) before everything else (0). */
export type Turn = 0 | 1 | 2;

export function turnOf(severity: Severity | undefined): Turn {
  return severity === 'emergency' ? 2 : severity === 'critical' ? 1 : 0;
}

export function lesserOf(one: Severity, other: Severity): Severity {
  return rankOf(one) < rankOf(other) ? one : other;
}

/** Of a firing alert this is its severity: the highest of its reasons. Undefined of none. */
export function highestOf(severities: readonly Severity[]): Severity | undefined {
  return SEVERITIES.findLast((severity) => severities.includes(severity));
}
