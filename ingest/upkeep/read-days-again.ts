// Days that changed behind the projections' back are read again from the store: late readings, corrections, voids, replays, changed
// bindings, another worker's readings, and after a restart what had not been flushed. One path for all of them.

import { localDayBounds } from '../../domain/local-day.ts';
import { type MarkedDay, readMarkedDays, releaseHeldMarks } from '../../storage/readings/dirty-days.ts';
import { againstPostgres } from '../../storage/readings/postgres-failure.ts';
import type { PatientEntry } from '../../storage/registry/patient-profiles.ts';
import { evaluateOne } from '../evaluate/evaluate.ts';
import { nothingEvaluated } from '../evaluate/evaluate-projection.ts';
import type { IngestCounters } from '../ingest-counters.ts';
import { HISTORY_AFTER_MS } from '../project/history-asked-by.ts';
import { loadProjections } from '../project/load-projections.ts';
import { todayAndYesterday } from '../project/patient-projection.ts';
import { commitTurn } from '../signal/commit-turn.ts';
import type { DeadlineDeps } from './meet-deadlines.ts';
import { readPastDays } from './read-past-days.ts';
import { toStateRow } from './state-row.ts';
import { summarisePatientDay } from './summarise-patient-day.ts';

const DAYS_PER_TURN = 200;

export interface ReadAgainDeps extends DeadlineDeps {
  readonly counters: DeadlineDeps['counters'] & Pick<IngestCounters, 'dirtyDays'>;
}

/** The marked days of one patient. */
interface MarkedPatient {
  readonly patientKey: number;
  readonly days: readonly MarkedDay[];
}

/** Answers how many patients' days were read; at most as many as one turn should take. */
export async function readDaysAgain(deps: ReadAgainDeps, now: number): Promise<number> {
  const { pool, projections, heldPartitions, apart } = deps;
  const orphans = projections.takeOrphans();
  try {
    if (orphans.length > 0) await againstPostgres(() => releaseHeldMarks(pool, orphans));
  } catch (error) {
    projections.addOrphans(orphans);
    throw error;
  }
  const partitions = [...heldPartitions.after.keys()];
  const setAside = [...apart.setAside(deps.now())];
  const marked = await againstPostgres(() => readMarkedDays(pool, partitions, setAside, DAYS_PER_TURN));
  const byPatient = Map.groupBy(marked, ({ patientKey }) => patientKey);
  const patients = [...byPatient].map(([patientKey, days]) => ({ patientKey, days }));
  if (patients.length === 0) return 0;
  return apart.run('read_days_again', patients, (some) => readDaysOf(deps, some, now), deps.now());
}

async function readDaysOf(deps: ReadAgainDeps, patients: readonly MarkedPatient[], now: number): Promise<void> {
  const { profiles, counters } = deps;
  const marked = patients.flatMap(({ days }) => days);
  // Past what is held: a mark may be seen before the change that it was made for is announced.
  const entries = await againstPostgres(() => profiles.loadAnew(patients.map(({ patientKey }) => patientKey)));
  const { recent = [], past = [], nobodys = [] } = Object.groupBy(marked, (day) => placeOf(day, entries, now));
  if (nobodys.length > 0) {
    await commitTurn(deps, { partitions: nobodys.map(({ partition }) => partition), readMarks: nobodys }, deps.now());
  }
  if (recent.length > 0) await readRecentDays(deps, recent, now);
  if (past.length > 0) await readPastDays(deps, past, entries, now);
  counters.dirtyDays.inc(marked.length);
}

function placeOf({ patientKey, day }: MarkedDay, entries: ReadonlyMap<number, PatientEntry>, now: number) {
  const timeZone = entries.get(patientKey)?.profile.timeZone;
  if (timeZone === undefined) return 'nobodys';
  return localDayBounds(day, timeZone).startAt < todayAndYesterday(now, timeZone).from ? 'past' : 'recent';
}

/** Of today or yesterday: the projection is read anew, and with it everything that was still to be flushed. */
async function readRecentDays(deps: ReadAgainDeps, marked: readonly MarkedDay[], now: number): Promise<void> {
  const { projections, nudger, counters } = deps;
  const patientKeys = [...new Set(marked.map(({ patientKey }) => patientKey))];
  const days = [...marked, ...unflushedBesides(deps, marked)];
  for (const patientKey of patientKeys) {
    const projection = projections.get(patientKey);
    if (projection !== undefined) projection.unflushed = [];
  }
  const evaluated = nothingEvaluated();
  try {
    const loaded = new Map((await loadProjections(deps, patientKeys, now)).map((each) => [each.patientKey, each]));
    const summaries = days.flatMap(({ patientKey, day }) => {
      const projection = loaded.get(patientKey);
      return projection ? [summarisePatientDay(projection, day, now)] : [];
    });
    for (const projection of loaded.values()) evaluateOne(projection, now, evaluated, deps);
    for (const { state } of loaded.values()) state.askHistoryBy(now + HISTORY_AFTER_MS);
    const states = [...loaded.values()].map(toStateRow);
    const { changes: signals, requests } = evaluated;
    const partitions = days.map(({ partition }) => partition);
    await commitTurn(deps, { partitions, readMarks: days, summaries, states, signals, requests }, deps.now());
  } catch (error) {
    for (const patientKey of patientKeys) projections.forget(patientKey);
    projections.addOrphans(days);
    throw error;
  }
  nudger.nudge(evaluated.changes);
  counters.evaluated.inc(evaluated.readings);
  counters.evaluated.inc(projections.takeAwaited(days));
}

function unflushedBesides({ projections }: ReadAgainDeps, marked: readonly MarkedDay[]): MarkedDay[] {
  const seen = new Set(marked.map(({ patientKey, day }) => `${patientKey} ${day}`));
  return [...new Set(marked.map(({ patientKey }) => patientKey))]
    .flatMap((patientKey) => projections.get(patientKey) ?? [])
    .flatMap(({ patientKey, partition, unflushed }) =>
      unflushed.flatMap(({ day, mark }) =>
        mark === undefined || seen.has(`${patientKey} ${day}`)
          ? []
          : [{ patientKey, partition, day, mark, evaluate: true }],
      ),
    );
}
