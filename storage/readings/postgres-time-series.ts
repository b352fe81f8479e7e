// TimeSeries on Postgres: one table in monthly partitions, written by one statement per batch.
// Promise beyond the port's: a first value is compared, too, so a worker that was stopped between its lease's check and its statement
// can't undo a correction, and nobody takes another's reading for new.
import type { Pool } from 'pg';
import { READING_KINDS, type ReadingKind } from '../../domain/reading.ts';
import { TemporaryFailure } from '../../runtime/errors.ts';
import type { DeviceSpan, NewestAt, TimeSeries } from '../ports/time-series.ts';
import { numberArray, textArray } from './array-literal.ts';
import { findReadings, type RunQuery, type SelectedRow } from './find-readings.ts';
import { finishUntil } from './finish-until.ts';
import { ensureMonthPartitions } from './month-partitions.ts';
import { againstPostgres } from './postgres-failure.ts';
import { KIND_CODES, kindOfCode } from './reading-codes.ts';
import { READING_COLUMN_NAMES, toStoredReading } from './reading-columns.ts';
import { writeReadings } from './write-readings.ts';

/** A lease of 8 s that is renewed every second has twice this left at any time. */
const WRITE_TIMEOUT_MS = 3_000;
const QUALIFIED_NAMES = READING_COLUMN_NAMES.map((name) => `r.${name}`).join(', ');

// The spans' own bounds are of measured time; the index is over at, which lies around it by the device's widest corrections.
const IN_SPAN = `r.device_key = s.device_key and r.at >= s.from_at - s.behind_ms and r.at < s.to_at + s.ahead_ms
  and r.measured_at >= s.from_at and r.measured_at < s.to_at and (s.slot is null or r.slot = s.slot)`;
const SPANS = `unnest($1::int4[], $2::int8[], $3::int8[], $4::int8[], $5::int8[], $6::text[])
  as s (device_key, from_at, to_at, ahead_ms, behind_ms, slot)`;
const READ = `
  select r.* from ${SPANS} cross join lateral (
    select ${QUALIFIED_NAMES} from readings r where ${IN_SPAN} and r.kind = any($7::int2[]) and r.voided_at is null offset 0) r
  order by r.measured_at, r.device_key, r.kind, r.at`;
const ERASE = (table: string) => `delete from ${table} r using ${SPANS} where ${IN_SPAN}`;

const NEWEST = `
  select d.device_key, k.kind, newest.at from unnest($1::int4[]) as d (device_key), unnest($2::int2[]) as k (kind)
  cross join lateral (
    select r.at from readings r where r.device_key = d.device_key and r.kind = k.kind and r.at >= $3 order by r.at desc limit 1) newest`;

/** How often it is seen to that the coming months have their partitions. */
const MONTHS_EVERY_MS = 6 * 3_600_000;
const RETRY_MONTHS_MS = 60_000;

export function createPostgresTimeSeries({ pool }: { readonly pool: Pool }): TimeSeries {
  let makeMonthsAt = Number.NEGATIVE_INFINITY;
  let areMonthsMade = false;
  let making: Promise<void> | undefined;

  /** A reading that comes before its month is made keeps it from being made: at first all wait for it. Later they are made ahead. */
  async function monthsAreMade(): Promise<void> {
    const now = performance.now();
    if (now >= makeMonthsAt) {
      makeMonthsAt = now + MONTHS_EVERY_MS;
      making = makeMonths(now);
    }
    if (!areMonthsMade) await making;
  }

  async function makeMonths(now: number): Promise<void> {
    try {
      await ensureMonthPartitions(pool, Date.now());
      areMonthsMade = true;
    } catch (error) {
      // Anything else is no reason to store nothing: the default partition serves as well.
      const mayWait = !areMonthsMade && error instanceof TemporaryFailure;
      makeMonthsAt = mayWait ? now : now + RETRY_MONTHS_MS;
      if (mayWait) throw error;
    }
  }

  const run: RunQuery = (query) => pool.query<SelectedRow>({ ...query, rowMode: 'array' });

  return {
    writeTimeoutMs: WRITE_TIMEOUT_MS,
    write: (readings, replaced) =>
      againstPostgres(async () => {
        const endsAt = performance.now() + WRITE_TIMEOUT_MS;
        if (readings.length > 0) await finishUntil(endsAt, monthsAreMade());
        await writeReadings(pool, readings, replaced, endsAt);
      }),

    find: (identities) => againstPostgres(() => findReadings(run, identities)),

    read: (spans, kinds) =>
      againstPostgres(async () => {
        if (spans.length === 0) return [];
        const values = [...spanArrays(spans), numberArray(kinds, (kind) => KIND_CODES[kind])];
        return (await run({ name: 'readings-read', text: READ, values })).rows.map(toStoredReading);
      }),

    newestAt: (deviceKeys, fromAt) =>
      againstPostgres(async () => {
        const newest = new Map<number, NewestAt & Partial<Record<ReadingKind, number>>>();
        const { rows } = await pool.query<[deviceKey: number, kind: number, at: number]>({
          name: 'readings-newest',
          text: NEWEST,
          values: [numberArray(deviceKeys, (key) => key), ALL_KINDS, fromAt],
          rowMode: 'array',
        });
        for (const [deviceKey, kind, at] of rows)
          newest.set(deviceKey, { ...newest.get(deviceKey), [kindOfCode(kind)]: at });
        return newest;
      }),

    erase: (spans) =>
      againstPostgres(async () => {
        const values = spanArrays(spans);
        await pool.query({ text: ERASE('reading_audit'), values });
        await pool.query({ text: ERASE('readings'), values });
      }),
  };
}

const ALL_KINDS = numberArray(READING_KINDS, (kind) => KIND_CODES[kind]);

function spanArrays(spans: readonly DeviceSpan[]): string[] {
  return [
    numberArray(spans, ({ deviceKey }) => deviceKey),
    numberArray(spans, ({ fromAt }) => fromAt),
    numberArray(spans, ({ toAt }) => toAt),
    numberArray(spans, ({ clockAheadMs }) => clockAheadMs),
    numberArray(spans, ({ clockBehindMs }) => clockBehindMs),
    textArray(spans, ({ slot }) => slot),
  ];
}
