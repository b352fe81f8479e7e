// TimeSeries on Postgres: one table in monthly partitions, written by one statement per batch.
// Promise beyond the port's: a write of a revision that is not above the stored one changes nothing, so a worker that was stopped
// between its lease's check and its statement can't undo a correction.
import type { Pool } from 'pg';
import { READING_KINDS, type ReadingKind } from '../../domain/reading.ts';
import type {
  DeviceSpan,
  KnownIdentity,
  NewestAt,
  ReplacedReading,
  StoredReading,
  TimeSeries,
} from '../ports/time-series.ts';
import { numberArray, textArray } from './array-literal.ts';
import { identityKey } from './identity-key.ts';
import { ensureMonthPartitions } from './month-partitions.ts';
import { againstPostgres } from './postgres-failure.ts';
import { KIND_CODES, kindOfCode } from './reading-codes.ts';
import {
  insertedFromArrays,
  READING_COLUMN_NAMES,
  type ReadingRow,
  toColumnArrays,
  toStoredReading,
} from './reading-columns.ts';

/** A lease of 10 s that is renewed every 3 s has twice this left at any time. */
const WRITE_TIMEOUT_MS = 3_000;
/** Longer and the statement is not prepared anew but cut: its arrays have to be built and parsed in one piece. */
const MOST_ROWS_PER_STATEMENT = 5_000;
const KEY_COLUMNS = ['device_key', 'kind', 'at'];
const QUALIFIED_NAMES = READING_COLUMN_NAMES.map((name) => `r.${name}`).join(', ');

const ON_CONFLICT = `on conflict (${KEY_COLUMNS.join(', ')}) do update set ${READING_COLUMN_NAMES.filter(
  (name) => !KEY_COLUMNS.includes(name),
)
  .map((name) => `${name} = excluded.${name}`)
  .join(', ')} where readings.revision < excluded.revision`;

const NAMED = (table: string, isPrevious: boolean) => `
  select ${QUALIFIED_NAMES}, ${isPrevious} as is_previous from unnest($1::int4[], $2::int2[], $3::int8[]) as i (device_key, kind, at)
  join ${table} r using (device_key, kind, at)`;
// One statement, so that both are seen as of one moment: what is neither current nor previous would be taken for new.
const FIND = `${NAMED('readings', false)} union all ${NAMED('reading_audit', true)} order by is_previous, revision`;

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

  /** Awaited the first time only, and never a reason to fail: the default partition serves as well. */
  async function makeMonthsWhenDue(): Promise<void> {
    const now = performance.now();
    if (now < makeMonthsAt) return;
    const isFirst = makeMonthsAt < 0;
    makeMonthsAt = now + MONTHS_EVERY_MS;
    const making = ensureMonthPartitions(pool, Date.now()).then(
      () => undefined,
      () => {
        makeMonthsAt = now + RETRY_MONTHS_MS;
      },
    );
    if (isFirst) await making;
  }

  return {
    writeTimeoutMs: WRITE_TIMEOUT_MS,
    write: (readings, replaced) =>
      againstPostgres(async () => {
        if (readings.length > 0) await makeMonthsWhenDue();
        const endsAt = performance.now() + WRITE_TIMEOUT_MS;
        const execute = (name: string, text: string, values: string[]) => {
          const query = { name, text, values, query_timeout: Math.max(1, endsAt - performance.now()) };
          return pool.query(query);
        };
        if (replaced.length > 0) await execute(...auditStatement(replaced));
        for (let from = 0; from < readings.length; from += MOST_ROWS_PER_STATEMENT)
          await execute(...writeStatement(readings.slice(from, from + MOST_ROWS_PER_STATEMENT)));
      }),

    find: (identities) =>
      againstPostgres(async () => {
        const found = new Map<string, KnownIdentity & { previous: StoredReading[] }>();
        if (identities.length === 0) return found;
        const { rows } = await pool.query<[...ReadingRow, isPrevious: boolean]>({
          name: 'readings-find',
          text: FIND,
          values: [
            numberArray(identities, ({ deviceKey }) => deviceKey),
            numberArray(identities, ({ kind }) => KIND_CODES[kind]),
            numberArray(identities, ({ at }) => at),
          ],
          rowMode: 'array',
        });
        for (const row of rows) {
          const stored = toStoredReading(row);
          const key = identityKey(stored.reading);
          if (row[READING_COLUMN_NAMES.length]) found.get(key)?.previous.push(stored);
          else found.set(key, { current: stored, previous: [] });
        }
        return found;
      }),

    read: (spans, kinds) =>
      againstPostgres(async () => {
        if (spans.length === 0) return [];
        const values = [...spanArrays(spans), numberArray(kinds, (kind) => KIND_CODES[kind])];
        const { rows } = await pool.query<ReadingRow>({ name: 'readings-read', text: READ, values, rowMode: 'array' });
        return rows.map(toStoredReading);
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

const AUDIT_COLUMNS = [
  { name: 'replaced_at', type: 'int8' },
  { name: 'reason', type: 'text' },
  { name: 'replaced_by', type: 'text' },
];

type Statement = [name: string, text: string, values: string[]];

function writeStatement(readings: readonly StoredReading[]): Statement {
  const { mask, columns, values } = toColumnArrays(readings);
  return [`readings-write-${mask}`, `insert into readings ${insertedFromArrays(columns)} ${ON_CONFLICT}`, values];
}

function auditStatement(replaced: readonly ReplacedReading[]): Statement {
  const { mask, columns, values } = toColumnArrays(replaced.map(({ stored }) => stored));
  const text = `insert into reading_audit ${insertedFromArrays([...columns, ...AUDIT_COLUMNS])} on conflict do nothing`;
  const reasons = [
    numberArray(replaced, ({ replacedAt }) => replacedAt),
    textArray(replaced, ({ reason }) => reason),
    textArray(replaced, ({ replacedBy }) => replacedBy),
  ];
  return [`readings-audit-${mask}`, text, [...values, ...reasons]];
}
