// A case's stream of readings as a rule sees it: everything up to an instant, as a window of days or as a history of weeks.

import type { Visit } from '../../domain/care/visit.ts';
import type { DeviceEvent } from '../../domain/device-event.ts';
import type { GlucoseSeries } from '../../domain/glucose-series.ts';
import { addDays, localDayBounds, localDayOf } from '../../domain/local-day.ts';
import { summariseDays } from '../../domain/metrics/day-summary.ts';
import { RISK_GROUPS } from '../../domain/metrics/glucose-targets.ts';
import {
  type BloodPressureReading,
  LIVE_WITHIN_MS,
  type PressureUnit,
  type ReadingKind,
} from '../../domain/reading.ts';
import type { DatedCondition, DatedPlan, PatientHistory } from '../../domain/rules/history-rule.ts';
import type { PatientProfile, PatientWindow } from '../../domain/rules/rule.ts';
import { windowWith } from '../readings/patient-windows.ts';
import { acceptedPressures } from './blood-pressure-cases.ts';
import { CaseError, type CaseReadings, cadenceOf, parseTime, rowsOf, startOf } from './case-input.ts';
import { type CasePatient, patientOf, planOf, visitOf } from './case-patient.ts';
import { takeRows } from './case-series.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const SEEN_BEFORE_MS = 2 * DAY_MS;
/** Glucometers beside sensors. */
const FIRST_METER_KEY = 100;

export interface AlertInput extends Omit<CaseReadings, 'unit' | 'tz' | 'time_zone'>, CasePatient {
  rule: string;
  unit?: 'mg/dL' | 'mmol/L' | 'mmHg' | 'kPa';
  cgm?: CaseReadings;
  smbg?: CaseReadings;
  bp?: CaseReadings;
  max_age_min?: number;
  now?: unknown;
  now_min?: number;
  until?: unknown;
  until_min?: number;
  conditions?: string[];
  risk_group?: string;
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
  /** When anything came, ascending, epoch ms. */
  readonly receivedAt: readonly number[];
  /** Whether anything came at another time than it was measured at. */
  readonly comesLater: boolean;
}

/** Where the readings of a rule without a kind of its own belong. */
function kindOf(rule: string): ReadingKind {
  if (rule.startsWith('SMBG') || rule === 'ADH-01') return 'smbg';
  return rule.startsWith('BP') || rule === 'TREND-04' ? 'bp' : 'cgm';
}

/** @param knownAt epoch ms: what came later isn't known yet */
export function streamOf(input: AlertInput, knownAt = Number.POSITIVE_INFINITY): AlertStream {
  const kind = kindOf(input.rule);
  const hasReadings = [input.values, input.runs, input.readings, input.readings_min, input.segments].some(Boolean);
  const streams = [input.cgm, input.smbg, input.bp].filter((stream) => stream !== undefined);
  const isOfStreams = input.start === undefined && !hasReadings && streams.length > 0;
  const startAt = isOfStreams ? Math.min(...streams.map(startOf)) : startOf(input as CaseReadings);
  const of = (one: ReadingKind): CaseReadings | undefined =>
    input[one] ?? (hasReadings && one === kind ? (input as CaseReadings) : undefined);
  const lateAfterMs = input.max_age_min === undefined ? LIVE_WITHIN_MS : input.max_age_min * MINUTE_MS;
  const events: DeviceEvent[] = [];
  const received: number[] = [];
  let comesLater = false;
  const glucose = (one: 'cgm' | 'smbg') => {
    const given = of(one);
    if (given === undefined) return [];
    const taken = takeRows(withStart(given, input), { kind: one, lateAfterMs, knownAt });
    const keyed = <T extends { readonly deviceKey: number }>(each: T): T => ({
      ...each,
      deviceKey: each.deviceKey + (one === 'smbg' ? FIRST_METER_KEY : 0),
    });
    events.push(...taken.deviceEvents.map(keyed));
    received.push(...taken.receivedAt);
    comesLater ||= taken.comesLater;
    return taken.series.map(keyed);
  };
  const [cgm, smbg] = [glucose('cgm'), glucose('smbg')];
  const pressures = of('bp');
  const bp = pressures === undefined ? [] : pressuresOf(withStart(pressures, input));
  received.push(...bp.map(({ receivedAt }) => receivedAt));
  const visits = (input.visits ?? []).map((visit) => visitOf(visit, startAt)).toSorted((a, b) => a.at - b.at);
  return {
    startAt,
    cgm,
    smbg,
    bp: bp
      .filter(({ receivedAt }) => receivedAt <= knownAt)
      .map((reading) => ({ ...reading, receivedAt: asLateAs(reading, lateAfterMs) })),
    deviceEvents: events,
    visits,
    plans: input.plan === undefined ? [] : [planOf(input.plan, startAt)],
    profile: patientOf(input, startAt, visits[0]?.at),
    conditions: (input.conditions ?? ['type_2_diabetes', 'hypertension']).map((code) => ({ code, from: 0 })),
    riskGroup: riskGroupOf(input),
    receivedAt: [...new Set(received)].sort((a, b) => a - b),
    comesLater: comesLater || bp.some(({ measuredAt, receivedAt }) => measuredAt !== receivedAt),
  };
}

function riskGroupOf({ risk_group: told }: AlertInput) {
  const known = RISK_GROUPS.find((group) => group === (told ?? 'standard'));
  if (known === undefined) throw new CaseError(`risk_group: there is no ${told}`);
  return known;
}

/** Rules judge pressures by the 30 min of §7; a case may set another line: what it calls late came late, what it doesn't came in time. */
function asLateAs({ measuredAt, receivedAt }: BloodPressureReading, lateAfterMs: number): number {
  const tookMs = receivedAt - measuredAt;
  return measuredAt + (tookMs > lateAfterMs ? Math.max(tookMs, LIVE_WITHIN_MS + 1) : Math.min(tookMs, LIVE_WITHIN_MS));
}

function withStart(given: CaseReadings, input: AlertInput): CaseReadings {
  const { start, received, cadence_min } = input;
  return {
    ...(start && { start }),
    ...(received !== undefined && { received }),
    ...(cadence_min && { cadence_min }),
    ...given,
  };
}

function pressuresOf(input: CaseReadings): BloodPressureReading[] {
  const receivedAt = input.received === undefined ? undefined : parseTime(input.received, 'received', startOf(input));
  const rows = rowsOf(input, cadenceOf(input)).map((row) => ({ ...row, receivedAt: row.receivedAt ?? receivedAt }));
  return acceptedPressures(rows, input.unit as PressureUnit | undefined).readings;
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
