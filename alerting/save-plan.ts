// Writes what was planned for an alert, and after the commit begins to deliver it.
import type { PoolClient } from 'pg';
import type { AlertState } from '../domain/alerts/alert-life.ts';
import { turnOf } from '../domain/alerts/severity-order.ts';
import type { Severity } from '../domain/rules/rule.ts';
import type { AlertReason } from '../storage/alerts/alert-record.ts';
import { planNotifications } from '../storage/alerts/notification-log.ts';
import { saveAlerts, saveReasons } from '../storage/alerts/save-alert.ts';
import { appendTimeline } from '../storage/alerts/timeline.ts';
import type { AlertingContext } from './alerting-context.ts';
import type { DueDelivery } from './delivery/delivery-pool.ts';
import type { Plan } from './plan.ts';

/** What a transaction leaves to be done once it has committed. */
export interface Outcome {
  readonly notifications: readonly DueDelivery[];
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
  const turn = turnOf(severity, alert);
  const waiting = new Set(
    notifications.flatMap(({ notificationId, dueAt = now }) => (dueAt > now ? notificationId : [])),
  );
  return {
    // What waits for company, or for its time, is found in the log then.
    notifications: added.filter((id) => !waiting.has(id)).map((notificationId) => ({ notificationId, turn })),
    opened: alert.version === 0 ? [{ severity, state }] : [],
  };
}

/** What finds no room is due in the log, and found there. */
export function handOver({ notifications, opened }: Outcome, { deliveries, counters }: AlertingContext): void {
  for (const alert of opened) counters.alerts.inc(alert);
  deliveries.begin(notifications);
}
