// What is known of identities: the current value of each, and those it has had, from the readings table and its audit.
import type { Identity, KnownIdentity, StoredReading } from '../ports/time-series.ts';
import { numberArray } from './array-literal.ts';
import { identityKey } from './identity-key.ts';
import { KIND_CODES } from './reading-codes.ts';
import { READING_COLUMN_NAMES, type ReadingRow, toStoredReading } from './reading-columns.ts';

/** A row of a table of readings, followed by whatever else the statement selects. */
export type SelectedRow = [...ReadingRow, ...unknown[]];

/** Runs a statement on a pool or in a transaction, with whatever time-out. */
export type RunQuery = (query: {
  readonly name?: string;
  readonly text: string;
  readonly values?: unknown[];
}) => Promise<{ readonly rowCount: number | null; readonly rows: SelectedRow[] }>;

const COLUMNS = READING_COLUMN_NAMES.map((name) => `r.${name}`).join(', ');
const NAMED = (table: string) =>
  `from unnest($1::int4[], $2::int2[], $3::int8[]) as i (device_key, kind, at) join ${table} r using (device_key, kind, at)`;
// One statement, so that both are seen as of one moment: what is neither current nor previous would be taken for new.
const FIND = `select ${COLUMNS}, false as is_previous ${NAMED('readings')}
  union all select ${COLUMNS}, true ${NAMED('reading_audit')} order by is_previous, revision`;
// In the order of the key, so that two who lock several never wait for each other.
const LOCK = `select ${NAMED('readings')} order by r.device_key, r.kind, r.at for no key update of r`;

/** By `identityKey`; what is not known is absent. */
export async function findReadings(
  run: RunQuery,
  identities: readonly Identity[],
): Promise<Map<string, KnownIdentity>> {
  const found = new Map<string, KnownIdentity & { previous: StoredReading[] }>();
  if (identities.length === 0) return found;
  const { rows } = await run({ name: 'readings-find', text: FIND, values: keyArrays(identities) });
  for (const row of rows) {
    const [stored, isPrevious] = [toStoredReading(row), row[READING_COLUMN_NAMES.length]];
    const key = identityKey(stored.reading);
    if (isPrevious) found.get(key)?.previous.push(stored);
    else found.set(key, { current: stored, previous: [] });
  }
  return found;
}

/** In a transaction: until it ends nobody else writes what is found. */
export async function lockReadings(
  run: RunQuery,
  identities: readonly Identity[],
): Promise<Map<string, KnownIdentity>> {
  await run({ name: 'readings-lock', text: LOCK, values: keyArrays(identities) });
  // A statement of its own: it sees what was committed while the lock was waited for.
  return findReadings(run, identities);
}

const keyArrays = (identities: readonly Identity[]): string[] => [
  numberArray(identities, ({ deviceKey }) => deviceKey),
  numberArray(identities, ({ kind }) => KIND_CODES[kind]),
  numberArray(identities, ({ at }) => at),
];
