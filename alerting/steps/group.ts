// What is not urgent waits a little for what belongs to it, and is then told once. What is urgent never waits (promise 6).
import { isUrgent } from '../../storage/alerts/alert-lifecycle.ts';
import type { Plan, PlanContext } from '../plan.ts';

export function group(plan: Plan, { now, policy, counters }: PlanContext): Plan {
  const { alert, telling } = plan;
  if (telling?.kind !== 'opened' || isUrgent(alert.severity)) return plan;
  const groupedAt = alert.firedAt + policy.groupMs;
  if (groupedAt <= now) return plan;
  counters.decisions.inc({ decision: 'wait', reason: 'grouping' });
  return { ...plan, telling: undefined, wait: { until: groupedAt, reason: 'grouping' } };
}
