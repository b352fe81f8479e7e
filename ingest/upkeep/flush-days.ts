// Writes behind what the projections came to: day summaries and patient states, and takes back the marks that this covers.
// Promise: a summary is computed from the day's readings in time order; a patient whose rules are still to be asked is not flushed.
import type { PatientDaySummary } from '../../storage/readings/day-summaries.ts';
import type { SeenMark } from '../../storage/readings/dirty-days.ts';
import type { PatientProjection } from '../project/patient-projection.ts';
import type { Projections } from '../project/projections.ts';
import { type CommitDeps, commitTurn } from '../signal/commit-turn.ts';
import type { PatientsApart } from './patients-apart.ts';
import { toStateRow } from './state-row.ts';
import { summarisePatientDay } from './summarise-patient-day.ts';

/** A transaction of this many patients takes some 10 ms. */
const PATIENTS_PER_TURN = 500;

export interface FlushDeps extends CommitDeps {
  readonly projections: Projections;
  readonly apart: PatientsApart;
}

/** Those touched before `until` (epoch ms), as many as one transaction should take. Answers how many patients were flushed. */
export async function flushDays(deps: FlushDeps, until: number, now: number): Promise<number> {
  const due: PatientProjection[] = [];
  const setAside = deps.apart.setAside(now);
  for (const projection of deps.projections.all()) {
    if (due.length === PATIENTS_PER_TURN) break;
    if (projection.unflushed.length === 0 || projection.pendingRules !== 0 || projection.unflushedSince > until)
      continue;
    if (setAside.has(projection.patientKey)) continue;
    due.push(projection);
  }
  return due.length === 0 ? 0 : deps.apart.run('flush_days', due, (some) => flush(deps, some, now), now);
}

async function flush(deps: FlushDeps, due: readonly PatientProjection[], now: number): Promise<void> {
  const summaries: PatientDaySummary[] = [];
  const flushedMarks: SeenMark[] = [];
  for (const projection of due) {
    for (const { day, startAt, mark } of projection.unflushed) {
      if (startAt < projection.from) continue;
      const { patientKey } = projection;
      const summarised = summarisePatientDay(projection, day, now);
      if (summarised.summary.groups.length > 0) summaries.push(summarised);
      if (mark !== undefined) flushedMarks.push({ patientKey, day, mark });
    }
  }
  const partitions = due.map(({ partition }) => partition);
  await commitTurn(deps, { partitions, summaries, flushedMarks, states: due.map(toStateRow) }, now);
  for (const projection of due) {
    // What was dropped for want of room is summed up from the store.
    const gone = projection.unflushed.filter(({ startAt }) => startAt < projection.from);
    deps.projections.orphan(projection, gone);
    projection.unflushed = [];
    projection.state.isChanged = false;
  }
}
