// When the alert has to be looked at again although nothing happens to it: kept in its row, so that no restart forgets it (promise 9).
import { isClosed } from '../../domain/alerts/advance-alert.ts';
import { EXPIRES_AFTER_MS } from '../../domain/alerts/alert-life.ts';
import type { Plan, PlanContext } from '../plan.ts';
import { ask } from './decide.ts';

export function schedule(plan: Plan, { now }: PlanContext): Plan {
  const timers = timersOf(plan, now);
  const next = timers.reduce<Timer | undefined>((a, b) => (a === undefined || b.until < a.until ? b : a), undefined);
  return { ...plan, alert: { ...plan.alert, dueAt: next?.until, dueReason: next?.reason } };
}

interface Timer {
  readonly until: number;
  readonly reason: string;
}

function timersOf(plan: Plan, now: number): Timer[] {
  const { alert } = plan;
  if (isClosed(alert)) return [];
  const timers: Timer[] = plan.wait ? [plan.wait] : [];
  if (plan.telling) {
    // It has just been told: what follows is decided from there.
    const following = ask({ ...plan, pageNow: false }, now);
    if (following.decision === 'wait') timers.push({ until: following.nextDueAt, reason: following.reason });
  }
  if (alert.state === 'snoozed' && alert.snoozedUntil !== undefined)
    timers.push({ until: alert.snoozedUntil, reason: 'snooze_ends' });
  if (alert.signal === 'cleared' && alert.clearedAt !== undefined)
    timers.push({ until: alert.clearedAt + EXPIRES_AFTER_MS, reason: 'expires' });
  return timers;
}
