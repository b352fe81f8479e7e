// When the alert has to be looked at again although nothing happens to it: kept in its row, so that no restart forgets it (promise 9).
import { isUnclosed } from '../../storage/alerts/alert-lifecycle.ts';
import type { Plan, PlanContext } from '../plan.ts';
import { decideNotification } from './decide.ts';

export function schedule(plan: Plan, context: PlanContext): Plan {
  const timers = timersOf(plan, context);
  const next = timers.reduce<Timer | undefined>((a, b) => (a === undefined || b.until < a.until ? b : a), undefined);
  return { ...plan, alert: { ...plan.alert, dueAt: next?.until, dueReason: next?.reason } };
}

interface Timer {
  readonly until: number;
  readonly reason: string;
}

function timersOf(plan: Plan, context: PlanContext): Timer[] {
  const { alert } = plan;
  if (!isUnclosed(alert)) return [];
  const timers: Timer[] = plan.wait ? [plan.wait] : [];
  if (plan.telling) {
    // It has just been told: what follows is decided from there.
    const following = decideNotification({ ...plan, woke: false }, context);
    if (following.decision === 'wait') timers.push(following);
  }
  if (alert.state === 'snoozed' && alert.snoozedUntil !== undefined)
    timers.push({ until: alert.snoozedUntil, reason: 'snooze_ends' });
  if (alert.signal === 'cleared' && alert.clearedAt !== undefined)
    timers.push({ until: alert.clearedAt + context.policy.expireMs, reason: 'expires' });
  return timers;
}
