// Writes what was planned for an alert, and after the commit tells the queue and the counters.
import type { PoolClient } from 'pg';
import type { AlertState } from '../domain/alerts/alert-life.ts';
import { isUrgent } from '../domain/alerts/severity-order.ts';
import type { Severity } from '../domain/rules/rule.ts';
import type { AlertReason } from '../storage/alerts/alert-record.ts';
import { notificationJob } from '../storage/alerts/job-names.ts';
import { planNotifications } from '../storage/alerts/notification-log.ts';
import { saveAlerts, saveReasons } from '../storage/alerts/save-alert.ts';
import { appendTimeline } from '../storage/alerts/timeline.ts';
import type { AlertingContext } from './alerting-context.ts';
import type { Plan } from './plan.ts';

/** What a transaction leaves to be done once it has committed. */
export interface Outcome {
  readonly notifications: readonly { readonly notificationId: string; readonly urgent: boolean }[];
  readonly opened: readonly { readonly severity: Severity; readonly state: AlertState }[];
}

export const NOTHING: Outcome = { notifications: [], opened: [] };

export async function savePlan(
  tx: PoolClient,
  { alert, notifications, timeline }: Plan,
  changedReasons: readonly Omit<AlertReason, 'alertId'>[],
  now: number,
): Promise<Outcome> {
  const { alertId, severity, state } = alert;
  await saveAlerts(tx, [alert]);
  await saveReasons(
    tx,
    changedReasons.map((reason) => ({ ...reason, alertId })),
  );
  const added = await planNotifications(tx, notifications, now);
  await appendTimeline(tx, timeline);
  const urgent = isUrgent(severity);
  return {
    notifications: added.map((notificationId) => ({ notificationId, urgent })),
    opened: alert.version === 0 ? [{ severity, state }] : [],
  };
}

/** A queue that is away costs time only: the notifications are due in their log. */
export async function handOver(
  { notifications, opened }: Outcome,
  { queue, deliveries, counters }: AlertingContext,
): Promise<void> {
  for (const alert of opened) counters.alerts.inc(alert);
  if (notifications.length === 0) return;
  const left = new Set(deliveries.begin(notifications.map(({ notificationId }) => notificationId)));
  const queued = notifications.filter(({ notificationId }) => left.has(notificationId));
  if (queued.length > 0)
    await queue.add(queued.map(({ notificationId, urgent }) => notificationJob(notificationId, 0, urgent)));
}
