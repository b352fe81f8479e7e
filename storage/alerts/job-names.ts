// The jobs that ingest and alerting put into the queue. Each only points at rows: a lost one is found again, a repeated one does nothing.
import type { Job } from '../ports/job-queue.ts';

export const SIGNALS_QUEUE = 'signals';
export const TIMERS_QUEUE = 'timers';
export const NOTIFICATIONS_QUEUE = 'notifications';

/** For ingest, after the transaction that wrote them: the signals of a patient that changed, `urgent` where one is critical or worse. */
export function signalsJob(
  patientKey: number,
  changed: readonly { readonly ruleId: string; readonly version: number }[],
  urgent: boolean,
): Job {
  // Versions count per rule: without the rules, the first signal of one would be taken for the first of another.
  const versions = changed.map(({ ruleId, version }) => `${ruleId}.${version}`).toSorted();
  return { queue: SIGNALS_QUEUE, id: `patient-${patientKey}-${versions.join('-')}`, data: { patientKey }, urgent };
}

export function timerJob(alertId: string, dueAt: number, urgent: boolean): Job {
  return { queue: TIMERS_QUEUE, id: `alert-${alertId}-${dueAt}`, data: { alertId }, urgent };
}

export function notificationJob(notificationId: string, attempts: number, urgent: boolean): Job {
  return {
    queue: NOTIFICATIONS_QUEUE,
    id: `notification-${notificationId}-${attempts}`,
    data: { notificationId },
    urgent,
  };
}
