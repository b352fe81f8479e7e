// Nobody is told now, for a named reason, and it is decided again at its time.
import type { Plan, PlanContext } from './plan.ts';

export interface Hold {
  readonly reason: string;
  /** Epoch ms. */
  readonly until: number;
}

/** On the timeline once for each reason, however often it is asked again. */
export function holdUntil(plan: Plan, { reason, until }: Hold, { now, counters }: PlanContext): Plan {
  const { alert, telling, timeline } = plan;
  const wait = { until, reason };
  if (alert.dueReason === reason) return { ...plan, telling: undefined, wait };
  counters.held.inc({ reason });
  const detail = { until, ...(telling && { kind: telling.kind }) };
  const entry = { alertId: alert.alertId, at: now, event: 'notification_held', reason, detail } as const;
  return { ...plan, telling: undefined, wait, timeline: [...timeline, entry] };
}
