// Two days of one patient as window rules judge them, up to any instant: what ingest holds in memory of now, read from the store.
import type { Pool } from 'pg';
import { localDayBounds, localDayOf, type Window } from '../../domain/local-day.ts';
import { type BloodPressureReading, READING_KINDS } from '../../domain/reading.ts';
import type { PatientWindow } from '../../domain/rules/rule.ts';
import type { StoredReading, TimeSeries } from '../ports/time-series.ts';
import { deviceSpans, type PatientEntry } from '../registry/patient-profiles.ts';
import { glucoseSeriesOf } from './glucose-series-of.ts';

/** From the first instant of the local day before that of `at` (epoch ms) up to it, both included. */
export function twoDaysUpTo(at: number, timeZone: string): Window {
  const { startAt } = localDayBounds(localDayOf(at, timeZone), timeZone);
  return { from: localDayBounds(localDayOf(startAt - 1, timeZone), timeZone).startAt, to: at + 1 };
}

/** Ascending in measured time, as they are stored now: without what was voided or replaced, with what came late. */
export function readStretch(
  { timeSeries }: { readonly timeSeries: Pick<TimeSeries, 'read'> },
  { devices }: Pick<PatientEntry, 'devices'>,
  { from, to }: Window,
): Promise<StoredReading[]> {
  return timeSeries.read(deviceSpans(devices, from, to), READING_KINDS);
}

/** @param earlierCgmAt newest CGM reading before the window */
export function patientWindow(
  stored: readonly StoredReading[],
  { devices }: Pick<PatientEntry, 'devices'>,
  from: number,
  earlierCgmAt: number | undefined,
): PatientWindow {
  const readings = stored.map(({ reading }) => reading).filter(({ flags }) => !flags.includes('control_solution'));
  const lastCgmAt = readings.findLast(({ kind }) => kind === 'cgm')?.measuredAt ?? earlierCgmAt;
  return {
    from,
    cgm: glucoseSeriesOf(readings, 'cgm', devices),
    smbg: glucoseSeriesOf(readings, 'smbg', devices),
    bp: readings.filter((reading): reading is BloodPressureReading => reading.kind === 'bp'),
    deviceEvents: [],
    lastCgmAt,
  };
}

/** Of the newest CGM reading measured before a local day (YYYY-MM-DD), from what days were summed up to. */
export async function lastCgmBefore(
  pool: Pick<Pool, 'query'>,
  patientKey: number,
  day: string,
): Promise<number | undefined> {
  const { rows } = await pool.query<{ last_at: number | null }>(
    `select (summary ->> 'lastMeasuredAt')::float8::int8 as last_at from day_summaries
     where patient_key = $1 and kind = 'cgm' and day < $2 and summary ? 'lastMeasuredAt' order by day desc limit 1`,
    [patientKey, day],
  );
  return rows[0]?.last_at ?? undefined;
}
