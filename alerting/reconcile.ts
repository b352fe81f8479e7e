// Queues again whatever is due and unsettled in the tables, most urgent first: what makes the loss of a nudge, of a timer or of the whole
// queue cost two seconds and nothing else (promise 9). In normal running it finds nothing but timers.

import {
  readDueAlerts,
  readDueNotifications,
  readMovedAlerts,
  readUnappliedPatients,
} from '../storage/alerts/due-work.ts';
import { notificationJob, signalsJob, timerJob } from '../storage/alerts/job-names.ts';
import type { AlertingContext } from './alerting-context.ts';

/** Rounds are short: after a storm the rest is found in the next one, and ids keep a job that still waits from being doubled. */
const BATCH = 1_000;
/** A signal this fresh has a nudge of its own on the way. */
const NUDGE_MS = 1_000;

/** @param atStart nothing is on the way then */
export async function reconcile(context: AlertingContext, atStart = false): Promise<void> {
  const { pool, queue, now, counters } = context;
  const at = now();
  const patients = await readUnappliedPatients(pool, atStart ? Number.MAX_SAFE_INTEGER : at - NUDGE_MS, BATCH);
  const alerts = await readDueAlerts(pool, at, BATCH);
  const moved = await readMovedAlerts(pool, at, BATCH);
  const notifications = await readDueNotifications(pool, at, BATCH);
  const counted = {
    signals: patients.length,
    timers: alerts.length,
    moved: moved.length,
    notifications: notifications.length,
  };
  for (const [what, found] of Object.entries(counted)) if (found > 0) counters.requeued.inc({ what }, found);
  await queue.add([
    ...patients.map(({ patientKey, changed, urgent }) => signalsJob(patientKey, changed, urgent)),
    ...notifications.map(({ notificationId, attempts, urgent }) => notificationJob(notificationId, attempts, urgent)),
    ...alerts.map(({ alertId, dueAt, urgent }) => timerJob(alertId, dueAt, urgent)),
    ...moved.map((alertId) => timerJob(alertId, at, false)),
  ]);
}
