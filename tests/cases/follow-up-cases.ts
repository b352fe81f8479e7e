// Worked cases of the follow-up cadence. Visits are [day, controlled] or objects; flags beside them are of the last visit.
import { isElevatedAtHome } from '../../domain/blood-pressure/home.ts';
import type { Visit } from '../../domain/care/visit.ts';
import { nextFollowUp } from '../../domain/follow-up/next-follow-up.ts';
import { addDays } from '../../domain/local-day.ts';
import { isFastingSatisfactory } from '../../domain/smbg/fingerstick-target.ts';
import { CaseError, DEFAULT_ZONE } from './case-input.ts';

const ACTION_NAMES = { routine: 'routine', recheck: 'recheck_2w', refer: 'refer' } as const;
const DAY_MS = 86_400_000;

interface FollowUpInput {
  visits?: unknown[];
  tz?: string;
  registered?: string;
  registered_at?: string;
  registration_date?: string;
  now?: string;
  today?: string;
  /** The day on which home blood pressure or fasting glucose showed it. */
  telemetry_uncontrolled?: string;
  /** Of home sessions, and of fasting values in mmol/L: what they show is known today. */
  home_mean?: [number, number];
  fasting?: number;
  plan_months?: number;
  interval_months?: number;
  plan?: { months?: number; interval_months?: number; visit_interval_months?: number };
  key_population?: boolean;
  [flag: string]: unknown;
}

const FLAGS = {
  drugReaction: ['drug_reaction', 'medication_reaction', 'adverse_reaction', 'adverse_drug_reaction', 'adr'],
  newComplication: ['complication', 'new_complication', 'worse_complication'],
  emergency: ['emergency'],
} as const;

function next(input: FollowUpInput) {
  const { tz = DEFAULT_ZONE } = input;
  const visits = (input.visits ?? []).map(toVisit).toSorted((a, b) => a.at - b.at);
  const last = visits.at(-1);
  if (last !== undefined) visits[visits.length - 1] = { ...last, ...flagsOf(input) };
  const registered = input.registered ?? input.registered_at ?? input.registration_date;
  if (registered === undefined && visits.length === 0)
    throw new CaseError('registered: neither visits nor registration');
  const registeredAt = registered === undefined ? visits[0]!.at : instantOf(registered, 'registered');
  const months = monthsOf(input);
  const now = instantOf(input.now ?? input.today ?? addDays(dayOf(visits.at(-1)?.at ?? registeredAt), 0), 'now');
  const plans = months === undefined ? [] : [{ from: registeredAt, visitIntervalMonths: months }];
  const { telemetry_uncontrolled: told } = input;
  const shownOn = isUncontrolledAtHome(input) ? dayOf(now) : undefined;
  const uncontrolledByTelemetryOn = told ? dayOf(instantOf(told, 'telemetry_uncontrolled')) : shownOn;
  const facts = { visits, plans, registeredAt, timeZone: tz, uncontrolledByTelemetryOn };
  const found = nextFollowUp(facts, Math.max(now, registeredAt));
  return {
    action: ACTION_NAMES[found.action],
    due: found.dueOn,
    due_on: found.dueOn,
    reason: found.reason,
    at_once: found.atOnce === true,
    immediate: found.atOnce === true,
    overdue: dayOf(now) > found.dueOn,
    days_until_due: Math.round((instantOf(found.dueOn, 'due') - instantOf(dayOf(now), 'now')) / DAY_MS),
  };
}

function isUncontrolledAtHome({ home_mean, fasting }: FollowUpInput): boolean {
  const isElevated = home_mean && isElevatedAtHome({ systolicMmHg: home_mean[0], diastolicMmHg: home_mean[1] });
  const stick = { value: fasting ?? 0, unit: 'mmol/L', context: 'fasting' } as const;
  return isElevated === true || (fasting !== undefined && isFastingSatisfactory(stick) === false);
}

const PLAN_FIELDS: readonly string[] = ['months', 'interval_months', 'visit_interval_months'];

function monthsOf({ plan, plan_months, interval_months, key_population }: FollowUpInput): number | undefined {
  const unknown = Object.keys(plan ?? {}).find((name) => !PLAN_FIELDS.includes(name));
  if (unknown !== undefined) throw new CaseError(`plan: nothing reads its ${unknown}`);
  const told = plan?.months ?? plan?.interval_months ?? plan?.visit_interval_months ?? plan_months ?? interval_months;
  return told ?? (key_population ? 1 : undefined);
}

const VISIT_FIELDS: readonly string[] = [
  ...Object.values(FLAGS).flatMap((names) => [...names]),
  ...['date', 'at', 'day', 'kind', 'type', 'controlled'],
];

function checkFields(told: Readonly<Record<string, unknown>>): void {
  const unknown = Object.keys(told).find((name) => !VISIT_FIELDS.includes(name));
  if (unknown !== undefined) throw new CaseError(`visits: nothing reads their ${unknown}`);
}

function toVisit(visit: unknown): Visit {
  if (Array.isArray(visit)) {
    const [day, controlled, more] = visit as [unknown, boolean | null | undefined, unknown];
    const told = typeof more === 'string' ? { [more]: true } : ((more ?? {}) as Record<string, unknown>);
    checkFields(told);
    return { at: instantOf(day, 'visits'), kind: kindOf(told), controlled: controlled ?? undefined, ...flagsOf(told) };
  }
  if (visit === null || typeof visit !== 'object') throw new CaseError(`visits: ${JSON.stringify(visit)} is no visit`);
  const told = visit as Record<string, unknown>;
  checkFields(told);
  const controlled = typeof told.controlled === 'boolean' ? told.controlled : undefined;
  return {
    at: instantOf(told.date ?? told.at ?? told.day, 'visits'),
    kind: kindOf(told),
    controlled,
    ...flagsOf(told),
  };
}

function kindOf({ kind, type }: Record<string, unknown>): string {
  return typeof kind === 'string' ? kind : typeof type === 'string' ? type : 'clinic';
}

function flagsOf(told: Record<string, unknown>): Partial<Visit> {
  const set = Object.entries(FLAGS).filter(([, names]) => names.some((name) => told[name] === true));
  return Object.fromEntries(set.map(([flag]) => [flag, true]));
}

/** A calendar day is taken at its noon in Shanghai. */
function instantOf(day: unknown, field: string): number {
  const text = typeof day === 'string' && day.length === 10 ? `${day}T12:00:00+08:00` : day;
  const at = typeof text === 'string' ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) throw new CaseError(`${field}: ${JSON.stringify(day)} is no day`);
  return at;
}

function dayOf(at: number): string {
  return new Date(at + 8 * 3_600_000).toISOString().slice(0, 10);
}

export const followUpCases = { 'followup.next': next };
