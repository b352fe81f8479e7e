// Worked cases of rules: what a stream of readings opens and clears, and what becomes of readings that came late.
// Any rule of the two catalogues: those of days are asked at each reading and each deadline, those of weeks also at each local midnight.
import { localDayBounds, localDaysOf } from '../../domain/local-day.ts';
import { HISTORY_RULE_CATALOGUE } from '../../domain/rules/history-rule-catalogue.ts';
import { type Evaluation, SEVERITIES, type Severity } from '../../domain/rules/rule.ts';
import { RULE_CATALOGUE } from '../../domain/rules/rule-catalogue.ts';
import { type AlertInput, type AlertStream, historyAt, measuredAtOf, streamOf, windowAt } from './alert-stream.ts';
import { CaseError, parseTime } from './case-input.ts';

const MINUTE_MS = 60_000;
const STATES = { firing: 'open', pending: 'pending', clear: 'clear', unknown: 'clear' } as const;
type State = 'open' | 'pending' | 'clear';
/** Of a history rule; more readings than this are asked for only when a day ends. */
const MOST_READINGS_ASKED = 500;
/** A deadline that only brings another one ends somewhere. */
const MOST_DEADLINES = 50;

/** The reason of what is noted and paged to nobody. */
const NOTE = 'unconfirmed';

type Judge = (at: number) => Evaluation;

function judgeOf(rule: string, stream: AlertStream): { judge: Judge; isHistory: boolean } {
  const window = RULE_CATALOGUE.find(({ id }) => id === rule);
  if (window !== undefined)
    return { judge: (at) => window.evaluate(windowAt(stream, at), stream.profile, at), isHistory: false };
  const history = HISTORY_RULE_CATALOGUE.find(({ id }) => id === rule);
  if (history === undefined) throw new CaseError(`rule: there is no ${rule}`);
  const judge: Judge = (at) => history.evaluate(historyAt(stream, history.daysBack, at), stream.profile, at);
  return { judge, isHistory: true };
}

/** BP-01's note on a session that didn't confirm is no page (clinical.md §7). */
function stateOf({ verdict, explanation }: Evaluation): State {
  return explanation.reason === NOTE ? 'clear' : STATES[verdict];
}

interface Change {
  readonly at: number;
  readonly state: State;
  readonly evaluation: Evaluation;
  /** The highest until the next change; of a rule with stages the first, which the others follow from. */
  severity: Severity | undefined;
}

function changesOf(input: AlertInput): { changes: Change[]; stream: AlertStream; last: Evaluation | undefined } {
  const stream = streamOf(input);
  const { judge, isHistory } = judgeOf(input.rule, stream);
  const readings = measuredAtOf(stream);
  const lastAt = readings.at(-1) ?? stream.startAt;
  // What days say, they say once they are over.
  const endAt = isHistory ? (dayStarts(stream, lastAt).at(-1) ?? lastAt) : lastAt;
  const until = input.until_min === undefined ? undefined : stream.startAt + input.until_min * MINUTE_MS;
  const asked = isHistory ? dayStarts(stream, until ?? lastAt) : [];
  const known = isHistory && readings.length > MOST_READINGS_ASKED ? readings.slice(-1) : readings;
  const first = readings.length === 0 ? [stream.startAt] : [];
  const queue = [...new Set([...first, ...known, ...asked])].sort((a, b) => a - b);
  const changes: Change[] = [];
  let state: State = 'clear';
  let last: Evaluation | undefined;
  let asks = 0;
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    last = judge(at);
    const next = stateOf(last);
    // Without an end of its own a case ends with its readings: what silence alone would clear later is not part of it.
    const isPast = at > endAt && until === undefined;
    const current = changes.at(-1);
    if (next !== state && !(isPast && next === 'clear')) {
      changes.push({ at, state: next, evaluation: last, severity: last.severity });
      state = next;
    } else if (current !== undefined && next === 'open' && last.explanation.stage === undefined) {
      current.severity = higher(current.severity, last.severity);
    }
    const deadline = last.nextDeadlineAt;
    if (deadline === undefined || deadline <= at || asks >= MOST_DEADLINES) continue;
    if (until !== undefined && deadline > until) continue;
    asks += 1;
    if (!queue.includes(deadline)) queue.push(deadline);
    queue.sort((a, b) => a - b);
  }
  return { changes, stream, last };
}

function higher(a: Severity | undefined, b: Severity | undefined): Severity | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return SEVERITIES.indexOf(b) > SEVERITIES.indexOf(a) ? b : a;
}

function dayStarts(stream: AlertStream, endAt: number): number[] {
  const { timeZone } = stream.profile;
  const from = measuredAtOf(stream)[0] ?? stream.startAt;
  return localDaysOf({ from, to: endAt + 1 }, timeZone).map((day) => localDayBounds(day, timeZone).endAt);
}

function sequence(input: AlertInput, expected: Readonly<Record<string, unknown>>) {
  const { changes, stream, last } = changesOf(input);
  const told = changes.map(({ at, state }) => [(at - stream.startAt) / MINUTE_MS, state] as const);
  // What asks for a repeat is told only where a case speaks of it.
  const speaksOfPending = JSON.stringify(expected.transitions ?? []).includes('pending');
  const transitions = speaksOfPending ? told : withoutRepeats(told);
  const opened = changes.filter(({ state }) => state === 'open');
  const episodes = last?.episodes ?? [];
  const severityAt = new Map(changes.map(({ at, evaluation }) => [at, evaluation.severity ?? null]));
  // A case may want the severity beside each change.
  const asksSeverity = Array.isArray(expected.transitions) && expected.transitions.some((one) => one?.length === 3);
  const withSeverity = transitions.map(([min, state]) => [
    min,
    state,
    severityAt.get(stream.startAt + min * MINUTE_MS) ?? null,
  ]);
  return {
    transitions: asksSeverity ? withSeverity : transitions,
    severity: opened[0]?.severity,
    severities: opened.map(({ severity }) => severity),
    opens: opened.length,
    notifications: opened.length,
    episodes: episodes.length,
    reason: opened[0]?.evaluation.explanation.reason,
    final: transitions.at(-1)?.[1] ?? 'clear',
  };
}

/** Pending counts as clear; a change that is none then falls away. */
function withoutRepeats(told: readonly (readonly [number, State])[]): (readonly [number, State])[] {
  const kept: (readonly [number, State])[] = [];
  let state: State = 'clear';
  for (const [min, next] of told) {
    const plain = next === 'pending' ? 'clear' : next;
    if (plain !== state) kept.push([min, plain]);
    state = plain;
  }
  return kept;
}

function lateness(input: AlertInput) {
  const stream = streamOf(input);
  const { judge } = judgeOf(input.rule, stream);
  const rows = [...(input.readings ?? []), ...[input.cgm, input.smbg, input.bp].flatMap((one) => one?.readings ?? [])];
  const received = rows.flatMap((row) => (row as { received?: unknown }).received ?? []);
  const known = [...received, ...(input.received === undefined ? [] : [input.received])];
  const told = input.now ?? input.now_min;
  const now =
    told === undefined
      ? Math.max(...known.map((time) => parseTime(time, 'received', stream.startAt)), ...measuredAtOf(stream))
      : parseTime(told, 'now', stream.startAt);
  const { verdict, severity, episodes } = judge(now);
  const fates = (fate: string) =>
    episodes.filter((episode) => episode.fate === fate && episode.explanation.reason !== NOTE);
  return {
    pages: fates('live').length,
    live: fates('live').length,
    same_day_warnings: fates('late').length,
    retrospective_events: fates('retrospective').length,
    verdict,
    severity,
  };
}

export const alertCases = { 'alert.sequence': sequence, 'alert.lateness': lateness };
