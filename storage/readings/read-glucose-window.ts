// What the CGM metrics of a window are made of: a summary a day, and the readings as one series a device.
// Promise: the same, bit by bit, as summing up the stored readings; days that nobody has touched since they were summed up cost one
// row each, however long the history is.
import type { Pool } from 'pg';
import { DEFAULT_CADENCE_MIN } from '../../domain/device-model.ts';
import type { GlucoseSeries } from '../../domain/glucose-series.ts';
import { localDayBounds, localDaysOf, type Window } from '../../domain/local-day.ts';
import { type DaySummary, summariseDay } from '../../domain/metrics/day-summary.ts';
import type { TimeSeries } from '../ports/time-series.ts';
import { deviceSpans, type PatientEntry } from '../registry/patient-profiles.ts';
import { readDaySummaries, type SummarisedDay } from './day-summaries.ts';
import { packDayTrace, unpackDayTrace } from './day-trace.ts';
import { type DayTrace, keepDayTraces } from './day-traces.ts';
import { appendRows, type DeviceRows, rowsOfReadings, toSeries } from './device-rows.ts';

export interface GlucoseWindow {
  /** In the order of days; the first and last cut where the window cuts them. Days without readings may be absent. */
  readonly summaries: readonly DaySummary[];
  /** All readings of the window, and maybe others of the days that it cuts. */
  readonly cgm: readonly GlucoseSeries[];
}

export interface GlucoseWindowDeps {
  readonly pool: Pick<Pool, 'query'>;
  readonly timeSeries: Pick<TimeSeries, 'read'>;
}

interface Day extends Window {
  readonly day: string;
  /** Absent: it can't be relied on, or there is none. */
  readonly summarised?: SummarisedDay | undefined;
  /** Absent: they have to be read. */
  rows?: readonly DeviceRows[] | undefined;
}

/** @param now epoch ms; a day that is not over is not kept */
export async function readGlucoseWindow(
  deps: GlucoseWindowDeps,
  patient: PatientEntry,
  window: Window,
  now: number,
): Promise<GlucoseWindow> {
  const { timeZone } = patient.profile;
  const days = await readDays(deps, patient, window);
  await readMissing(deps, patient, days, now);

  const rows = new Map<number, DeviceRows>();
  for (const day of days) for (const device of day.rows ?? []) appendRows(rows, device);
  const cgm = [...rows.values()].map((device) => toSeries(device, cadenceOf(patient, device.deviceKey)));
  const summaries = days.map((day) => {
    const isWhole = window.from <= day.from && day.to <= window.to;
    return isWhole && day.summarised ? day.summarised.summary : summariseDay(cgm, day.day, timeZone, window);
  });
  return { summaries, cgm };
}

/** The window's days, without those that certainly have no readings. */
async function readDays({ pool }: GlucoseWindowDeps, patient: PatientEntry, window: Window): Promise<Day[]> {
  const { patientKey, profile } = patient;
  const names = localDaysOf(window, profile.timeZone);
  const [first, last] = [names[0], names.at(-1)];
  if (first === undefined || last === undefined) return [];
  const known = await readDaySummaries(pool, patientKey, first, last);
  const days: Day[] = [];
  for (const day of names) {
    const summarised = known.days.get(day);
    if (summarised === undefined && !known.dirty.has(day)) continue;
    const { startAt: from, endAt: to } = localDayBounds(day, profile.timeZone);
    const trace = summarised?.trace;
    days.push({ day, from, to, summarised, rows: trace && unpackDayTrace(trace, from) });
  }
  return days;
}

/** Reads the days without rows in one go, and keeps those of days that are over and summed up. */
async function readMissing(
  { pool, timeSeries }: GlucoseWindowDeps,
  { patientKey, devices }: PatientEntry,
  days: readonly Day[],
  now: number,
): Promise<void> {
  const missing = days.filter(({ rows }) => rows === undefined);
  if (missing.length === 0) return;
  const spans = stretchesOf(missing).flatMap(({ from, to }) => deviceSpans(devices, from, to));
  const readings = await timeSeries.read(spans, ['cgm']);
  const kept: DayTrace[] = [];
  let next = 0;
  for (const day of missing) {
    const first = next;
    while (next < readings.length && readings[next]!.reading.measuredAt < day.to) next++;
    day.rows = rowsOfReadings(readings.slice(first, next));
    if (day.summarised === undefined || day.to > now) continue;
    const bytes = packDayTrace(
      day.rows.map((rows) => toSeries(rows, DEFAULT_CADENCE_MIN)),
      day,
    );
    kept.push({ patientKey, day: day.day, summarisedAt: day.summarised.summarisedAt, bytes });
  }
  if (kept.length > 0) await keepDayTraces(pool, kept);
}

/** Neighbouring days become one stretch: spans are not to meet. */
function stretchesOf(days: readonly Window[]): Window[] {
  const stretches: { from: number; to: number }[] = [];
  for (const { from, to } of days) {
    const before = stretches.at(-1);
    if (before?.to === from) before.to = to;
    else stretches.push({ from, to });
  }
  return stretches;
}

function cadenceOf({ devices }: PatientEntry, deviceKey: number): number {
  return devices.find((device) => device.deviceKey === deviceKey)?.model?.cadenceMin ?? DEFAULT_CADENCE_MIN;
}
