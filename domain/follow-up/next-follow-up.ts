// When a patient is to be seen next, and what for (clinical.md §6; 国家基本公共卫生服务规范 2017, hypertension and type 2 diabetes).
// Promise: a function of visits, plan and registration; telemetry is never a visit and only brings the date forward, a call that tells
// nothing changes nothing; the nearer date wins.
import type { Visit } from '../care/visit.ts';
import { addDays, localDayOf } from '../local-day.ts';
import type { DatedPlan } from '../rules/history-rule.ts';
import { addMonths } from './add-months.ts';
import type { FollowUp } from './follow-up.ts';

/** Four face-to-face visits a year. */
const ROUTINE_MONTHS = 3;
const RECHECK_DAYS = 14;
/** Visits that tell of no control neither make nor break a run. */
const REFER_FROM_UNCONTROLLED = 2;
/** Kinds of visits that count among the four of a year. A hospital's is no visit of the family doctor's, a call none at all. */
const FACE_TO_FACE_KINDS: readonly string[] = ['clinic', 'home'];

export interface FollowUpFacts {
  /** In any order. */
  readonly visits: readonly Visit[];
  readonly plans: readonly Pick<DatedPlan, 'from' | 'to' | 'visitIntervalMonths'>[];
  /** Epoch ms. */
  readonly registeredAt: number;
  readonly timeZone: string;
  /** Local day on which home blood pressure or fasting glucose was found uncontrolled, after the last visit (§6, [D]). */
  readonly uncontrolledByTelemetryOn?: string | undefined;
}

/** @param now epoch ms: the plan that holds then counts */
export function nextFollowUp(facts: FollowUpFacts, now: number): FollowUp {
  const { timeZone, uncontrolledByTelemetryOn: telemetryOn } = facts;
  const visits = facts.visits.toSorted((a, b) => a.at - b.at);
  const last = visits.findLast((visit) => isFaceToFace(visit) || tellsOutcome(visit));
  const routine = routineVisit(facts, visits, now);
  const need = last && needOf(visits, last);
  if (last !== undefined && need !== undefined) {
    return { ...need, dueOn: nearer(addDays(localDayOf(last.at, timeZone), RECHECK_DAYS), routine.dueOn) };
  }
  if (telemetryOn === undefined || (last !== undefined && telemetryOn <= localDayOf(last.at, timeZone))) return routine;
  const broughtForward = addDays(telemetryOn, RECHECK_DAYS);
  return broughtForward < routine.dueOn ? { action: 'recheck', dueOn: broughtForward, reason: 'telemetry' } : routine;
}

/** What the last visit of those that count asks for beyond the routine; undefined: nothing. */
function needOf(visits: readonly Visit[], last: Visit): Omit<FollowUp, 'dueOn'> | undefined {
  if (last.emergency) return { action: 'refer', reason: 'emergency', atOnce: true };
  if (last.newComplication) return { action: 'refer', reason: 'new_complication' };
  if (last.controlled === false) {
    const told = visits.filter(({ controlled }) => controlled !== undefined);
    const run = told.length - 1 - told.findLastIndex(({ controlled }) => controlled);
    if (run >= REFER_FROM_UNCONTROLLED) return { action: 'refer', reason: 'uncontrolled_again' };
    return { action: 'recheck', reason: 'uncontrolled' };
  }
  return last.drugReaction ? { action: 'recheck', reason: 'drug_reaction' } : undefined;
}

/** Three months from the last face-to-face visit, or as many as the plan has where those are fewer; from registration where there is none. */
function routineVisit(
  { plans, registeredAt, timeZone }: FollowUpFacts,
  visits: readonly Visit[],
  now: number,
): FollowUp {
  const seen = visits.findLast(isFaceToFace);
  const planned = plans
    .filter(({ from, to }) => from <= now && (to === undefined || now < to))
    .flatMap(({ visitIntervalMonths }) => visitIntervalMonths ?? []);
  const months = Math.min(ROUTINE_MONTHS, ...planned);
  const dueOn = addMonths(localDayOf(seen?.at ?? registeredAt, timeZone), months);
  if (seen === undefined) return { action: 'routine', dueOn, reason: 'never_seen' };
  return { action: 'routine', dueOn, reason: months < ROUTINE_MONTHS ? 'plan' : 'quarterly' };
}

function isFaceToFace({ kind }: Visit): boolean {
  return FACE_TO_FACE_KINDS.includes(kind);
}

/** A call that was only a call leaves what was needed before it as it was. */
function tellsOutcome({ controlled, drugReaction, newComplication, emergency }: Visit): boolean {
  return controlled !== undefined || [drugReaction, newComplication, emergency].includes(true);
}

function nearer(a: string, b: string): string {
  return [a, b].toSorted()[0]!;
}
