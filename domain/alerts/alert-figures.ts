// What a team's alerts were like over a time: how soon somebody had them, how many there were, how many were worth it. Pure: alerts in,
// figures out. Promise: a figure of nothing is absent, never 0; trials and what was only listed in hindsight are counted apart.
import { percentileOf } from '../percentile-of.ts';
import { type Condition, SEVERITIES, type Severity } from '../rules/rule.ts';
import type { AlertState, Outcome } from './alert-life.ts';
import { isUsefulOutcome } from './useful-outcome.ts';

/** An alert as the figures see it. Instants are epoch ms. */
export interface AlertFact {
  readonly openedAt: number;
  readonly condition: Condition;
  /** The highest it ever had. */
  readonly severity: Severity;
  readonly state: AlertState;
  readonly ruleIds: readonly string[];
  /** A person took it over or closed it, for the first time. */
  readonly takenAt?: number | undefined;
  readonly takenBy?: string | undefined;
  /** A person closed it, with an outcome. */
  readonly resolvedAt?: number | undefined;
  readonly resolvedBy?: string | undefined;
  readonly outcome?: Outcome | undefined;
  /** That arrived, the app apart; several alerts in one message are one. */
  readonly messages: number;
  /** Somebody further of the team was told by a later step, because what came before had led to nothing. */
  readonly escalated: boolean;
  readonly isTest: boolean;
  /** It was over before anybody could be told. */
  readonly isRetrospective: boolean;
}

export interface Delay {
  /** Of how many alerts. */
  readonly count: number;
  readonly medianSeconds?: number | undefined;
  readonly p90Seconds?: number | undefined;
}

export interface Usefulness {
  /** Alerts of which a person said what they had led to. */
  readonly judged: number;
  readonly useful: number;
  readonly usefulPercent?: number | undefined;
}

/** Of what they took over the time until then, of what they closed the time until then and whether it was worth it. */
export interface MemberFigures extends Usefulness {
  readonly userId: string;
  readonly taken: number;
  readonly resolved: number;
  readonly timeToAcknowledge: Delay;
  readonly timeToResolve: Delay;
}

export interface AlertFigures extends Usefulness {
  readonly alerts: number;
  readonly tests: number;
  readonly retrospective: number;
  /** Not closed yet. */
  readonly open: number;
  /** Nobody has taken over or closed, yet or ever. */
  readonly neverTaken: number;
  readonly resolved: number;
  /** Over, and closed, without anybody. */
  readonly closedThemselves: number;
  /** Urgent, cleared, and left unreviewed for a week. */
  readonly expired: number;
  readonly timeToAcknowledge: Delay;
  readonly timeToResolve: Delay;
  /** Worst first; each severity, also without alerts. */
  readonly bySeverity: readonly {
    readonly severity: Severity;
    readonly alerts: number;
    readonly timeToAcknowledge: Delay;
    readonly timeToResolve: Delay;
  }[];
  readonly messagesPerAlert?: number | undefined;
  readonly escalated: number;
  readonly escalatedPercent?: number | undefined;
  readonly outcomes: Partial<Readonly<Record<Outcome, number>>>;
  /** An alert counts for each of its rules; most alerts first. */
  readonly byRule: readonly ({
    readonly ruleId: string;
    readonly alerts: number;
    readonly timeToAcknowledge: Delay;
    readonly timeToResolve: Delay;
  } & Usefulness)[];
  /** Most taken first. */
  readonly byMember: readonly MemberFigures[];
}

const WORST_FIRST = SEVERITIES.toReversed();

export function alertFigures(facts: readonly AlertFact[]): AlertFigures {
  const real = facts.filter(({ isTest }) => !isTest);
  const counted = real.filter(({ isRetrospective }) => !isRetrospective);
  const count = (is: (fact: AlertFact) => boolean) => counted.filter(is).length;
  const escalated = count((fact) => fact.escalated);
  const messages = counted.reduce((sum, fact) => sum + fact.messages, 0);
  return {
    alerts: counted.length,
    tests: facts.length - real.length,
    retrospective: real.length - counted.length,
    open: count(isOpen),
    neverTaken: count(({ takenAt }) => takenAt === undefined),
    resolved: count(({ resolvedAt }) => resolvedAt !== undefined),
    closedThemselves: count(({ state, resolvedAt }) => state === 'resolved' && resolvedAt === undefined),
    expired: count(({ state }) => state === 'expired'),
    ...timesOf(counted, counted),
    bySeverity: WORST_FIRST.map((severity) => {
      const some = counted.filter((fact) => fact.severity === severity);
      return { severity, alerts: some.length, ...timesOf(some, some) };
    }),
    ...usefulnessOf(counted),
    messagesPerAlert: shareOf(messages, counted.length),
    escalated,
    escalatedPercent: percentOf(escalated, counted.length),
    outcomes: countOutcomes(counted),
    byRule: byRule(counted),
    byMember: byMember(counted),
  };
}

const isOpen = ({ state }: AlertFact) => state === 'open' || state === 'acknowledged' || state === 'snoozed';
const toAcknowledge = ({ openedAt, takenAt }: AlertFact) => takenAt && takenAt - openedAt;
const toResolve = ({ openedAt, resolvedAt }: AlertFact) => resolvedAt && resolvedAt - openedAt;

function delayOf(facts: readonly AlertFact[], delayMs: (fact: AlertFact) => number | undefined): Delay {
  const sorted = facts
    .flatMap((fact) => delayMs(fact) ?? [])
    .map((ms) => Math.max(0, ms) / 1_000)
    .sort((a, b) => a - b);
  if (sorted.length === 0) return { count: 0 };
  return { count: sorted.length, medianSeconds: percentileOf(sorted, 50), p90Seconds: percentileOf(sorted, 90) };
}

const timesOf = (taken: readonly AlertFact[], resolved: readonly AlertFact[]) => ({
  timeToAcknowledge: delayOf(taken, toAcknowledge),
  timeToResolve: delayOf(resolved, toResolve),
});

function usefulnessOf(facts: readonly AlertFact[]): Usefulness {
  const judged = facts.filter(({ outcome }) => outcome !== undefined);
  const useful = judged.filter(({ outcome, condition }) => outcome && isUsefulOutcome(outcome, condition)).length;
  return { judged: judged.length, useful, usefulPercent: percentOf(useful, judged.length) };
}

function countOutcomes(facts: readonly AlertFact[]): AlertFigures['outcomes'] {
  const counts: Partial<Record<Outcome, number>> = {};
  for (const { outcome } of facts) if (outcome) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

function byRule(facts: readonly AlertFact[]): AlertFigures['byRule'] {
  const ruleIds = [...new Set(facts.flatMap((fact) => fact.ruleIds))].sort();
  return ruleIds
    .map((ruleId) => {
      const some = facts.filter((fact) => fact.ruleIds.includes(ruleId));
      return { ruleId, alerts: some.length, ...timesOf(some, some), ...usefulnessOf(some) };
    })
    .sort((a, b) => b.alerts - a.alerts);
}

function byMember(facts: readonly AlertFact[]): MemberFigures[] {
  const userIds = [
    ...new Set(facts.flatMap(({ takenBy, resolvedBy }) => [takenBy ?? [], resolvedBy ?? []].flat())),
  ].sort();
  return userIds
    .map((userId): MemberFigures => {
      const taken = facts.filter(({ takenBy }) => takenBy === userId);
      const resolved = facts.filter(({ resolvedBy }) => resolvedBy === userId);
      const counts = { taken: taken.length, resolved: resolved.length };
      return { userId, ...counts, ...timesOf(taken, resolved), ...usefulnessOf(resolved) };
    })
    .sort((a, b) => b.taken - a.taken || b.resolved - a.resolved);
}

const shareOf = (part: number, whole: number): number | undefined => (whole === 0 ? undefined : part / whole);
const percentOf = (part: number, whole: number): number | undefined => (whole === 0 ? undefined : (100 * part) / whole);
