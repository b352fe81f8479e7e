// Asks the rules of weeks: of each patient within the hour after their local midnight, and soon after something they rest on has changed.
// Promise: when a patient is due stands in patient_state, written with whatever made them due or with the judgement; a rule that fails
// costs no other, and `now` is what the journal has been read up to.
import { v7 as uuidv7 } from 'uuid';
import { type HistoryDays, historyDays } from '../../domain/history-days.ts';
import { localDayBounds, localDayOf } from '../../domain/local-day.ts';
import { READING_KINDS } from '../../domain/reading.ts';
import { deriveSignal } from '../../domain/rules/derive-signal.ts';
import type { HistoryRule, PatientHistory } from '../../domain/rules/history-rule.ts';
import { NO_SIGNAL, type PersistedSignal } from '../../domain/rules/reconcile-signals.ts';
import { againstPostgres } from '../../storage/readings/postgres-failure.ts';
import { readPatientHistories } from '../../storage/readings/read-patient-history.ts';
import type { PatientEntry } from '../../storage/registry/patient-profiles.ts';
import { readSignals } from '../../storage/signals/read-signals.ts';
import type { SignalChange } from '../../storage/signals/write-signals.ts';
import { hasChanges } from '../evaluate/evaluate-projection.ts';
import type { IngestCounters } from '../ingest-counters.ts';
import { renewRules } from '../project/load-projections.ts';
import type { PatientState } from '../project/patient-state.ts';
import { commitTurn } from '../signal/commit-turn.ts';
import type { DeadlineDeps } from './meet-deadlines.ts';

/** M: some 2 ms each; more at once would keep a critical low waiting. */
const PATIENTS_PER_TURN = 50;
/** Shortly after midnight: when the last readings of the day are in. */
const AFTER_MIDNIGHT_MS = 60_000;
const SPREAD_MS = 3_600_000;
/** A rule that still names a moment in the past is not asked at every turn. */
const ASK_AGAIN_MS = 60_000;

export interface HistoryDeps extends DeadlineDeps {
  readonly counters: DeadlineDeps['counters'] & Pick<IngestCounters, 'histories'>;
}

interface Judged {
  readonly state: PatientState;
  readonly historyDueAt: number;
  readonly waitsForReading: boolean;
}

/** Answers how many patients were asked. */
export async function judgeHistories(deps: HistoryDeps, now: number): Promise<number> {
  const due = dueStates(deps.projections.states.values(), now, deps.apart.setAside(deps.now()));
  if (due.length === 0) return 0;
  return deps.apart.run('judge_histories', due, (some) => judge(deps, some, now), deps.now());
}

async function judge(deps: HistoryDeps, due: readonly PatientState[], now: number): Promise<void> {
  const { pool, projections, nudger, counters } = deps;
  const entries = await againstPostgres(() => deps.profiles.load(due.map(({ patientKey }) => patientKey)));
  await renewRules(entries, deps.profiles, now);
  const histories = await readPatientHistories(deps, [...entries.values()], now);
  const earliest = Math.min(...[...histories.values()].map(({ from }) => from));
  const persisted = await againstPostgres(() => readSignals(pool, [...histories.keys()], earliest));
  const changes: SignalChange[] = [];
  const judged: Judged[] = [];
  for (const state of due) {
    const { patientKey } = state;
    const [entry, history] = [entries.get(patientKey), histories.get(patientKey)];
    // Erased, or gone from the registry.
    if (entry === undefined || history === undefined) projections.states.delete(patientKey);
    else judged.push(judgeOne(deps, state, entry, history, persisted.get(patientKey) ?? new Map(), now, changes));
  }
  await commitTurn(
    deps,
    {
      partitions: judged.map(({ state }) => state.partition),
      signals: changes,
      historyDue: judged.map(({ state: { patientKey, partition, nextDeadlineAt }, historyDueAt }) => ({
        patientKey,
        partition,
        nextDeadlineAt,
        historyDueAt,
      })),
    },
    deps.now(),
  );
  for (const { state, historyDueAt, waitsForReading } of judged) {
    state.historyDueAt = historyDueAt;
    state.waitsForReading = waitsForReading;
  }
  nudger.nudge(changes);
  counters.histories.inc(judged.length);
}

function judgeOne(
  { log, counters }: Pick<HistoryDeps, 'log' | 'counters'>,
  state: PatientState,
  { profile, rules }: PatientEntry,
  history: PatientHistory,
  persisted: ReadonlyMap<string, PersistedSignal>,
  now: number,
  changes: SignalChange[],
): Judged {
  const { patientKey } = state;
  const { timeZone } = profile;
  const days = historyDays(history.from, now, timeZone);
  const known = { ...history, lastAt: newerOf(history.lastAt, state.last) };
  let historyDueAt = afterMidnight(patientKey, now, timeZone);
  let waitsForReading = false;
  for (const rule of rules.history) {
    const before = persisted.get(rule.id) ?? NO_SIGNAL;
    try {
      const window = { ...known, from: fromOf(rule, days) };
      const { evaluation, difference } = deriveSignal({
        rule,
        window,
        profile,
        now,
        persisted: before,
        newId: uuidv7,
      });
      if (hasChanges(difference)) {
        changes.push({ patientKey, rule, difference, isNews: difference.version > before.version });
      }
      if (rule.endsWithAnyReading && difference.verdict === 'firing') waitsForReading = true;
      const { nextDeadlineAt } = evaluation;
      if (nextDeadlineAt !== undefined) {
        historyDueAt = Math.min(historyDueAt, nextDeadlineAt > now ? nextDeadlineAt : now + ASK_AGAIN_MS);
      }
    } catch (err) {
      counters.ruleBugs.inc({ rule: rule.id });
      log.error({ err, ruleId: rule.id, patientKey }, 'a rule of weeks failed on a patient and says nothing of them');
    }
  }
  return { state, historyDueAt, waitsForReading };
}

/** As far back as the rule itself looks: what lies before is kept as persisted. */
function fromOf({ daysBack }: HistoryRule, { startAt }: HistoryDays): number {
  return startAt[Math.max(0, startAt.length - 1 - daysBack)]!;
}

/** What is in memory is newer than the row that is written behind, but for another worker's readings. */
function newerOf(a: PatientHistory['lastAt'], b: PatientHistory['lastAt']): PatientHistory['lastAt'] {
  const instants = READING_KINDS.flatMap((kind) => {
    const at = Math.max(a[kind] ?? Number.NEGATIVE_INFINITY, b[kind] ?? Number.NEGATIVE_INFINITY);
    return at === Number.NEGATIVE_INFINITY ? [] : [[kind, at] as const];
  });
  return Object.fromEntries(instants);
}

function afterMidnight(patientKey: number, now: number, timeZone: string): number {
  return localDayBounds(localDayOf(now, timeZone), timeZone).endAt + AFTER_MIDNIGHT_MS + spreadOf(patientKey);
}

/** The same hour for everybody would be an hour in which little else is done; Knuth's multiplicative hash. */
function spreadOf(patientKey: number): number {
  return (Math.imul(patientKey, 2_654_435_761) >>> 0) % SPREAD_MS;
}

function dueStates(states: Iterable<PatientState>, now: number, setAside: ReadonlySet<number>): PatientState[] {
  const due: PatientState[] = [];
  for (const state of states) {
    // Nobody has said when: of everybody after an upgrade.
    state.historyDueAt ??= now + spreadOf(state.patientKey);
    if (state.historyDueAt > now || setAside.has(state.patientKey)) continue;
    due.push(state);
    if (due.length === PATIENTS_PER_TURN) break;
  }
  return due;
}
