// Which of the firing rules need no notification of their own, because another speaks for them (rules/priorities.ts).
// Promise: nothing silences what is more severe.
import { PRIORITIES, type Priority } from '../rules/priorities.ts';
import type { Severity } from '../rules/rule.ts';
import { rankOf } from './severity-order.ts';

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
