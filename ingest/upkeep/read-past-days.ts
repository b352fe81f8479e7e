// Days before yesterday, summed up and judged again: what late readings or corrections show there is listed, never paged.
// Promise: episodes are derived from half a day more on either side, so that one that crosses midnight is seen whole.
import { v7 as uuidv7 } from 'uuid';
import { addDays, localDayBounds } from '../../domain/local-day.ts';
import { deriveSignal } from '../../domain/rules/derive-signal.ts';
import { applyDifference, NO_SIGNAL, type PersistedSignal } from '../../domain/rules/reconcile-signals.ts';
import type { MarkedDay } from '../../storage/readings/dirty-days.ts';
import { againstPostgres } from '../../storage/readings/postgres-failure.ts';
import type { PatientEntry } from '../../storage/registry/patient-profiles.ts';
import { readSignals } from '../../storage/signals/read-signals.ts';
import type { SignalChange } from '../../storage/signals/write-signals.ts';
import { hasChanges } from '../evaluate/evaluate-projection.ts';
import { HISTORY_AFTER_MS } from '../project/history-asked-by.ts';
import { loadProjections, readStretches } from '../project/load-projections.ts';
import { PatientProjection } from '../project/patient-projection.ts';
import { commitTurn } from '../signal/commit-turn.ts';
import type { ReadAgainDeps } from './read-days-again.ts';
import { toStateRow } from './state-row.ts';
import { summarisePatientDay } from './summarise-patient-day.ts';

const MARGIN_MS = 12 * 3_600_000;
const MOST_DAYS_AT_ONCE = 7;

/** Some days of one patient that follow one another. */
interface PastRun {
  /** Of now: owns the patient's signals and state. */
  readonly live: PatientProjection;
  /** Holds the run's readings. */
  readonly past: PatientProjection;
  readonly days: readonly MarkedDay[];
  readonly from: number;
  readonly to: number;
}

/** One run a patient; the others stay marked for a later turn. @param entries of the patients, as the registry has them now */
export async function readPastDays(
  deps: ReadAgainDeps,
  marked: readonly MarkedDay[],
  entries: ReadonlyMap<number, PatientEntry>,
  now: number,
): Promise<void> {
  const { projections } = deps;
  const byPatient = Map.groupBy(marked, ({ patientKey }) => patientKey);
  const missing = [...byPatient.keys()].filter((patientKey) => projections.get(patientKey) === undefined);
  try {
    await loadProjections(deps, missing, now);
    await readRuns(deps, byPatient, entries, now);
  } finally {
    // Their rules were not asked: they could neither be flushed nor let go.
    for (const patientKey of missing) projections.forget(patientKey);
  }
}

async function readRuns(
  deps: ReadAgainDeps,
  byPatient: ReadonlyMap<number, readonly MarkedDay[]>,
  entries: ReadonlyMap<number, PatientEntry>,
  now: number,
): Promise<void> {
  const { projections, nudger, counters } = deps;
  const runs = [...byPatient].flatMap(([patientKey, days]) => {
    const [live, entry] = [projections.get(patientKey), entries.get(patientKey)];
    return live === undefined || entry === undefined ? [] : [pastRun(live, entry, days)];
  });
  if (runs.length === 0) return;
  let changes: readonly SignalChange[];
  try {
    changes = await judgeAndCommit(deps, runs, now);
  } catch (error) {
    // What was judged is in the live projections already.
    for (const { live } of runs) projections.forget(live.patientKey);
    throw error;
  }
  nudger.nudge(changes);
  counters.evaluated.inc(projections.takeAwaited(runs.flatMap(({ days }) => days)));
}

async function judgeAndCommit(
  deps: ReadAgainDeps,
  runs: readonly PastRun[],
  now: number,
): Promise<readonly SignalChange[]> {
  const { pool, timeSeries } = deps;
  await readStretches(
    runs.map(({ past, from, to }) => ({ projection: past, from, to })),
    timeSeries,
  );
  const earliest = Math.min(...runs.map(({ from }) => from));
  const patientKeys = runs.map(({ live }) => live.patientKey);
  const persisted = await againstPostgres(() => readSignals(pool, patientKeys, earliest));
  const changes: SignalChange[] = [];
  for (const run of runs) {
    const known = persisted.get(run.live.patientKey);
    if (run.days.some(({ evaluate }) => evaluate)) judgePast(run, known ?? new Map(), now, changes, deps);
    // A patient of whom nothing newer is known: silence is to be judged by it.
    if (run.live.state.isChanged) run.live.state.setDeadline(now);
    run.live.state.askHistoryBy(now + HISTORY_AFTER_MS);
  }
  await commitTurn(
    deps,
    {
      partitions: runs.map(({ live }) => live.partition),
      readMarks: runs.flatMap(({ days }) => days),
      summaries: runs.flatMap(({ past, days }) => days.map(({ day }) => summarisePatientDay(past, day, now))),
      states: runs.map(({ live }) => toStateRow(live)),
      signals: changes,
    },
    deps.now(),
  );
  return changes;
}

function pastRun(live: PatientProjection, entry: PatientEntry, marked: readonly MarkedDay[]): PastRun {
  const sorted = marked.toSorted((a, b) => (a.day < b.day ? -1 : 1));
  const days = sorted.slice(0, MOST_DAYS_AT_ONCE).filter(({ day }, index) => day === addDays(sorted[0]!.day, index));
  const { timeZone } = entry.profile;
  const from = localDayBounds(days[0]!.day, timeZone).startAt - MARGIN_MS;
  const to = localDayBounds(days.at(-1)!.day, timeZone).endAt + MARGIN_MS;
  const past = new PatientProjection(entry, live.partition, live.state, []);
  past.from = from;
  return { live, past, days, from, to };
}

function judgePast(
  { live, past, from, to }: PastRun,
  known: ReadonlyMap<string, PersistedSignal>,
  now: number,
  changes: SignalChange[],
  { log, counters }: ReadAgainDeps,
): void {
  const { cgm, smbg, bp, deviceEvents, lastCgmAt } = past;
  const window = { from, to, cgm, smbg, bp, deviceEvents, lastCgmAt };
  for (const [index, rule] of past.entry.rules.window.entries()) {
    if (rule.listsPast === false) continue;
    const persisted = known.get(rule.id) ?? NO_SIGNAL;
    try {
      const { profile } = past.entry;
      // Nothing of so long ago is a new low: what goes on after it is what was known to be open.
      const judgedUntil = Number.POSITIVE_INFINITY;
      const { difference } = deriveSignal({ rule, window, profile, now, persisted, judgedUntil, newId: uuidv7 });
      if (!hasChanges(difference)) continue;
      const { patientKey } = live;
      changes.push({ patientKey, rule, difference, isNews: difference.version > persisted.version });
      const applied = applyDifference(persisted, difference);
      const episodes = applied.episodes.filter(({ endAt }) => endAt === undefined || endAt > live.from);
      live.signals[index] = { ...applied, episodes };
    } catch (err) {
      counters.ruleBugs.inc({ rule: rule.id });
      log.error({ err, ruleId: rule.id, patientKey: live.patientKey }, 'a rule failed on past days of a patient');
    }
  }
}
