// All counters of the ingest role. What Prometheus has a rule about begins at 0: a rise that begins with the first value is none to it.
import { ALL_RULES } from '../domain/rules/rule-catalogue.ts';
import type { Counters } from '../runtime/counters.ts';
import type { Fate } from './batch.ts';

export type IngestCounters = ReturnType<typeof createIngestCounters>;

const FATES: readonly Fate[] = ['accepted', 'duplicate', 'corrected', 'rejected'];
/** Of a failure that passes by itself: of Postgres, the journal, the store, and between workers. */
const PASSING_CODES = [
  'database_unavailable',
  'journal_unavailable',
  'journal_lost',
  'journal_unsafe',
  'readings_unavailable',
  'readings_unsafe',
  'reading_contended',
  'signals_moved_on',
  'lease_short',
  'batch_failed',
];
const UPKEEP_TASKS = [
  'make_room',
  'read_days_again',
  'meet_deadlines',
  'judge_histories',
  'flush_days',
  'live_notices',
  'hand_over',
  'renew_summaries',
  'housekeeping',
] as const;
export type UpkeepTask = (typeof UPKEEP_TASKS)[number];

export function createIngestCounters(counters: Counters) {
  const declared = declareCounters(counters);
  for (const fate of FATES) declared.items.inc({ fate }, 0);
  for (const code of PASSING_CODES) declared.temporaryFailures.inc({ code }, 0);
  for (const turn of ['loop', 'consume', 'record', ...UPKEEP_TASKS]) declared.bugs.inc({ turn }, 0);
  for (const { id } of ALL_RULES) declared.ruleBugs.inc({ rule: id }, 0);
  return declared;
}

function declareCounters(counters: Counters) {
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
