// Which of the firing rules need no notification of their own, because another speaks for them (rules/priorities.ts).
// Promise: nothing silences what is more severe, and nothing holds back what is, or was, urgent, or is about a low.
import { HOLDINGS, type Holding, PRIORITIES, type Priority } from '../rules/priorities.ts';
import type { Direction, Severity } from '../rules/rule.ts';
import { isUrgent, rankOf } from './severity-order.ts';

export interface FiringReason {
  readonly ruleId: string;
  readonly severity?: Severity | undefined;
}

/** The rule that speaks for another, if one of the firing ones does. */
export function inhibitorOf(
  { ruleId, severity = 'info' }: FiringReason,
  firing: readonly FiringReason[],
  table: readonly Priority[] = PRIORITIES,
): string | undefined {
  const isLoudEnough = (other: FiringReason) => rankOf(other.severity ?? 'info') >= rankOf(severity);
  return table.find(
    ({ speaks, silences }) =>
      silences.includes(ruleId) && firing.some((other) => other.ruleId === speaks && isLoudEnough(other)),
  )?.speaks;
}

/** The reasons that are named in a notification. */
export function withoutInhibited<Reason extends FiringReason>(firing: readonly Reason[]): Reason[] {
  return firing.filter((reason) => inhibitorOf(reason, firing) === undefined);
}

export interface HeldAlert {
  readonly direction: Direction;
  readonly severity: Severity;
  readonly peakSeverity: Severity;
}

/** What an alert waits for the end of, if that fires: only where it holds every rule of it that does. */
export function holderOf(
  { direction, severity, peakSeverity }: HeldAlert,
  firing: readonly string[],
  table: readonly Holding[] = HOLDINGS,
): Holding | undefined {
  if (direction === 'low' || isUrgent(severity) || isUrgent(peakSeverity) || firing.length === 0) return undefined;
  return table.find(({ holds }) => firing.every((ruleId) => holds.includes(ruleId)));
}
