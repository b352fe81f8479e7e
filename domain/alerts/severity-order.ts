// How severities compare. Urgent are those that page (DESIGN, glossary).
import { type Condition, type Direction, SEVERITIES, type Severity } from '../rules/rule.ts';

export function rankOf(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

export function isUrgent(severity: Severity): boolean {
  return rankOf(severity) >= rankOf('critical');
}

/** What it is about; both absent where that is no alert. */
export interface About {
  readonly condition?: Condition | undefined;
  readonly direction?: Direction | undefined;
}

/** Nothing about a high delays it. */
export function isGlucoseLow({ condition, direction }: About): boolean {
  return condition === 'glucose' && direction === 'low';
}

/** In which turn it is dealt with: emergencies (3) before critical lows of glucose (2) before what else is critical (1) before everything else (0). */
export type Turn = 0 | 1 | 2 | 3;

export function turnOf(severity: Severity | undefined, about: About = {}): Turn {
  if (severity === 'emergency') return 3;
  if (severity !== 'critical') return 0;
  return isGlucoseLow(about) ? 2 : 1;
}

/** Of several that are told at once; of none 0. */
export function worstTurn(some: readonly (About & { readonly severity: Severity | undefined })[]): Turn {
  return some.map((each) => turnOf(each.severity, each)).reduce<Turn>((a, b) => (a > b ? a : b), 0);
}

export function lesserOf(one: Severity, other: Severity): Severity {
  return rankOf(one) < rankOf(other) ? one : other;
}

/** Of a firing alert this is its severity: the highest of its reasons. Undefined of none. */
export function highestOf(severities: readonly Severity[]): Severity | undefined {
  return SEVERITIES.findLast((severity) => severities.includes(severity));
}
