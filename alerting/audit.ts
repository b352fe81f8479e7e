// Proves promise 7 every minute: each open urgent alert has an owner or a future timer. What has neither is repaired and counted.
import { giveTimer, readUnattendedAlerts } from '../storage/alerts/unattended-alerts.ts';
import type { AlertingContext } from './alerting-context.ts';

/** A timer that has been due for this long was not acted on: the reconciler, the queue or the database is in trouble. */
const OVERDUE_MS = 60_000;

type AuditContext = Pick<AlertingContext, 'pool' | 'now' | 'log' | 'counters'>;

/** Answers that there is no more to do. */
export async function audit({ pool, now, log, counters }: AuditContext): Promise<boolean> {
  const at = now();
  const unattended = await readUnattendedAlerts(pool, at - OVERDUE_MS);
  const overdue = unattended.filter(({ dueAt }) => dueAt !== undefined);
  const without = unattended.filter(({ dueAt }) => dueAt === undefined);
  counters.overdue.set(overdue.length);
  if (overdue.length > 0) log.error({ alerts: overdue.length }, 'urgent alerts have timers that nobody acts on');
  const repaired = await giveTimer(
    pool,
    without.map(({ alertId }) => alertId),
    at,
  );
  if (repaired === 0) return false;
  counters.repaired.inc(repaired);
  log.error({ alerts: repaired }, 'urgent alerts had neither an owner nor a timer, and were given one');
  return false;
}
