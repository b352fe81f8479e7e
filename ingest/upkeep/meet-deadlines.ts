// Asks the rules of patients whose deadline has passed: silence, a repeat that did not come. Also across restarts, and for patients
// with a plan who never measured.
// Promise: `now` is what the journal has been read up to, so our own delay never looks like a patient's silence.

import { type EvaluateDeps, evaluateOne } from '../evaluate/evaluate.ts';
import { nothingEvaluated } from '../evaluate/evaluate-projection.ts';
import { ALL_RULES } from '../evaluate/rules-of-kind.ts';
import type { IngestCounters } from '../ingest-counters.ts';
import { type LoadDeps, loadProjections } from '../project/load-projections.ts';
import type { PatientProjection } from '../project/patient-projection.ts';
import type { PatientState } from '../project/patient-state.ts';
import { type CommitDeps, commitTurn } from '../signal/commit-turn.ts';
import type { Nudger } from '../signal/nudger.ts';
import { toStateRow } from './state-row.ts';

const PATIENTS_PER_TURN = 200;
/** A rule that still names a moment in the past is not asked at every turn. */
const ASK_AGAIN_MS = 60_000;

export interface DeadlineDeps extends LoadDeps, CommitDeps, Pick<EvaluateDeps, 'log'> {
  readonly nudger: Nudger;
  /** The wall clock: when something is written, not when it is judged. */
  readonly now: () => number;
  readonly counters: Pick<IngestCounters, 'deadlines' | 'ruleBugs' | 'evaluated'>;
}

/** Answers how many patients were asked. */
export async function meetDeadlines(deps: DeadlineDeps, now: number): Promise<number> {
  const { projections, nudger, counters } = deps;
  const due = dueStates(projections.states.values(), now);
  if (due.length === 0) return 0;
  const missing = due.filter(({ patientKey }) => projections.get(patientKey) === undefined);
  await loadProjections(
    deps,
    missing.map(({ patientKey }) => patientKey),
    now,
  );

  const asked: PatientProjection[] = [];
  const evaluated = nothingEvaluated();
  try {
    for (const { patientKey } of due) {
      const projection = projections.get(patientKey);
      if (projection === undefined) {
        // Erased, or gone from the registry.
        projections.states.delete(patientKey);
        continue;
      }
      asked.push(projection);
      projection.pendingRules = ALL_RULES;
      projections.waiting.patients.delete(projection);
      evaluateOne(projection, now, evaluated, deps);
      const { state } = projection;
      if (state.nextDeadlineAt !== undefined && state.nextDeadlineAt <= now) state.setDeadline(now + ASK_AGAIN_MS);
    }
    await commitTurn(
      deps,
      {
        partitions: asked.map(({ partition }) => partition),
        signals: evaluated.changes,
        requests: evaluated.requests,
        states: asked.map(toStateRow),
      },
      deps.now(),
    );
  } catch (error) {
    for (const { patientKey } of asked) projections.forget(patientKey);
    throw error;
  }
  nudger.nudge(evaluated.changes);
  counters.deadlines.inc(asked.length);
  counters.evaluated.inc(evaluated.readings);
  return asked.length;
}

function dueStates(states: Iterable<PatientState>, now: number): PatientState[] {
  const due: PatientState[] = [];
  for (const state of states) {
    if (state.nextDeadlineAt === undefined || state.nextDeadlineAt > now) continue;
    due.push(state);
    if (due.length === PATIENTS_PER_TURN) break;
  }
  return due;
}
