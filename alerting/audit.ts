// Proves promise 7 every minute: each open urgent alert has an owner or a future timer, and no step of an escalation is left behind. What
// has neither is repaired and counted; where no urgent signal, alert or message is overdue, whoever watches from outside is told so.
import { countOverdueNotifications } from '../storage/alerts/overdue-notifications.ts';
import { countOverdueSignals } from '../storage/alerts/overdue-signals.ts';
import { giveTimer, readUnattendedAlerts } from '../storage/alerts/unattended-alerts.ts';
import type { AlertingContext } from './alerting-context.ts';
import type { DeadMan } from './dead-man.ts';

/** A timer or a signal that has been due for this long was not acted on: the reconciler, the queue or the database is in trouble. */
const OVERDUE_MS = 60_000;
/** A message that has been due for this long and was not taken on: nobody delivers. */
const NOTIFICATION_OVERDUE_MS = 120_000;

export interface AuditContext extends Pick<AlertingContext, 'pool' | 'now' | 'log' | 'counters'> {
  readonly deadMan: Pick<DeadMan, 'ping'>;
}

/** Answers that there is no more to do. */
export async function audit({ pool, now, log, counters, deadMan }: AuditContext): Promise<boolean> {
  const at = now();
  const overdueBefore = at - OVERDUE_MS;
  const unattended = await readUnattendedAlerts(pool, overdueBefore);
  const overdue = unattended.filter(({ isOverdue }) => isOverdue);
  const without = unattended.flatMap(({ alertId, isOverdue }) => (isOverdue ? [] : [alertId]));
  counters.overdue.set(overdue.length);
  if (overdue.length > 0) log.error({ alerts: overdue.length }, 'urgent alerts have timers that nobody acts on');
  const unapplied = await countOverdueSignals(pool, overdueBefore);
  counters.unapplied.set(unapplied);
  if (unapplied > 0) log.error({ signals: unapplied }, 'urgent signals fire that nobody applies');
  const unsent = await countOverdueNotifications(pool, at - NOTIFICATION_OVERDUE_MS);
  counters.unsent.set(unsent);
  if (unsent > 0) log.error({ notifications: unsent }, 'urgent notifications are due that nobody sends');
  const repaired = await giveTimer(pool, without, overdueBefore, at);
  if (unapplied + overdue.length + unsent === 0) deadMan.ping();
  if (repaired === 0) return false;
  counters.repaired.inc(repaired);
  log.error({ alerts: repaired }, 'alerts had no timer that would bring them up again, and were given one');
  return false;
}
