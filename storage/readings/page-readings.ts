// One page of a patient's readings, oldest first, however many there are: the store is read in stretches until the page is full.
import type { Window } from '../../domain/local-day.ts';
import { EARLIEST_AT } from '../../domain/plausibility.ts';
import type { Reading, ReadingKind } from '../../domain/reading.ts';
import type { StoredReading, TimeSeries } from '../ports/time-series.ts';
import { deviceSpans, type PatientDevice } from '../registry/patient-profiles.ts';
import { KIND_CODES } from './reading-codes.ts';

const DAY_MS = 86_400_000;
const FIRST_STRETCH_MS = 2 * DAY_MS;
/** A 5-minute CGM has 17,280 readings in it: the most that is read for nothing where a silence ends. */
const LONGEST_STRETCH_MS = 60 * DAY_MS;

/** Where a page ends: its last reading, in the order of TimeSeries.read. */
export interface ReadingPosition {
  readonly measuredAt: number;
  readonly deviceKey: number;
  readonly kindCode: number;
  readonly at: number;
}

export const positionOfReading = ({ measuredAt, deviceKey, kind, at }: Reading): ReadingPosition => ({
  measuredAt,
  deviceKey,
  kindCode: KIND_CODES[kind],
  at,
});

export interface ReadingsWanted extends Window {
  readonly kinds: readonly ReadingKind[];
  /** The page before ended here. */
  readonly after?: ReadingPosition | undefined;
  readonly limit: number;
}

/** Throws TemporaryFailure. */
export async function pageReadings(
  timeSeries: Pick<TimeSeries, 'read'>,
  devices: readonly PatientDevice[],
  { from, to, kinds, after, limit }: ReadingsWanted,
): Promise<StoredReading[]> {
  const page: StoredReading[] = [];
  let stretchMs = FIRST_STRETCH_MS;
  for (let startAt = Math.max(from, after?.measuredAt ?? EARLIEST_AT); startAt < to && page.length < limit; ) {
    const endAt = Math.min(to, startAt + stretchMs);
    const found = await timeSeries.read(deviceSpans(devices, startAt, endAt), kinds);
    for (const stored of found) if (after === undefined || isBehind(stored.reading, after)) page.push(stored);
    if (found.length === 0) stretchMs = Math.min(LONGEST_STRETCH_MS, 2 * stretchMs);
    startAt = endAt;
  }
  return page.slice(0, limit);
}

function isBehind(reading: Reading, after: ReadingPosition): boolean {
  const { measuredAt, deviceKey, kindCode, at } = positionOfReading(reading);
  const distance =
    measuredAt - after.measuredAt || deviceKey - after.deviceKey || kindCode - after.kindCode || at - after.at;
  return distance > 0;
}
