// The one way into the readings table and its audit.
// Promise: nothing that somebody else has written since it was looked for is overwritten, and no value is lost: what replaces a value is
// compared under a lock of the identity's row, and written together with the old value or not at all.
import type { Pool, PoolClient } from 'pg';
import { type Identity, ReadingContended, type ReplacedReading, type StoredReading } from '../ports/time-series.ts';
import { numberArray, textArray } from './array-literal.ts';
import { hasValue, isOutdated } from './compare-values.ts';
import { findReadings, lockReadings, type RunQuery, type SelectedRow } from './find-readings.ts';
import { finishUntil } from './finish-until.ts';
import { identityKey } from './identity-key.ts';
import { KIND_CODES } from './reading-codes.ts';
import { insertedFromArrays, READING_COLUMN_NAMES, toColumnArrays } from './reading-columns.ts';

/** Longer and the statement is not prepared anew but cut: its arrays have to be built and parsed in one piece. */
const MOST_ROWS_PER_STATEMENT = 5_000;
const KEY_COLUMNS = ['device_key', 'kind', 'at'];

const FIRST_ONLY = `on conflict (${KEY_COLUMNS.join(', ')}) do nothing`;
const REPLACING = `on conflict (${KEY_COLUMNS.join(', ')}) do update set ${READING_COLUMN_NAMES.filter(
  (name) => !KEY_COLUMNS.includes(name),
)
  .map((name) => `${name} = excluded.${name}`)
  .join(', ')} where readings.revision < excluded.revision`;

/**
 * As TimeSeries.write promises it; first values are compared, too. Throws ReadingContended, TemporaryFailure and what pg throws.
 * @param endsAt performance.now(), when it is over one way or the other
 * @param held values that another engine holds of what is replaced: they become rows, to be locked and compared like any other
 */
export async function writeReadings(
  pool: Pool,
  readings: readonly StoredReading[],
  replaced: readonly ReplacedReading[],
  endsAt: number,
  held: readonly StoredReading[] = [],
): Promise<void> {
  const client = await connectUntil(endsAt, pool);
  const leftMs = () => Math.max(1, Math.ceil(endsAt - performance.now()));
  const run: RunQuery = (query) => {
    const timed = { ...query, rowMode: 'array', query_timeout: leftMs() } as const;
    return client.query<SelectedRow>(timed);
  };
  try {
    if (replaced.length === 0) await writeFirstValues(run, readings);
    else {
      // Whoever is frozen in here would keep others from the rows.
      await run({ text: `begin; set local idle_in_transaction_session_timeout = ${2 * leftMs()}` });
      if (held.length > 0) await write(run, [...held].sort(byKey), 'first', FIRST_ONLY);
      await replaceValues(run, readings, replaced);
      await run({ text: 'commit' });
    }
    client.release();
  } catch (error) {
    // A statement may still be running on it; without the connection nothing of a transaction is committed.
    client.release(true);
    throw error;
  }
}

/** A pool that finds no server, or has nothing left to give, waits longer than a write may take. */
async function connectUntil(endsAt: number, pool: Pool): Promise<PoolClient> {
  const connecting = pool.connect();
  try {
    return await finishUntil(endsAt, connecting);
  } catch (error) {
    connecting.then(
      (late) => late.release(),
      () => undefined,
    );
    throw error;
  }
}

async function writeFirstValues(run: RunQuery, readings: readonly StoredReading[]): Promise<void> {
  for (let from = 0; from < readings.length; from += MOST_ROWS_PER_STATEMENT) {
    const some = readings.slice(from, from + MOST_ROWS_PER_STATEMENT);
    const { rowCount } = await write(run, some, 'first', FIRST_ONLY);
    if (rowCount === some.length) continue;
    const known = await findReadings(
      run,
      some.map(({ reading }) => reading),
    );
    for (const stored of some) {
      const there = known.get(identityKey(stored.reading));
      if (there === undefined || !hasValue(there, stored)) throw new ReadingContended();
    }
  }
}

async function replaceValues(
  run: RunQuery,
  readings: readonly StoredReading[],
  replaced: readonly ReplacedReading[],
): Promise<void> {
  const brought = Map.groupBy(
    replaced.map(({ stored }) => stored),
    ({ reading }) => identityKey(reading),
  );
  for (const stored of readings) brought.get(identityKey(stored.reading))?.push(stored);
  const identities: Identity[] = [...brought.values()].map(([first]) => first!.reading);
  const known = await lockReadings(run, identities);
  for (const [key, there] of known) if (isOutdated(there, brought.get(key)!)) throw new ReadingContended();

  const { first = [], next = [] } = Object.groupBy(readings, ({ reading }) =>
    known.has(identityKey(reading)) && brought.has(identityKey(reading)) ? 'next' : 'first',
  );
  await writeFirstValues(run, first);
  if (next.length > 0) await write(run, next, 'next', REPLACING);
  await run(auditQuery(replaced));
}

/** As lockReadings has them: two that bring the same rows in don't wait for each other. */
const byKey = ({ reading: a }: StoredReading, { reading: b }: StoredReading): number =>
  a.deviceKey - b.deviceKey || KIND_CODES[a.kind] - KIND_CODES[b.kind] || a.at - b.at;

function write(run: RunQuery, readings: readonly StoredReading[], name: string, onConflict: string) {
  const { mask, columns, values } = toColumnArrays(readings);
  return run({
    name: `readings-write-${name}-${mask}`,
    text: `insert into readings ${insertedFromArrays(columns)} ${onConflict}`,
    values,
  });
}

const AUDIT_COLUMNS = [
  { name: 'replaced_at', type: 'int8' },
  { name: 'reason', type: 'text' },
  { name: 'replaced_by', type: 'text' },
];

function auditQuery(replaced: readonly ReplacedReading[]) {
  const { mask, columns, values } = toColumnArrays(replaced.map(({ stored }) => stored));
  const reasons = [
    numberArray(replaced, ({ replacedAt }) => replacedAt),
    textArray(replaced, ({ reason }) => reason),
    textArray(replaced, ({ replacedBy }) => replacedBy),
  ];
  return {
    name: `readings-audit-${mask}`,
    text: `insert into reading_audit ${insertedFromArrays([...columns, ...AUDIT_COLUMNS])} on conflict do nothing`,
    values: [...values, ...reasons],
  };
}
