// What is laid over InfluxDB's points. InfluxDB can't write "only if nobody else has", so the truth about every identity that has had
// more than one value is its row in Postgres: compared and written there with the audit, and from there into the point.
// Promise: a point that a worker stopped for a while overwrites later changes nothing that is read. (What was stored before the
// installation had InfluxDB lies in the same table and is read in the same way.)
import type { ReadingKind } from '../../domain/reading.ts';
import type { StoredReading } from '../ports/time-series.ts';
import { numberArray } from './array-literal.ts';
import type { RunQuery } from './find-readings.ts';
import { identityKey } from './identity-key.ts';
import { KIND_CODES } from './reading-codes.ts';
import { READING_COLUMN_NAMES, toStoredReading } from './reading-columns.ts';

const COLUMNS = READING_COLUMN_NAMES.map((name) => `r.${name}`).join(', ');
const ROWS = `select r.* from unnest($1::int4[], $2::int8[], $3::int8[]) as s (device_key, from_at, to_at) cross join lateral (
  select ${COLUMNS} from readings r
  where r.device_key = s.device_key and r.kind = any($4::int2[]) and r.at >= s.from_at and r.at < s.to_at offset 0) r`;

/** A stretch of a device's own time, [fromAt, toAt). */
export interface Reach {
  readonly deviceKey: number;
  readonly fromAt: number;
  readonly toAt: number;
}

/** Rows of the reaches, voided ones too. Reaches don't overlap. */
export async function readRows(
  run: RunQuery,
  reaches: readonly Reach[],
  kinds: readonly ReadingKind[],
): Promise<StoredReading[]> {
  const values = [
    numberArray(reaches, ({ deviceKey }) => deviceKey),
    numberArray(reaches, ({ fromAt }) => fromAt),
    numberArray(reaches, ({ toAt }) => toAt),
    numberArray(kinds, (kind) => KIND_CODES[kind]),
  ];
  return (await run({ name: 'readings-overlay', text: ROWS, values })).rows.map(toStoredReading);
}

export interface Laid {
  /** One value an identity, in no order. */
  readonly current: readonly StoredReading[];
  /** Rows of which InfluxDB holds an older value, or none. */
  readonly behind: readonly StoredReading[];
}

/** Points and rows of the same stretches. */
export function layOver(points: readonly StoredReading[], rows: readonly StoredReading[]): Laid {
  if (rows.length === 0) return { current: points, behind: [] };
  const rowOf = new Map(rows.map((row) => [identityKey(row.reading), row]));
  const devices = new Set(rows.map(({ reading }) => reading.deviceKey));
  const current: StoredReading[] = [];
  const behind: StoredReading[] = [];
  for (const point of points) {
    const key = devices.has(point.reading.deviceKey) ? identityKey(point.reading) : undefined;
    const row = key === undefined ? undefined : rowOf.get(key);
    // A row is always the first to change: one that is older was read earlier than the point.
    current.push(row === undefined || row.revision < point.revision ? point : row);
    if (row === undefined) continue;
    rowOf.delete(key!);
    if (row.revision > point.revision) behind.push(row);
  }
  for (const row of rowOf.values()) {
    current.push(row);
    // One that was never corrected is from before InfluxDB: it stays where it is.
    if (row.revision > 0) behind.push(row);
  }
  return { current, behind };
}
