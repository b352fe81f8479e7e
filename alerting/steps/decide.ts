// Asks the domain whether the alert as it stands deserves a notification, and for what named reason.

import { decideNotification, type NotificationDecision } from '../../domain/alerts/decide-notification.ts';
import { isCurrent } from '../../domain/alerts/escalation.ts';
import type { Plan, PlanContext } from '../plan.ts';
import { repeatMsOf } from '../rule-timing.ts';

export function decide(plan: Plan, { now, counters }: PlanContext): Plan {
  const made = ask(plan, now);
  counters.decisions.inc({ decision: made.decision, reason: made.reason });
  if (made.decision === 'hold') return plan;
  if (made.decision === 'wait') return { ...plan, wait: { until: made.nextDueAt, reason: made.reason } };
  const { kind, scope, step, reason } = made;
  return { ...plan, telling: { kind, scope, step, reason, rules: [] } };
}

/** What follows once it is told is asked without `pageNow`: that has been heeded then. */
export function ask(
  { alert, reasons, cooledDownAt, pageNow, hasFailed, nextOutside = [] }: Plan,
  now: number,
): NotificationDecision {
  const { told, reminders, ownerRemindedAt, dueAt, dueReason } = alert;
  const escalation = isCurrent(alert.escalation, alert) ? alert.escalation : undefined;
  return decideNotification({
    alert,
    told,
    reminders,
    repeatMs: repeatMsOf(reasons, alert.peakSeverity),
    cooledDownAt,
    pageNow,
    groupedAt: dueReason === 'grouping' ? dueAt : undefined,
    escalateAt: hasFailed ? now : escalation?.nextAt,
    hasNextOutside: nextOutside.length > 0,
    outcomeWithinMs: alert.escalation?.outcomeWithinMs,
    ownerRemindedAt,
    now,
  });
}
