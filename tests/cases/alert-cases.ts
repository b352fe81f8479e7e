// Worked cases of rules: what a stream of readings opens and clears, and what becomes of readings that came late.
// Any rule of the two catalogues, judged as readings are received, as ingest would: those of days at each receipt and each deadline,
// those of weeks also at each local midnight. What was told stays told.
import { type ClearedRule, endOfCooldown } from '../../domain/alerts/cooldown.ts';
import { isUrgent } from '../../domain/alerts/severity-order.ts';
import { localDayBounds, localDaysOf } from '../../domain/local-day.ts';
import { deriveSignal } from '../../domain/rules/derive-signal.ts';
import { HISTORY_RULE_CATALOGUE } from '../../domain/rules/history-rule-catalogue.ts';
import type { PersistedEpisode } from '../../domain/rules/merge-episode.ts';
import { applyDifference, NO_SIGNAL, type PersistedSignal } from '../../domain/rules/reconcile-signals.ts';
import { type Evaluation, type Explanation, SEVERITIES, type Severity, type Verdict } from '../../domain/rules/rule.ts';
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

interface Judged {
  readonly signal: PersistedSignal;
  readonly evaluation: Evaluation;
}
type Judge = (at: number, stream: AlertStream, persisted: PersistedSignal, judgedUntil?: number) => Judged;

function judgeOf(id: string): { judge: Judge; isHistory: boolean } {
  let episodes = 0;
  const newId = () => String(++episodes);
  const settle = (persisted: PersistedSignal, { evaluation, difference }: ReturnType<typeof deriveSignal>) => ({
    signal: applyDifference(persisted, difference),
    evaluation,
  });
  const windowRule = RULE_CATALOGUE.find((rule) => rule.id === id);
  if (windowRule !== undefined) {
    const judge: Judge = (now, stream, persisted, judgedUntil) => {
      const window = windowAt(stream, now);
      const { profile } = stream;
      return settle(persisted, deriveSignal({ rule: windowRule, window, profile, now, persisted, judgedUntil, newId }));
    };
    return { judge, isHistory: false };
  }
  const historyRule = HISTORY_RULE_CATALOGUE.find((rule) => rule.id === id);
  if (historyRule === undefined) throw new CaseError(`rule: there is no ${id}`);
  const judge: Judge = (now, stream, persisted, judgedUntil) => {
    const window = historyAt(stream, historyRule.daysBack, now);
    const { profile } = stream;
    return settle(persisted, deriveSignal({ rule: historyRule, window, profile, now, persisted, judgedUntil, newId }));
  };
  return { judge, isHistory: true };
}

/** BP-01's note on a session that didn't confirm is no page (clinical.md §7). */
function stateOf({ verdict, explanation }: { verdict: Verdict; explanation: Explanation }): State {
  return explanation.reason === NOTE ? 'clear' : STATES[verdict];
}

interface Step extends Judged {
  readonly at: number;
}

interface Walk {
  readonly steps: readonly Step[];
  readonly startAt: number;
  /** Where the case ends by its readings; what days say, they say once they are over. */
  readonly endAt: number;
  readonly until: number | undefined;
}

/** @param follows whether the time after the last receipt is looked at, where the case doesn't say how long */
function walk(input: AlertInput, follows: (judged: Judged) => boolean): Walk {
  const all = streamOf(input);
  const { startAt, comesLater } = all;
  const streamAt = (at: number) => (comesLater ? streamOf(input, at) : all);
  const { judge, isHistory } = judgeOf(input.rule);
  const until = untilOf(input, startAt);
  const readings = comesLater ? all.receivedAt : measuredAtOf(all);
  const lastAt = readings.at(-1) ?? startAt;
  const endAt = isHistory ? (dayStarts(all, lastAt).at(-1) ?? lastAt) : lastAt;
  const asked = isHistory ? dayStarts(all, until ?? lastAt) : [];
  const known = isHistory && readings.length > MOST_READINGS_ASKED ? readings.slice(-1) : readings;
  const isWithin = (at: number) => until === undefined || at <= until;
  const queue = [...new Set([...known, ...asked])].filter(isWithin).sort((a, b) => a - b);
  if (queue.length === 0) queue.push(Math.min(startAt, until ?? startAt));
  const steps: Step[] = [];
  let signal = NO_SIGNAL;
  let judgedUntil: number | undefined;
  let asks = 0;
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    const stream = streamAt(at);
    const judged = judge(at, stream, signal, judgedUntil);
    signal = judged.signal;
    judgedUntil = measuredAtOf(stream).findLast((measuredAt) => measuredAt <= at!);
    steps.push({ at, ...judged });
    const deadline = judged.evaluation.nextDeadlineAt;
    if (deadline === undefined || deadline <= at || asks >= MOST_DEADLINES) continue;
    if (!isWithin(deadline) || (until === undefined && deadline > lastAt && !follows(judged))) continue;
    asks += 1;
    if (!queue.includes(deadline)) queue.push(deadline);
    queue.sort((a, b) => a - b);
  }
  return { steps, startAt, endAt, until };
}

/** What a case calls now is the end of what is looked at: nothing is known of what comes later. */
function untilOf({ until, until_min, now, now_min }: AlertInput, startAt: number): number | undefined {
  const told = until ?? until_min ?? now ?? now_min;
  return told === undefined ? undefined : parseTime(told, 'until', startAt);
}

interface Change {
  readonly at: number;
  readonly state: State;
  readonly explanation: Explanation;
  /** When it changed, and the highest until the next change; of a rule with stages the first, which the others follow from. */
  readonly severityThen: Severity | undefined;
  severity: Severity | undefined;
}

function changesOf({ steps, endAt, until }: Walk): Change[] {
  const changes: Change[] = [];
  let state: State = 'clear';
  for (const { at, signal } of steps) {
    const next = stateOf(signal);
    const { severity, explanation } = signal;
    // Without an end of its own a case ends with its readings: what silence alone would clear later is not part of it.
    const isPast = at > endAt && until === undefined;
    const current = changes.at(-1);
    if (next !== state && !(isPast && next === 'clear')) {
      changes.push({ at, state: next, explanation, severityThen: severity, severity });
      state = next;
    } else if (current !== undefined && next === 'open' && explanation.stage === undefined) {
      current.severity = higher(current.severity, severity);
    }
  }
  return changes;
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

type Expected = Readonly<Record<string, unknown>>;

function sequence(input: AlertInput, expected: Expected) {
  return tell(
    input,
    walk(input, () => true),
    expected,
  );
}

function tell(input: AlertInput, walked: Walk, expected: Expected) {
  const changes = changesOf(walked);
  const told = changes.map(({ at, state }) => [(at - walked.startAt) / MINUTE_MS, state] as const);
  // What asks for a repeat is told only where a case speaks of it.
  const speaksOfPending = JSON.stringify(expected.transitions ?? []).includes('pending');
  const transitions = speaksOfPending ? told : withoutRepeats(told);
  const opened = changes.filter(({ state }) => state === 'open');
  const severityAt = new Map(changes.map(({ at, severityThen }) => [at, severityThen ?? null]));
  // A case may want the severity beside each change.
  const asksSeverity = Array.isArray(expected.transitions) && expected.transitions.some((one) => one?.length === 3);
  const withSeverity = transitions.map(([min, state]) => [
    min,
    state,
    severityAt.get(walked.startAt + min * MINUTE_MS) ?? null,
  ]);
  return {
    transitions: asksSeverity ? withSeverity : transitions,
    severity: opened[0]?.severity,
    severities: opened.map(({ severity }) => severity),
    opens: opened.length,
    clears: transitions.filter(([, state]) => state === 'clear').length,
    notifications: notificationsOf(input.rule, changes),
    episodes: walked.steps.at(-1)?.evaluation.episodes.length ?? 0,
    reason: opened[0]?.explanation.reason,
    final: transitions.at(-1)?.[1] ?? 'clear',
    ...fatesOf(walked),
  };
}

/** Repetitions aside: what opens within its cooldown joins the earlier alert without a word, unless it is urgent or worse (§7). */
function notificationsOf(rule: string, changes: readonly Change[]): number {
  const { timing } = [...RULE_CATALOGUE, ...HISTORY_RULE_CATALOGUE].find(({ id }) => id === rule)!;
  const cleared: ClearedRule[] = [];
  let told = 0;
  let open: Severity | undefined;
  for (const { at, state, severity = 'info' } of changes) {
    if (state === 'open') {
      const endAt = endOfCooldown([{ ruleId: rule, severity, cooldownMs: timing.cooldownMs }], cleared);
      if (isUrgent(severity) || endAt === undefined || at >= endAt) told += 1;
      open = severity;
    } else if (open !== undefined) {
      cleared.push({ ruleId: rule, severity: open, clearedAt: at });
      open = undefined;
    }
  }
  return told;
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

/** What became known of episodes while readings came: a warning that was told stays told although a page followed. */
function fatesOf({ steps }: Walk) {
  const told = new Map<string, PersistedEpisode>();
  const live = new Set<string>();
  const late = new Set<string>();
  for (const episode of steps.flatMap(({ signal }) => signal.episodes)) {
    if (episode.explanation.reason === NOTE) continue;
    told.set(episode.episodeId, episode);
    if (episode.fate === 'live') live.add(episode.episodeId);
    if (episode.fate === 'late') late.add(episode.episodeId);
  }
  // One that begins where another ends goes on with it: whoever was paged has the same alert before them.
  const paged = [...live].map((id) => told.get(id)!);
  const pages = paged.filter(({ startAt }) => !paged.some(({ endAt }) => endAt === startAt));
  const last = steps.at(-1)?.signal;
  const listed = last?.episodes.filter(
    ({ fate, explanation }) => fate === 'retrospective' && explanation.reason !== NOTE,
  );
  return {
    pages: pages.length,
    live: pages.length,
    same_day_warnings: late.size,
    warnings: late.size,
    retrospective_events: listed?.length ?? 0,
    retrospective: listed?.length ?? 0,
  };
}

function lateness(input: AlertInput, expected: Expected) {
  const { comesLater } = streamOf(input);
  // A case that tells only what time it is got its readings then.
  const received = input.now ?? input.now_min;
  const tellsReceipt = comesLater || /"(received|delay_min)/.test(JSON.stringify(input));
  const asReceived = tellsReceipt || received === undefined ? input : { ...input, received };
  // What waits for a repeat is waited for; silence alone is no news of what came late.
  const walked = walk(asReceived, ({ signal }) => signal.verdict === 'pending');
  const { verdict, severity, explanation } = walked.steps.at(-1)!.signal;
  const told = tell(asReceived, walked, expected);
  return { ...told, verdict, severity: severity ?? null, reason: explanation.reason };
}

export const alertCases = { 'alert.sequence': sequence, 'alert.lateness': lateness };
