// Windows as a test says them: minutes and values, prefixes of a stream, transitions of a verdict. Used by tests only.
import { type GlucoseSeries, packMeta } from '../../domain/glucose-series.ts';
import { type BloodPressureReading, type GlucoseUnit, LIVE_WITHIN_MS } from '../../domain/reading.ts';
import type { Arrival, Evaluation, PatientProfile, PatientWindow, Rule } from '../../domain/rules/rule.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const START_AT = Date.parse('2026-05-01T08:00:00+08:00');
export const WINDOW_FROM = START_AT - 24 * HOUR_MS;

export const PROFILE: PatientProfile = {
  timeZone: 'Asia/Shanghai',
  registeredAt: START_AT - 90 * 24 * HOUR_MS,
  treatments: [],
  cgmPeriods: [],
  symptoms: [],
};

/** One glucose reading of a test: `min` after START_AT; received at once unless said otherwise. */
export interface Sample {
  readonly min: number;
  readonly value: number | 'LOW' | 'HIGH';
  readonly receivedMin?: number;
  readonly suspect?: boolean;
}

/** Values at the cadence, from START_AT on; undefined leaves a slot empty. */
export function everyMin(cadenceMin: number, values: readonly (Sample['value'] | undefined)[]): Sample[] {
  return values.flatMap((value, slot) => (value === undefined ? [] : [{ min: slot * cadenceMin, value }]));
}

export function seriesFrom(
  samples: readonly Sample[],
  {
    unit = 'mg/dL',
    cadenceMin = 5,
    deviceKey = 1,
  }: { unit?: GlucoseUnit; cadenceMin?: number; deviceKey?: number } = {},
): GlucoseSeries {
  const sorted = [...samples].sort((a, b) => a.min - b.min);
  return {
    deviceKey,
    cadenceMin,
    length: sorted.length,
    measuredAt: Float64Array.from(sorted, ({ min }) => START_AT + min * MINUTE_MS),
    value: Float64Array.from(sorted, ({ value }) => (value === 'LOW' ? 39 : value === 'HIGH' ? 401 : value)),
    meta: Uint16Array.from(sorted, ({ min, value, receivedMin = min, suspect = false }) =>
      packMeta({
        unit,
        code: typeof value === 'string' ? value : undefined,
        late: (receivedMin - min) * MINUTE_MS > LIVE_WITHIN_MS,
        suspect,
      }),
    ),
  };
}

export function pressureReading(
  min: number,
  systolicMmHg: number,
  diastolicMmHg: number,
  { deviceKey = 1, receivedMin = min }: { deviceKey?: number; receivedMin?: number } = {},
): BloodPressureReading {
  const measuredAt = START_AT + min * MINUTE_MS;
  return {
    kind: 'bp',
    deviceKey,
    at: measuredAt,
    measuredAt,
    receivedAt: START_AT + receivedMin * MINUTE_MS,
    flags: [],
    systolicMmHg,
    diastolicMmHg,
    unit: 'mmHg',
    receivedSystolic: systolicMmHg,
    receivedDiastolic: diastolicMmHg,
  };
}

export function windowWith(parts: Partial<PatientWindow>): PatientWindow {
  const last = (parts.cgm ?? []).flatMap(({ length, measuredAt }) => (length === 0 ? [] : [measuredAt[length - 1]!]));
  const lastCgmAt = last.length === 0 ? undefined : Math.max(...last);
  return { from: WINDOW_FROM, cgm: [], smbg: [], bp: [], deviceEvents: [], lastCgmAt, ...parts };
}

/** The newest row of a series in the window, as it has just come. */
export function glucoseArrival(window: PatientWindow, series: GlucoseSeries, kind: 'cgm' | 'smbg'): Arrival {
  const row = series.length - 1;
  const { measuredAt, value, meta } = series;
  return {
    kind,
    value: value[row]!,
    metaOrDiastolic: meta[row]!,
    measuredAt: measuredAt[row]!,
    series,
    row,
    window,
  };
}

/** The newest blood pressure in the window, as it has just come. */
export function pressureArrival(window: PatientWindow): Arrival {
  const { systolicMmHg, diastolicMmHg, measuredAt } = window.bp.at(-1)!;
  return {
    kind: 'bp',
    value: systolicMmHg,
    metaOrDiastolic: diastolicMmHg,
    measuredAt,
    series: undefined,
    row: window.bp.length - 1,
    window,
  };
}

/** Evaluates at `atMin` after START_AT; by default at the newest glucose reading. */
export function evaluateAt(rule: Rule, window: PatientWindow, atMin: number, profile = PROFILE): Evaluation {
  return rule.evaluate(window, profile, START_AT + atMin * MINUTE_MS);
}

/** What would have been seen live: the verdict after each reading, as changes between open and clear, in minutes. */
export function transitionsOf(
  rule: Rule,
  samples: readonly Sample[],
  options?: Parameters<typeof seriesFrom>[1],
  profile = PROFILE,
): (readonly [number, 'open' | 'clear'])[] {
  const transitions: (readonly [number, 'open' | 'clear'])[] = [];
  let firing = false;
  const sorted = [...samples].sort((a, b) => a.min - b.min);
  for (const [index, { min }] of sorted.entries()) {
    const kind = rule.kinds[0] === 'smbg' ? 'smbg' : 'cgm';
    const window = windowWith({ [kind]: [seriesFrom(sorted.slice(0, index + 1), options)] });
    const now = evaluateAt(rule, window, min, profile).verdict === 'firing';
    if (now !== firing) transitions.push([min, now ? 'open' : 'clear']);
    firing = now;
  }
  return transitions;
}

/** Episodes as [start, end) in minutes after START_AT; without an end they are open. */
export function stretchesOf({ episodes }: Evaluation): (readonly [number, number | undefined])[] {
  const minutes = (at: number) => (at - START_AT) / MINUTE_MS;
  return episodes.map(({ startAt, endAt }) => [minutes(startAt), endAt === undefined ? undefined : minutes(endAt)]);
}
