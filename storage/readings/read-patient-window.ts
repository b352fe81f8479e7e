// Two days of one patient as window rules judge them, up to any instant: what ingest holds in memory of now, read from the store.
import type { Pool } from 'pg';
import type { DeviceEvent } from '../../domain/device-event.ts';
import { localDayBounds, localDayOf, type Window } from '../../domain/local-day.ts';
import { type BloodPressureReading, READING_KINDS } from '../../domain/reading.ts';
import type { PatientWindow } from '../../domain/rules/rule.ts';
import type { StoredReading, TimeSeries } from '../ports/time-series.ts';
import { deviceSpans, type PatientEntry } from '../registry/patient-profiles.ts';
import { readDeviceEvents, type SlotEvent } from './device-events.ts';
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

/** What devices did up to `to` that no reading tells, while it was the patient's: of the last two days, nobody keeps it longer. */
export async function readDeviceEventsOf(
  pool: Pick<Pool, 'query'>,
  { devices }: Pick<PatientEntry, 'devices'>,
  { from, to }: Window,
): Promise<DeviceEvent[]> {
  const deviceKeys = [...new Set(devices.map(({ deviceKey }) => deviceKey))];
  const isTheirs = (event: SlotEvent) =>
    event.at < to &&
    devices.some(
      ({ deviceKey, slot, fromAt, toAt = Number.POSITIVE_INFINITY }) =>
        deviceKey === event.deviceKey && (slot ?? event.slot) === event.slot && event.at >= fromAt && event.at < toAt,
    );
  const events = await readDeviceEvents(pool, deviceKeys, from);
  return events.filter(isTheirs).map(({ deviceKey, at, what }) => ({ deviceKey, at, what }));
}

export interface WindowParts {
  readonly from: number;
  readonly stored: readonly StoredReading[];
  readonly deviceEvents: readonly DeviceEvent[];
  /** Newest CGM reading before the window. */
  readonly earlierCgmAt: number | undefined;
}

export function patientWindow(
  { from, stored, deviceEvents, earlierCgmAt }: WindowParts,
  { devices }: Pick<PatientEntry, 'devices'>,
): PatientWindow {
  const readings = stored.map(({ reading }) => reading).filter(({ flags }) => !flags.includes('control_solution'));
  const lastCgmAt = readings.findLast(({ kind }) => kind === 'cgm')?.measuredAt ?? earlierCgmAt;
  return {
    from,
    cgm: glucoseSeriesOf(readings, 'cgm', devices),
    smbg: glucoseSeriesOf(readings, 'smbg', devices),
    bp: readings.filter((reading): reading is BloodPressureReading => reading.kind === 'bp'),
    deviceEvents,
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
