// Keeps the readings table's monthly partitions made ahead of time. What lies outside them goes to the default partition: no reading is
// ever refused for its date. Promise: a reading stays in the partition it was written to. (Moved out of the default one into its month,
// it was missed by whoever had looked up the partitions before the move and read after it: tests/contract/time-series.test.ts.)
import type { Pool } from 'pg';
import { againstPostgres } from './postgres-failure.ts';

/** Backlogs and corrections reach back; a device's clock may be a day ahead. */
const MONTHS_BACK = 2;
const MONTHS_AHEAD = 2;
/** Any number that is the same in every process. */
const LOCK_KEY = 1_717_001;

interface Month {
  /** e.g. `readings_2026_11`. */
  readonly table: string;
  /** Epoch ms, included. */
  readonly from: number;
  /** Excluded. */
  readonly to: number;
}

/** Months are UTC's: they cut a table, not anybody's day. */
function monthsAround(now: number): Month[] {
  const date = new Date(now);
  return Array.from({ length: MONTHS_BACK + 1 + MONTHS_AHEAD }, (_, index) => {
    const month = date.getUTCMonth() - MONTHS_BACK + index;
    const from = Date.UTC(date.getUTCFullYear(), month);
    const name = new Date(from).toISOString().slice(0, 7).replace('-', '_');
    return { table: `readings_${name}`, from, to: Date.UTC(date.getUTCFullYear(), month + 1) };
  });
}

/**
 * Creates what is missing around `now` (epoch ms), but for months of which the default partition holds readings: those stay there, whole.
 * One process at a time, harmless when repeated. Answers the tables it made.
 */
export function ensureMonthPartitions(pool: Pool, now: number): Promise<string[]> {
  return againstPostgres(async () => {
    const wanted = monthsAround(now);
    if ((await missingOf(pool, wanted)).length === 0) return [];
    const client = await pool.connect();
    try {
      await client.query('begin');
      await client.query('select pg_advisory_xact_lock($1)', [LOCK_KEY]);
      const made: string[] = [];
      for (const { table, from, to } of await missingOf(client, wanted)) {
        // Nor may it get any until this commits.
        await client.query('lock table readings_default in access exclusive mode');
        const early = await client.query('select from readings_default where at >= $1 and at < $2 limit 1', [from, to]);
        if (early.rowCount !== 0) continue;
        await client.query(`create table ${table} (like readings including defaults including constraints)`);
        await client.query(`alter table readings attach partition ${table} for values from (${from}) to (${to})`);
        made.push(table);
      }
      await client.query('commit');
      client.release();
      return made;
    } catch (error) {
      client.release(true);
      throw error;
    }
  });
}

async function missingOf(db: Pick<Pool, 'query'>, wanted: readonly Month[]): Promise<Month[]> {
  // Not by to_regclass: it reads a cache that may not have heard yet of the table for which this process just waited.
  const { rows } = await db.query<{ name: string }>(
    `select name from unnest($1::text[]) name
     where not exists (select from pg_class where relname = name and relnamespace = current_schema::regnamespace)`,
    [wanted.map(({ table }) => table)],
  );
  const missing = new Set(rows.map(({ name }) => name));
  return wanted.filter(({ table }) => missing.has(table));
}
