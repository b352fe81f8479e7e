// Notes on the alert what its present occurrence is told about, and on the timeline for what named reason. The notifications themselves
// are sent from their log, once this transaction has committed.
import type { Plan, PlanContext } from '../plan.ts';

export function announce(plan: Plan, { now }: PlanContext): Plan {
  const { alert, telling, notifications } = plan;
  if (!telling) return plan;
  const { kind, scope, step, reason, rules } = telling;
  const { alertId, severity, occurrence, told: before } = alert;
  // A further step, the owner and the patient are told besides: everybody else's interval goes on.
  const isForAll = scope === 'start' || scope === 'again' || scope === 'end';
  const isDigest = plan.wasPutOff === true && (before?.occurrence !== occurrence || before.isDigest === true);
  const told = isForAll ? { kind, severity, occurrence, at: now, ...(isDigest && { isDigest }) } : before;
  const ownerRemindedAt = scope === 'owner' ? now : alert.ownerRemindedAt;
  const reminders = kind === 'reminder' ? step : alert.reminders;
  if (!isForAll && scope !== 'owner' && notifications.length === 0) return plan;
  const detail = { kind, severity, recipients: notifications.length, rules: rules.join(' ') };
  const entry = { alertId, at: now, event: 'notification_planned', reason, detail } as const;
  return { ...plan, alert: { ...alert, told, reminders, ownerRemindedAt }, timeline: [...plan.timeline, entry] };
}
