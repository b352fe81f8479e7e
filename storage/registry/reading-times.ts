// When a device has readings: read before a binding changes, because a transaction must not wait for a second connection.
import type { Kysely } from 'kysely';
import { localDayOf } from '../../domain/local-day.ts';
import { EARLIEST_AT } from '../../domain/plausibility.ts';
import { READING_KINDS } from '../../domain/reading.ts';
import type { Database } from '../database-schema.ts';
import type { TimeSeries } from '../ports/time-series.ts';

export interface ReadingTimes {
  /** YYYY-MM-DD of the zone's days that have readings measured in [fromAt, toAt), epoch ms. */
  daysBetween(fromAt: number, toAt: number, timeZone: string): ReadonlySet<string>;
}

/** Of a device that was registered just now. */
export const NO_READINGS: ReadingTimes = { daysBetween: () => new Set() };

/** A CGM's 60 days are 17,280 readings: enough for one question, little enough to hold. */
const CHUNK_MS = 60 * 86_400_000;

/** A device that never reported costs one look at its newest reading. */
export async function readReadingTimes(
  db: Kysely<Database>,
  timeSeries: Pick<TimeSeries, 'read' | 'newestAt'>,
  deviceKey: number,
  fromAt: number,
  toAt: number,
): Promise<ReadingTimes> {
  if ((await timeSeries.newestAt([deviceKey], 0)).size === 0) return NO_READINGS;
  const bounds = await db
    .selectFrom('devices')
    .select(['clock_ahead_ms', 'clock_behind_ms'])
    .where('device_key', '=', deviceKey)
    .executeTakeFirstOrThrow();
  const times: number[] = [];
  for (let from = Math.max(fromAt, EARLIEST_AT); from < toAt; from += CHUNK_MS) {
    const span = {
      deviceKey,
      fromAt: from,
      toAt: Math.min(from + CHUNK_MS, toAt),
      clockAheadMs: bounds.clock_ahead_ms,
      clockBehindMs: bounds.clock_behind_ms,
    };
    for (const { reading } of await timeSeries.read([span], READING_KINDS)) times.push(reading.measuredAt);
  }
  return {
    daysBetween: (from, to, timeZone) =>
      new Set(times.filter((at) => from <= at && at < to).map((at) => localDayOf(at, timeZone))),
  };
}
