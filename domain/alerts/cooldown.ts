// How long a rule that fires again shortly after it was clear is no news (clinical.md §7: "within the cooldown it joins the earlier alert
// without a new notification unless its severity is higher; never for emergency and critical": that is decide-notification.ts's).
import type { Severity } from '../rules/rule.ts';
import { rankOf } from './severity-order.ts';

/** A rule that people were told of, and that was clear then. */
export interface ClearedRule {
  readonly ruleId: string;
  readonly severity: Severity;
  /** Epoch ms. */
  readonly clearedAt: number;
}

export interface FiringRule {
  readonly ruleId: string;
  readonly severity: Severity;
  readonly cooldownMs?: number | undefined;
}

/** Epoch ms. A cooldown is a rule's own, so one firing rule that is in none makes it news: undefined. */
export function endOfCooldown(firing: readonly FiringRule[], cleared: readonly ClearedRule[]): number | undefined {
  const ends = firing.map(({ ruleId, severity, cooldownMs = 0 }) => {
    const last = cleared
      .filter((each) => each.ruleId === ruleId)
      .reduce<ClearedRule | undefined>((a, b) => (a === undefined || b.clearedAt > a.clearedAt ? b : a), undefined);
    if (last === undefined || cooldownMs === 0 || rankOf(severity) > rankOf(last.severity)) return undefined;
    return last.clearedAt + cooldownMs;
  });
  return ends.includes(undefined) || ends.length === 0 ? undefined : Math.min(...ends.flatMap((end) => end ?? []));
}
