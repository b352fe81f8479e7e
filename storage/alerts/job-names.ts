// The jobs that ingest puts into the queue for alerting. Each only points at rows: a lost one is found again, a repeated one does nothing.
import type { Turn } from '../../domain/alerts/severity-order.ts';
import type { Job } from '../ports/job-queue.ts';

export const SIGNALS_QUEUE = 'signals';

/** For ingest, after the transaction that wrote them: the signals of a patient that changed, in the turn of the worst. */
export function signalsJob(
  patientKey: number,
  changed: readonly { readonly ruleId: string; readonly version: number }[],
  turn: Turn,
): Job {
  // Versions count per rule: without the rules, the first signal of one would be taken for the first of another.
  const versions = changed.map(({ ruleId, version }) => `${ruleId}.${version}`).toSorted();
  return { queue: SIGNALS_QUEUE, id: `patient-${patientKey}-${versions.join('-')}`, data: { patientKey }, turn };
}
