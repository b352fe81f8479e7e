// The books after a crash: every acknowledged reading stored once with the value that counts, every item with one fate, as many of
// each fate as were acknowledged.
import assert from 'node:assert/strict';
import { openPool } from '../../storage/database.ts';
import type { InfluxSettings } from '../../storage/readings/influx-connection.ts';
import { readItemTotals } from '../../storage/readings/record-counts.ts';
import { openDatabase, type RunningSystem } from '../system/running-system.ts';
import { until } from '../system/until.ts';
import type { ReadingLedger } from './reading-ledger.ts';
import { readStoredValues } from './stored-values.ts';

export interface AccountingOptions {
  /** An append whose answer was lost is repeated by the broker, with all of its messages. */
  readonly recordsMayRepeat?: boolean;
  /** Where the system has its readings in InfluxDB. */
  readonly influx?: InfluxSettings | undefined;
}

/** A system whose books are looked into. */
export type Accountable = Pick<RunningSystem, 'databaseUrl' | 'httpUrl'>;

/** What is told of a run that lost nothing. */
export interface Accounts {
  /** Identities, each acknowledged and stored once. */
  readonly readings: number;
  readonly received: number;
  readonly duplicate: number;
  readonly corrected: number;
  readonly rejected: number;
}

/** @param ledger of everything that the system was ever sent */
export async function accountForReadings(
  system: Accountable,
  ledger: ReadingLedger,
  { recordsMayRepeat = false, influx }: AccountingOptions = {},
): Promise<Accounts> {
  const database = await openDatabase(system);
  try {
    await until('ingest has caught up', 60_000, () => isConsumed(system));
    const found = await readStoredValues(system, influx);
    const wrong = [...ledger.values]
      .map(([identity, value]) => ({ identity, acknowledged: value, stored: found.get(identity) ?? [] }))
      .filter(({ acknowledged, stored: [value, ...more] }) => value !== acknowledged || more.length > 0);
    assert.deepEqual(
      wrong.slice(0, 50),
      [],
      `${wrong.length} acknowledged, and not stored once with the value that counts: ${JSON.stringify(wrong.slice(0, 10))}`,
    );
    assert.equal(found.size, ledger.values.size, 'stored and never acknowledged');

    const { received, accepted, duplicate, corrected, rejected } = await readTotals(system);
    const { rows: kept } = await database.query<{ rejections: number; audited: number }>(
      'select (select count(*)::int from rejections) rejections, (select count(*)::int from reading_audit) audited',
    );
    const { acknowledged } = ledger;
    const acknowledgedItems = Object.values(acknowledged).reduce((sum, count) => sum + count, 0);
    const transmitted = recordsMayRepeat ? Number.POSITIVE_INFINITY : ledger.transmitted();
    assert.equal(accepted + duplicate + corrected + rejected, received, 'every item has one fate');
    // A message whose acknowledgement was lost is sent again: what exceeds the acknowledged are such repetitions, and no more of them.
    assert(received >= acknowledgedItems, `items received: ${received}, acknowledged: ${acknowledgedItems}`);
    assert(received <= transmitted, `items received: ${received}, sent: ${transmitted}`);
    assert.equal(accepted, acknowledged.new, 'items accepted');
    assert.equal(corrected, acknowledged.corrected, 'items corrected');
    assert(duplicate >= acknowledged.again, `duplicates: ${duplicate}, at least ${acknowledged.again}`);
    assert(rejected >= acknowledged.rejected, `items rejected: ${rejected}, at least ${acknowledged.rejected}`);
    assert.deepEqual(kept[0], { rejections: rejected, audited: corrected }, 'rejections and replaced values are kept');
    return { readings: found.size, received, duplicate, corrected, rejected };
  } finally {
    await database.end();
  }
}

/** In the journal, ten readings in a message (M). */
const BYTES_PER_READING = 75;

/** Whether no more waits for ingest than comes in a second. */
export async function isNearlyConsumed(system: Pick<Accountable, 'httpUrl'>, readingsPerSecond: number) {
  return Number.parseInt(await tellJournal(system), 10) <= BYTES_PER_READING * readingsPerSecond;
}

const isConsumed = async (system: Accountable) => (await tellJournal(system)).startsWith('0 of ');

/** What /readyz says of it, whatever engine it is on. */
export async function tellJournal({ httpUrl }: Pick<Accountable, 'httpUrl'>): Promise<string> {
  try {
    const readiness = await fetch(`${httpUrl}/readyz`, { signal: AbortSignal.timeout(5_000) });
    const { dependencies } = (await readiness.json()) as {
      dependencies: { name: string; ready: boolean; detail?: string }[];
    };
    const journal = dependencies.find(({ name }) => name === 'journal');
    return `${journal?.ready ? '' : 'not ready '}${journal?.detail ?? ''}`;
  } catch (error) {
    return `unknown (${(error as Error).message})`;
  }
}

async function readTotals(system: Accountable) {
  const pool = openPool(await system.databaseUrl(), { max: 1, applicationName: 'accounting' });
  try {
    return await readItemTotals(pool);
  } finally {
    await pool.end();
  }
}
