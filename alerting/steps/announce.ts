// Notes on the alert what its present occurrence is told about, and on the timeline for what named reason. The notifications themselves
// are sent from their log, once this transaction has committed.
import type { Plan, PlanContext } from '../plan.ts';

export function announce(plan: Plan, { now }: PlanContext): Plan {
  const { alert, telling, notifications } = plan;
  if (!telling) return plan;
  const { kind, reason } = telling;
  const announced = { announcedKind: kind, announcedSeverity: alert.severity, announcedAt: now };
  const detail = { kind, severity: alert.severity, recipients: notifications.length };
  const entry = { alertId: alert.alertId, at: now, event: 'notification_planned', reason, detail } as const;
  return { ...plan, alert: { ...alert, ...announced }, timeline: [...plan.timeline, entry] };
}
