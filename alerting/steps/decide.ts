// Asks the domain whether the alert as it stands deserves a notification, and for what named reason.
import { decideNotification, type NotificationDecision } from '../../domain/alerts/decide-notification.ts';
import type { Plan, PlanContext } from '../plan.ts';
import { cooldownMsOf, repeatMsOf } from '../rule-timing.ts';

export function decide(plan: Plan, { now, counters }: PlanContext): Plan {
  const made = askNow(plan, now);
  counters.decisions.inc({ decision: made.decision, reason: made.reason });
  if (made.decision === 'hold') return plan;
  if (made.decision === 'wait') return { ...plan, wait: { until: made.nextDueAt, reason: made.reason } };
  const { kind, step, reason } = made;
  return { ...plan, telling: { kind, step, reason, rules: [] } };
}

export function ask({ alert, reasons, predecessor }: Plan, now: number): NotificationDecision {
  const { clearedAt, told } = predecessor ?? {};
  return decideNotification({
    alert,
    told: alert.told,
    reminders: alert.reminders,
    repeatMs: repeatMsOf(reasons),
    cooldownMs: cooldownMsOf(reasons),
    previous: clearedAt !== undefined && told ? { clearedAt, toldSeverity: told.severity } : undefined,
    now,
  });
}

/** A snooze that ends on something urgent is told at once, however lately it was told before. */
function askNow(plan: Plan, now: number): NotificationDecision {
  const made = ask(plan, now);
  if (!plan.pageNow || made.decision !== 'wait') return made;
  return { decision: 'send', kind: 'reminder', step: plan.alert.reminders + 1, reason: 'snooze_ended' };
}
