// Histories as a test says them: local days counted from a first one, hours, values. Used by tests only.
import type { Visit } from '../../domain/care/visit.ts';
import { type GlucoseSeries, packMeta } from '../../domain/glucose-series.ts';
import { addDays, daysBetween, localDayBounds, localDayOf } from '../../domain/local-day.ts';
import { emptyGroup } from '../../domain/metrics/cadence-group.ts';
import { DAY_SUMMARY_VERSION, type DaySummary } from '../../domain/metrics/day-summary.ts';
import type { BloodPressureReading, GlucoseContext, GlucoseUnit } from '../../domain/reading.ts';
import { deriveSignal } from '../../domain/rules/derive-signal.ts';
import type { DatedCondition, DatedPlan, HistoryRule, PatientHistory } from '../../domain/rules/history-rule.ts';
import { applyDifference, NO_SIGNAL, type PersistedSignal } from '../../domain/rules/reconcile-signals.ts';
import type { Episode, Evaluation, PatientProfile } from '../../domain/rules/rule.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
/** Day 0. Clocks are put forward in New York on day 27, 2026-03-08. */
const FIRST_DAY = '2026-02-09';
const ENDLESS_DAYS = 120;

export interface Calendar {
  readonly timeZone: string;
  day(index: number): string;
  /** First instant of a day, and so many hours after it. */
  at(index: number, hour?: number, min?: number): number;
  /** The day that an instant lies in. */
  indexOf(instant: number): number;
}

export function calendarOf(timeZone: string): Calendar {
  const starts = new Map<number, number>();
  const day = (index: number) => addDays(FIRST_DAY, index);
  const startOf = (index: number) => {
    const startAt = starts.get(index) ?? localDayBounds(day(index), timeZone).startAt;
    starts.set(index, startAt);
    return startAt;
  };
  const at = (index: number, hour = 0, min = 0) => startOf(index) + hour * HOUR_MS + min * MINUTE_MS;
  const indexOf = (instant: number) => daysBetween(FIRST_DAY, localDayOf(instant, timeZone));
  return { timeZone, day, at, indexOf };
}
export const SHANGHAI = calendarOf('Asia/Shanghai');
export const NEW_YORK = calendarOf('America/New_York');

export function profileOf({ timeZone, at }: Calendar, parts: Partial<PatientProfile> = {}): PatientProfile {
  return { timeZone, registeredAt: at(-90), treatments: [], cgmPeriods: [], symptoms: [], ...parts };
}

/** One blood-pressure reading, by day and hour. */
export interface Pressure {
  readonly day: number;
  readonly hour: number;
  readonly min?: number;
  readonly systolic: number;
  readonly diastolic?: number;
}

export function pressureAt({ at }: Calendar, { day, hour, min = 0, systolic, diastolic = 75 }: Pressure) {
  const measuredAt = at(day, hour, min);
  return {
    kind: 'bp',
    deviceKey: 1,
    at: measuredAt,
    measuredAt,
    receivedAt: measuredAt,
    flags: [],
    systolicMmHg: systolic,
    diastolicMmHg: diastolic,
    unit: 'mmHg',
    receivedSystolic: systolic,
    receivedDiastolic: diastolic,
  } satisfies BloodPressureReading;
}

/** Two readings in the morning and two in the evening of each of the days. */
export function homeDays(calendar: Calendar, days: readonly number[], systolic: number, diastolic = 75) {
  return days.flatMap((day) =>
    [7, 19].flatMap((hour) => [0, 1].map((min) => pressureAt(calendar, { day, hour, min, systolic, diastolic }))),
  );
}

export interface Fingerstick {
  readonly day: number;
  readonly hour?: number;
  readonly min?: number;
  readonly value: number;
  readonly unit?: GlucoseUnit;
  readonly context?: GlucoseContext;
}

export function fingersticks({ at }: Calendar, sticks: readonly Fingerstick[], deviceKey = 2): GlucoseSeries {
  const rows = sticks
    .map(({ day, hour = 7, min = 0, value, unit = 'mmol/L', context }) => ({
      measuredAt: at(day, hour, min),
      value,
      meta: packMeta({ unit, context, late: false }),
    }))
    .sort((a, b) => a.measuredAt - b.measuredAt);
  return seriesOf(rows, deviceKey);
}

export function seriesOf(
  rows: readonly { measuredAt: number; value: number; meta: number }[],
  deviceKey: number,
  cadenceMin = 5,
): GlucoseSeries {
  return {
    deviceKey,
    cadenceMin,
    length: rows.length,
    measuredAt: rows.map(({ measuredAt }) => measuredAt),
    value: rows.map(({ value }) => value),
    meta: rows.map(({ meta }) => meta),
  };
}

/** A day of a 15-min sensor of which so many of 1,000 readings' worth lie in each band. */
export interface Bands {
  readonly veryLow?: number;
  readonly low?: number;
  readonly inRange?: number;
  readonly high?: number;
  readonly veryHigh?: number;
  readonly meanMgPerDl?: number;
  /** Share of the day that has readings, percent. */
  readonly activePercent?: number;
}

export function cgmDay(calendar: Calendar, index: number, bands: Bands = {}): DaySummary {
  const { veryLow = 0, low = 0, high = 0, veryHigh = 0, meanMgPerDl = 130, activePercent = 100 } = bands;
  const { inRange = 1000 - veryLow - low - high - veryHigh } = bands;
  const bandCounts: [number, number, number, number, number] = [veryLow, low, inRange, high, veryHigh];
  const count = bandCounts.reduce((sum, one) => sum + one);
  const expectedMin = (calendar.at(index + 1) - calendar.at(index)) / MINUTE_MS;
  return {
    version: DAY_SUMMARY_VERSION,
    day: calendar.day(index),
    groups: [{ ...emptyGroup(15), count, bandCounts, meanMgPerDl }],
    coveredMin: (expectedMin * activePercent) / 100,
    expectedMin,
    lowestMgPerDl: 50,
    highestMgPerDl: 200,
    firstMeasuredAt: calendar.at(index),
    lastMeasuredAt: calendar.at(index + 1) - MINUTE_MS,
  };
}

export const daysFrom = (first: number, end: number): number[] =>
  Array.from({ length: Math.max(0, end - first) }, (_, n) => first + n);

export interface HistoryParts extends Partial<Omit<PatientHistory, 'care' | 'from'>> {
  readonly visits?: readonly Visit[];
  readonly plans?: readonly DatedPlan[];
  /** A code alone: ever since. */
  readonly conditions?: readonly (string | DatedCondition)[];
  readonly riskGroup?: PatientHistory['care']['riskGroup'];
}

/** Everything there ever was. */
export function endless({ at }: Calendar, parts: HistoryParts): PatientHistory {
  const { visits = [], plans = [], conditions = [], riskGroup = 'standard', ...lists } = parts;
  const dated = conditions.map((known) => (typeof known === 'string' ? { code: known, from: 0 } : known));
  const care = { visits, plans, conditions: dated, riskGroup };
  return {
    from: at(-ENDLESS_DAYS),
    cgmDays: [],
    firstCgmDays: [],
    cgm: [],
    smbg: [],
    bp: [],
    lastAt: {},
    ...lists,
    care,
  };
}

/** What is known at `now`, as far back as the rule looks. */
export function knownAt(calendar: Calendar, rule: HistoryRule, whole: PatientHistory, now: number): PatientHistory {
  const from = calendar.at(calendar.indexOf(now) - rule.daysBack);
  const isSeen = (measuredAt: number) => measuredAt >= from && measuredAt <= now;
  const cutSeries = ({ deviceKey, cadenceMin, length, measuredAt, value, meta }: GlucoseSeries) =>
    seriesOf(
      Array.from({ length }, (_, i) => ({ measuredAt: measuredAt[i]!, value: value[i]!, meta: meta[i]! })).filter(
        (row) => isSeen(row.measuredAt),
      ),
      deviceKey,
      cadenceMin,
    );
  const smbg = whole.smbg.map(cutSeries);
  const bp = whole.bp.filter(({ measuredAt }) => isSeen(measuredAt));
  const cgmDays = whole.cgmDays.filter(({ firstMeasuredAt }) => isSeen(firstMeasuredAt!));
  const newest = (list: readonly number[], before: number | undefined) => {
    const past = [...list, before ?? -Infinity].filter((at) => at <= now);
    const at = Math.max(...past);
    return at === -Infinity ? undefined : at;
  };
  const everything = {
    cgm: whole.cgmDays.map(({ firstMeasuredAt }) => firstMeasuredAt!),
    smbg: whole.smbg.flatMap(({ measuredAt }) => Array.from(measuredAt)),
    bp: whole.bp.map(({ measuredAt }) => measuredAt),
  };
  const lastAt = {
    cgm: newest(everything.cgm, whole.lastAt.cgm),
    smbg: newest(everything.smbg, whole.lastAt.smbg),
    bp: newest(everything.bp, whole.lastAt.bp),
  };
  const present = Object.fromEntries(Object.entries(lastAt).filter(([, at]) => at !== undefined));
  const visits = whole.care.visits.filter(({ at }) => at <= now);
  return {
    ...whole,
    from,
    cgmDays,
    smbg,
    bp,
    lastAt: present,
    cgm: whole.cgm.map(cutSeries),
    care: { ...whole.care, visits },
  };
}

/** Asked at each of the instants with what is known then; answers what stands in the database in the end. */
export function followed(
  rule: HistoryRule,
  profile: PatientProfile,
  instants: readonly number[],
  historyAt: (now: number) => PatientHistory,
): PersistedSignal {
  let persisted: PersistedSignal = NO_SIGNAL;
  let ids = 0;
  const newId = () => `episode-${String(++ids).padStart(4, '0')}`;
  for (const now of instants) {
    const { difference } = deriveSignal({ rule, window: historyAt(now), profile, now, persisted, newId });
    persisted = applyDifference(persisted, difference);
  }
  return persisted;
}

export const stretchesOf = (episodes: readonly Episode[]) => episodes.map(({ startAt, endAt }) => [startAt, endAt]);

/** Episodes in local days and hours: `[day, hour]` of the start, and of the end where there is one. */
export function daysOf(calendar: Calendar, { episodes }: Pick<Evaluation, 'episodes'>) {
  const place = (at: number) => {
    const day = calendar.indexOf(at);
    return day + Math.round(((at - calendar.at(day)) / DAY_MS) * 1000) / 1000;
  };
  return episodes.map(({ startAt, endAt }) => [place(startAt), endAt === undefined ? undefined : place(endAt)]);
}
