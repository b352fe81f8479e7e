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
import type { PatientsApart } from './patients-apart.ts';
import { toStateRow } from './state-row.ts';

const PATIENTS_PER_TURN = 200;
/** A rule that still names a moment in the past is not asked at every turn. */
const ASK_AGAIN_MS = 60_000;

export interface DeadlineDeps extends LoadDeps, CommitDeps, Pick<EvaluateDeps, 'log'> {
  readonly nudger: Nudger;
  readonly apart: PatientsApart;
  /** The wall clock: when something is written, not when it is judged. */
  readonly now: () => number;
  readonly counters: Pick<IngestCounters, 'deadlines' | 'ruleBugs' | 'evaluated'>;
}

/** Answers how many patients were asked. */
export async function meetDeadlines(deps: DeadlineDeps, now: number): Promise<number> {
  const due = dueStates(deps.projections.states.values(), now, deps.apart.setAside(deps.now()));
  if (due.length === 0) return 0;
  return deps.apart.run('meet_deadlines', due, (some) => ask(deps, some, now), deps.now());
}

async function ask(deps: DeadlineDeps, due: readonly PatientState[], now: number): Promise<void> {
  const { projections, nudger, counters } = deps;
  const deadlines = due.map(({ nextDeadlineAt }) => nextDeadlineAt);
  const asked: PatientProjection[] = [];
  const evaluated = nothingEvaluated();
  try {
    const missing = due.filter(({ patientKey }) => isMissing(projections.get(patientKey), now));
    await loadProjections(
      deps,
      missing.map(({ patientKey }) => patientKey),
      now,
    );
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
    // Nothing was asked: it is as due as it was.
    for (const [index, state] of due.entries()) state.setDeadline(deadlines[index]);
    throw error;
  }
  nudger.nudge(evaluated.changes);
  counters.deadlines.inc(asked.length);
  counters.evaluated.inc(evaluated.readings);
}

/** Not held, or with thresholds that hold no longer. */
function isMissing(projection: PatientProjection | undefined, now: number): boolean {
  return projection === undefined || (projection.entry.rulesUntil ?? Number.POSITIVE_INFINITY) <= now;
}

function dueStates(states: Iterable<PatientState>, now: number, setAside: ReadonlySet<number>): PatientState[] {
  const due: PatientState[] = [];
  for (const state of states) {
    if (state.nextDeadlineAt === undefined || state.nextDeadlineAt > now || setAside.has(state.patientKey)) continue;
    due.push(state);
    if (due.length === PATIENTS_PER_TURN) break;
  }
  return due;
}
