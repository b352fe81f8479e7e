// The jobs that ingest and alerting put into the queue. Each only points at rows: a lost one is found again, a repeated one does nothing.
import type { Job } from '../ports/job-queue.ts';

export const SIGNALS_QUEUE = 'signals';
export const TIMERS_QUEUE = 'timers';
export const NOTIFICATIONS_QUEUE = 'notifications';

/** For ingest, after the transaction that wrote the signals: `version` is the highest of those changed, `urgent` from their severity. */
export function signalsJob(patientKey: number, version: number, urgent: boolean): Job {
  return { queue: SIGNALS_QUEUE, id: `patient-${patientKey}-${version}`, data: { patientKey }, urgent };
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
