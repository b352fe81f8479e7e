// Notes on the alert what its present occurrence is told about, and on the timeline for what named reason. The notifications themselves
// are sent from their log, once this transaction has committed.
import type { Plan, PlanContext } from '../plan.ts';

export function announce(plan: Plan, { now }: PlanContext): Plan {
  const { alert, telling, notifications } = plan;
  if (!telling) return plan;
  const { kind, step, reason, rules } = telling;
  const { alertId, severity, occurrence } = alert;
  const told = { kind, severity, occurrence, at: now };
  const reminders = kind === 'reminder' ? step : alert.reminders;
  const detail = { kind, severity, recipients: notifications.length, rules: rules.join(' ') };
  const entry = { alertId, at: now, event: 'notification_planned', reason, detail } as const;
  return { ...plan, alert: { ...alert, told, reminders }, timeline: [...plan.timeline, entry] };
}
