// When the alert has to be looked at again although nothing happens to it: kept in its row, so that no restart forgets it (promise 9).
import { isClosed } from '../../domain/alerts/advance-alert.ts';
import { EXPIRES_AFTER_MS, TEST_LASTS_MS } from '../../domain/alerts/alert-life.ts';
import { URGENT_REPEAT_MS } from '../../domain/alerts/decide-notification.ts';
import { stuckAt } from '../../domain/alerts/may-be-heard.ts';
import { isUrgent } from '../../domain/alerts/severity-order.ts';
import type { Plan, PlanContext } from '../plan.ts';
import { ask } from './decide.ts';

export function schedule(plan: Plan, { now }: Pick<PlanContext, 'now'>): Plan {
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
  if (plan.wait === undefined) {
    // What was to be told has been: what follows is decided from there.
    const following = ask({ ...plan, pageNow: false, hasFailed: false, nextOutside: [] }, now);
    if (following.decision === 'wait') timers.push({ until: following.nextDueAt, reason: following.reason });
    // The patient's next phone went first, and what is its owner's is due as well.
    else if (following.decision === 'send' && plan.telling?.scope === 'outside')
      timers.push({ until: now, reason: following.reason });
    // It could not be told to anybody, and has to be.
    else if (following.decision === 'send' && isUrgent(alert.peakSeverity))
      timers.push({ until: now + URGENT_REPEAT_MS, reason: 'nobody_was_told' });
  }
  for (const each of plan.told ?? []) {
    const until = each.occurrence === alert.occurrence ? stuckAt(each) : undefined;
    if (until !== undefined && until > now) timers.push({ until, reason: 'delivery_stuck' });
  }
  if (alert.state === 'snoozed' && alert.snoozedUntil !== undefined)
    timers.push({ until: alert.snoozedUntil, reason: 'snooze_ends' });
  if (alert.test) timers.push({ until: alert.openedAt + TEST_LASTS_MS, reason: 'test_ends' });
  if (alert.signal === 'cleared' && alert.clearedAt !== undefined)
    timers.push({ until: alert.clearedAt + EXPIRES_AFTER_MS, reason: 'expires' });
  return timers;
}
