// A case's stream of readings as a rule sees it: everything up to an instant, as a window of days or as a history of weeks.

import type { SymptomCode } from '../../domain/care/symptom.ts';
import { symptomCodeOf } from '../../domain/care/symptom.ts';
import { treatmentClassOf } from '../../domain/care/treatment.ts';
import type { Visit } from '../../domain/care/visit.ts';
import type { DeviceEvent } from '../../domain/device-event.ts';
import type { GlucoseSeries } from '../../domain/glucose-series.ts';
import { addDays, localDayBounds, localDayOf } from '../../domain/local-day.ts';
import { summariseDays } from '../../domain/metrics/day-summary.ts';
import { RISK_GROUPS } from '../../domain/metrics/glucose-targets.ts';
import type { BloodPressureReading, PressureUnit, ReadingKind } from '../../domain/reading.ts';
import type { DatedCondition, DatedPlan, PatientHistory } from '../../domain/rules/history-rule.ts';
import type { PatientProfile, PatientWindow } from '../../domain/rules/rule.ts';
import { windowWith } from '../readings/patient-windows.ts';
import { pressureReadingAt } from './blood-pressure-cases.ts';
import { type CaseReadings, cadenceOf, parseTime, pressureOf, rowsOf, startOf, zoneOf } from './case-input.ts';
import { takeRows } from './case-series.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const REGISTERED_BEFORE_MS = 90 * DAY_MS;
const SEEN_BEFORE_MS = 2 * DAY_MS;
/** Glucometers beside sensors. */
const FIRST_METER_KEY = 100;

export interface AlertInput extends Omit<CaseReadings, 'unit'> {
  rule: string;
  unit?: 'mg/dL' | 'mmol/L' | 'mmHg' | 'kPa';
  cgm?: CaseReadings;
  smbg?: CaseReadings;
  bp?: CaseReadings;
  max_age_min?: number;
  now?: string;
  now_min?: number;
  until_min?: number;
  age?: number;
  birth_date?: string;
  insulin?: boolean;
  on_insulin?: boolean;
  sulfonylurea?: boolean;
  treatment?: string;
  treatments?: string[];
  symptoms?: unknown[];
  conditions?: string[];
  risk_group?: string;
  registered?: string;
  visits?: unknown[];
  plan?: Record<string, number>;
}

/** Everything that a case tells, in time order. */
export interface AlertStream {
  readonly startAt: number;
  readonly cgm: readonly GlucoseSeries[];
  readonly smbg: readonly GlucoseSeries[];
  readonly bp: readonly BloodPressureReading[];
  /** Of glucose devices. */
  readonly deviceEvents: readonly DeviceEvent[];
  readonly visits: readonly Visit[];
  readonly plans: readonly DatedPlan[];
  readonly profile: PatientProfile;
  readonly conditions: readonly DatedCondition[];
  readonly riskGroup: PatientHistory['care']['riskGroup'];
}

/** Where the readings of a rule without a kind of its own belong. */
function kindOf(rule: string): ReadingKind {
  if (rule.startsWith('SMBG') || rule === 'ADH-01') return 'smbg';
  return rule.startsWith('BP') || rule === 'TREND-04' ? 'bp' : 'cgm';
}

export function streamOf(input: AlertInput): AlertStream {
  const kind = kindOf(input.rule);
  const startAt = startOf(input as CaseReadings);
  const hasReadings = [input.values, input.runs, input.readings, input.readings_min, input.segments].some(Boolean);
  const of = (one: ReadingKind): CaseReadings | undefined =>
    input[one] ?? (hasReadings && one === kind ? (input as CaseReadings) : undefined);
  const lateAfterMs = (input.max_age_min ?? 30) * MINUTE_MS;
  const events: DeviceEvent[] = [];
  const glucose = (one: 'cgm' | 'smbg') => {
    const given = of(one);
    if (given === undefined) return [];
    const { series, deviceEvents } = takeRows(withStart(given, input), one, lateAfterMs);
    const keyed = <T extends { readonly deviceKey: number }>(each: T): T => ({
      ...each,
      deviceKey: each.deviceKey + (one === 'smbg' ? FIRST_METER_KEY : 0),
    });
    events.push(...deviceEvents.map(keyed));
    return series.map(keyed);
  };
  const pressures = of('bp');
  const visits = (input.visits ?? []).map((visit) => toVisit(visit, startAt)).toSorted((a, b) => a.at - b.at);
  return {
    startAt,
    cgm: glucose('cgm'),
    smbg: glucose('smbg'),
    bp: pressures === undefined ? [] : pressuresOf(withStart(pressures, input)),
    deviceEvents: events,
    visits,
    plans: input.plan === undefined ? [] : [planOf(input.plan, startAt)],
    profile: profileOf(input, startAt, visits[0]?.at),
    conditions: (input.conditions ?? ['type_2_diabetes', 'hypertension']).map((code) => ({ code, from: 0 })),
    riskGroup: RISK_GROUPS.find((group) => group === input.risk_group) ?? 'standard',
  };
}

function withStart(given: CaseReadings, input: AlertInput): CaseReadings {
  const { start, received, cadence_min } = input;
  return { ...(start && { start }), ...(received && { received }), ...(cadence_min && { cadence_min }), ...given };
}

function pressuresOf(input: CaseReadings): BloodPressureReading[] {
  const receivedAt = input.received === undefined ? undefined : parseTime(input.received, 'received', startOf(input));
  return rowsOf(input, input.cadence_min ?? cadenceOf(input))
    .map((row) => {
      const unit = (row.unit ?? input.unit ?? 'mmHg') as PressureUnit;
      return pressureReadingAt(row.at, pressureOf(row), unit, row.receivedAt ?? receivedAt ?? row.at);
    })
    .sort((a, b) => a.measuredAt - b.measuredAt);
}

/** Registered with the first visit where there is one, else long ago. */
function profileOf(input: AlertInput, startAt: number, firstVisitAt?: number): PatientProfile {
  const { age, treatment, treatments = [], tz } = input;
  const classes = [
    ...treatments,
    ...(treatment === undefined ? [] : [treatment]),
    ...(input.insulin || input.on_insulin ? ['insulin'] : []),
    ...(input.sulfonylurea ? ['sulfonylurea'] : []),
  ];
  const day = localDayOf(startAt, zoneOf({ ...(tz && { tz }) }));
  const bornOn = age === undefined ? undefined : `${Number(day.slice(0, 4)) - age}-01-01`;
  const birthDate = input.birth_date ?? bornOn;
  const registered = input.registered === undefined ? undefined : parseTime(input.registered, 'registered', startAt);
  return {
    ...(birthDate !== undefined && { birthDate }),
    timeZone: zoneOf({ ...(tz && { tz }) }),
    registeredAt:
      registered ?? (firstVisitAt === undefined ? startAt - REGISTERED_BEFORE_MS : Math.min(startAt, firstVisitAt)),
    treatments: classes.map((name) => ({ class: treatmentClassOf(name), from: 0 })),
    cgmPeriods: [],
    symptoms: (input.symptoms ?? []).map((symptom) => toSymptom(symptom, startAt)),
  };
}

function toSymptom(symptom: unknown, startAt: number): { at: number; code: SymptomCode } {
  if (typeof symptom === 'string') return { at: startAt, code: symptomCodeOf(symptom) };
  const [time, code] = symptom as [unknown, string];
  return { at: parseTime(time, 'symptoms', startAt), code: symptomCodeOf(code) };
}

function toVisit(visit: unknown, startAt: number): Visit {
  const [day, controlled] = Array.isArray(visit) ? (visit as [unknown, boolean?]) : [visit];
  return { at: parseTime(day, 'visits', startAt), kind: 'clinic', ...(controlled !== undefined && { controlled }) };
}

function planOf(plan: Record<string, number>, startAt: number): DatedPlan {
  return {
    from: startAt - REGISTERED_BEFORE_MS,
    glucoseSessionsPerWeek: plan.glucose_sessions_per_week ?? plan.smbg_per_week,
    bloodPressureSessionsPerWeek: plan.bp_sessions_per_week ?? plan.bp_per_week,
    visitIntervalMonths: plan.visit_interval_months ?? plan.months,
  };
}

/** Every instant at which something was measured or told, ascending. */
export function measuredAtOf({ cgm, smbg, bp, deviceEvents }: AlertStream): number[] {
  const glucose = [...cgm, ...smbg].flatMap(({ measuredAt }) => Array.from(measuredAt));
  const told = deviceEvents.map(({ at }) => at);
  return [...new Set([...glucose, ...told, ...bp.map(({ measuredAt }) => measuredAt)])].sort((a, b) => a - b);
}

/** What ingest would hold at `at`, had it been there from the beginning. */
export function windowAt(stream: AlertStream, at: number): PatientWindow {
  const firstAt = measuredAtOf(stream)[0] ?? stream.startAt;
  return windowWith({
    from: Math.min(firstAt, stream.startAt) - SEEN_BEFORE_MS,
    cgm: stream.cgm.map((series) => until(series, at)),
    smbg: stream.smbg.map((series) => until(series, at)),
    bp: stream.bp.filter(({ measuredAt }) => measuredAt <= at),
    deviceEvents: stream.deviceEvents.filter((event) => event.at <= at),
  });
}

/** Everything there ever was until `at`, in local days. */
export function historyAt(stream: AlertStream, daysBack: number, at: number): PatientHistory {
  const { timeZone } = stream.profile;
  const cgm = stream.cgm.map((series) => until(series, at));
  const smbg = stream.smbg.map((series) => until(series, at));
  const bp = stream.bp.filter(({ measuredAt }) => measuredAt <= at);
  const firstAt = Math.min(measuredAtOf(stream)[0] ?? at, at);
  const days = summariseDays(cgm, { from: firstAt, to: at + 1 }, timeZone).filter(({ groups }) => groups.length > 0);
  const newest = (list: readonly number[]) => (list.length === 0 ? undefined : Math.max(...list));
  const lastAt = {
    cgm: newest(cgm.flatMap(({ measuredAt }) => Array.from(measuredAt))),
    smbg: newest(smbg.flatMap(({ measuredAt }) => Array.from(measuredAt))),
    bp: newest(bp.map(({ measuredAt }) => measuredAt)),
  };
  const firstCgmAt = days[0]?.firstMeasuredAt;
  const from = localDayBounds(addDays(localDayOf(firstAt, timeZone), -daysBack), timeZone).startAt;
  const { visits, plans, conditions, riskGroup } = stream;
  return {
    from,
    cgmDays: days,
    firstCgmDays: days,
    cgm,
    smbg,
    bp,
    lastAt: Object.fromEntries(Object.entries(lastAt).filter(([, known]) => known !== undefined)),
    ...(firstCgmAt !== undefined && { firstCgmAt }),
    care: { visits: visits.filter((visit) => visit.at <= at), plans, conditions, riskGroup },
  };
}

function until(series: GlucoseSeries, at: number): GlucoseSeries {
  const times = Array.from(series.measuredAt);
  const length = times.findLastIndex((measuredAt) => measuredAt <= at) + 1;
  return { ...series, length, measuredAt: times.slice(0, length) };
}
