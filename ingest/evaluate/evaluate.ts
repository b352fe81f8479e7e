// Step 7: verdicts and episodes of the patients that something was added to.
// Promise: every reading is evaluated: quietly, where no rule can begin with it, else in full, at once or when the worker has caught up.

import type { Reading } from '../../domain/reading.ts';
import type { Arrival } from '../../domain/rules/rule.ts';
import type { Log } from '../../runtime/log.ts';
import { type Batch, type Item, readUpTo } from '../batch.ts';
import type { IngestCounters } from '../ingest-counters.ts';
import type { PatientProjection } from '../project/patient-projection.ts';
import type { Projections } from '../project/projections.ts';
import { type Evaluated, evaluateProjection } from './evaluate-projection.ts';
import { RULES_OF_KIND } from './rules-of-kind.ts';

/** Whoever is further behind the head stores and projects first. */
const BEHIND_MS = 5_000;
/** But evaluates this often all the same. */
const EVALUATE_AT_LEAST_EVERY_MS = 10_000;

export interface EvaluateDeps {
  readonly log: Log;
  readonly counters: Pick<IngestCounters, 'ruleBugs'>;
  readonly projections: Projections;
}

export async function evaluate(batch: Batch, deps: EvaluateDeps): Promise<void> {
  const { projections } = deps;
  const { waiting } = projections;
  projections.recount(batch.touched);
  for (const item of batch.items) if (item.projection !== undefined) notePending(item, item.projection);
  const { now } = batch;
  const behind = isBehind(batch);
  // Whoever waits can't be let go: without room nobody waits.
  if (behind && now - waiting.evaluatedAt < EVALUATE_AT_LEAST_EVERY_MS && !projections.isFull) {
    for (const projection of batch.touched) {
      if (projection.pendingRules === 0) countQuiet(batch.evaluated, projection);
      else waiting.patients.add(projection);
    }
    return;
  }
  waiting.evaluatedAt = now;
  // Behind the head, what the journal holds next has happened already: a rule must not take our delay for silence.
  const judgedAt = behind ? (readUpTo(batch) ?? now) : now;
  for (const projection of batch.touched) evaluateOne(projection, judgedAt, batch.evaluated, deps);
  if (waiting.patients.size === 0) return;
  // Of everybody it may take longer than a write has time for, whose answer would lie unread.
  await batch.stored;
  evaluateWaiting(batch, judgedAt, deps);
}

function evaluateWaiting(batch: Batch, judgedAt: number, deps: EvaluateDeps): void {
  const { patients } = deps.projections.waiting;
  for (const projection of patients) {
    evaluateOne(projection, judgedAt, batch.evaluated, deps);
    // A turn that fails forgets whom it touched.
    if (projection.touchedIn !== batch) batch.touched.push(projection);
  }
  patients.clear();
}

function notePending(item: Item, projection: PatientProjection): void {
  const reading = item.reading!;
  projection.pendingReadings += 1;
  const { window } = projection.entry.rules;
  const isQuiet = item.inOrder && setArrival(reading, item.row, projection);
  for (const { index, bit } of RULES_OF_KIND[reading.kind]) {
    if ((projection.pendingRules & bit) !== 0) continue;
    if (isQuiet && (projection.quietRules & bit) !== 0 && !window[index]!.mayStart(ARRIVAL)) continue;
    projection.pendingRules |= bit;
  }
}

/** One for all: an object for each reading and rule would cost more than most rules. */
const ARRIVAL: { -readonly [Key in keyof Arrival]: Arrival[Key] } = {
  kind: 'cgm',
  value: 0,
  metaOrDiastolic: 0,
  measuredAt: 0,
  series: undefined,
  row: 0,
  window: { from: 0, cgm: [], smbg: [], bp: [], deviceEvents: [] },
};

/** Whether it stands where it was put: rows that were dropped or came between have moved it, and then every rule is asked. */
function setArrival(reading: Reading, row: number, projection: PatientProjection): boolean {
  ARRIVAL.kind = reading.kind;
  ARRIVAL.measuredAt = reading.measuredAt;
  ARRIVAL.row = row;
  ARRIVAL.window = projection;
  if (reading.kind === 'bp') {
    ARRIVAL.value = reading.systolicMmHg;
    ARRIVAL.metaOrDiastolic = reading.diastolicMmHg;
    ARRIVAL.series = undefined;
    return true;
  }
  const series = projection.seriesOf(reading.kind, reading.deviceKey);
  ARRIVAL.series = series;
  if (row >= series.length || series.measuredAt[row] !== reading.measuredAt) return false;
  ARRIVAL.value = series.value[row]!;
  ARRIVAL.metaOrDiastolic = series.meta[row]!;
  return true;
}

/** Each pending rule; none: no rule could begin with what came. */
export function evaluateOne(
  projection: PatientProjection,
  now: number,
  into: Evaluated,
  { log, counters }: Pick<EvaluateDeps, 'log' | 'counters'>,
): void {
  if (projection.pendingRules === 0) {
    countQuiet(into, projection);
    return;
  }
  evaluateProjection(projection, now, into, (rule, err) => {
    counters.ruleBugs.inc({ rule: rule.id });
    const { patientKey } = projection;
    log.error({ err, ruleId: rule.id, patientKey }, 'a rule failed on a patient and says nothing of them');
  });
}

function countQuiet(into: Evaluated, projection: PatientProjection): void {
  into.readings += projection.pendingReadings;
  projection.pendingReadings = 0;
}

function isBehind(batch: Batch): boolean {
  const known = readUpTo(batch);
  return known !== undefined && batch.now - known > BEHIND_MS;
}
