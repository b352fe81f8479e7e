// All counters of the ingest role.
import type { Counters } from '../runtime/counters.ts';

export type IngestCounters = ReturnType<typeof createIngestCounters>;

export function createIngestCounters(counters: Counters) {
  return {
    items: counters.counter('pulseward_ingest_items_total', 'Items consumed, by their fate.', ['fate']),
    rejections: counters.counter('pulseward_ingest_rejections_total', 'Rejected items, by code.', ['code']),
    evaluated: counters.counter('pulseward_ingest_readings_evaluated_total', 'Readings that the rules have judged.'),
    signals: counters.counter('pulseward_ingest_signals_total', 'Changes of signals handed to alerting, by rule.', [
      'rule',
    ]),
    batches: counters.counter('pulseward_ingest_batches_total', 'Batches committed.'),
    stepSeconds: counters.counter('pulseward_ingest_step_seconds_total', 'Time spent in each step, waiting included.', [
      'step',
    ]),
    temporaryFailures: counters.counter('pulseward_ingest_temporary_failures_total', 'Turns tried again, by reason.', [
      'code',
    ]),
    bugs: counters.counter('pulseward_ingest_bugs_total', 'Turns that failed for no reason that passes.', ['turn']),
    ruleBugs: counters.counter('pulseward_ingest_rule_bugs_total', 'Evaluations in which a rule failed.', ['rule']),
    patientsSetAside: counters.counter(
      'pulseward_ingest_patients_set_aside_total',
      'Times that upkeep failed for a patient alone and left them for a while.',
      ['task'],
    ),
    givenUp: counters.counter(
      'pulseward_ingest_items_given_up_total',
      'Items isolated because they failed again and again, or were older than their store keeps.',
    ),
    behindSeconds: counters.gauge(
      'pulseward_ingest_behind_seconds',
      'Age of the newest message consumed, or of the last look at an empty journal; grows while turns fail.',
    ),
    projections: counters.gauge('pulseward_ingest_projections', 'Patients held in memory.'),
    projectionBytes: counters.gauge('pulseward_ingest_projection_bytes', 'Memory of the patients held, estimated.'),
    dirtyDays: counters.counter('pulseward_ingest_days_read_again_total', 'Days summed up again from the store.'),
    histories: counters.counter('pulseward_ingest_histories_total', 'Patients of whom rules of weeks were asked.'),
    deadlines: counters.counter('pulseward_ingest_deadlines_total', 'Patients evaluated because time had passed.'),
  };
}
