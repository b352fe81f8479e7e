// The hourly tables behind journal_records: made ahead, dropped when retention allows. Promise: an append never waits for one,
// because journal_records_default takes what falls into an hour that has no table yet.
import type { Pool, PoolClient } from 'pg';

const HOUR_MS = 3_600_000;
const HOURS_AHEAD = 6;
/** Any fixed number: one maker or dropper of tables at a time in the whole installation. */
const ADVISORY_LOCK = 0x6a6f7572;
// An append that arrives while a table's lock is awaited waits too: better to try again the next time.
const LOCK_TIMEOUT_MS = 500;

export interface JournalRetention {
  /** Consumed records are kept for so long, unless they take more room than `maxBytes`. */
  readonly keepMs: number;
  readonly maxBytes: number;
}

interface Hour {
  readonly table: string;
  readonly startsAt: number;
  readonly bytes: number;
}

/** Makes the tables of this hour and the next six, but none for an hour of which the default table already has records. */
export async function makeHoursAhead(pool: Pool): Promise<void> {
  await withTables(pool, async (client, now) => {
    const existing = new Set((await listHours(client)).map(({ startsAt }) => startsAt));
    const thisHour = Math.floor(now / HOUR_MS) * HOUR_MS;
    const wanted = Array.from({ length: HOURS_AHEAD + 1 }, (_, index) => thisHour + index * HOUR_MS);
    const missing = wanted.filter((startsAt) => !existing.has(startsAt));
    if (missing.length === 0) return;
    // Such records stay where they are: moved to the new table they would be missed by a reader whose snapshot is older than the
    // move, because that table alone is then searched for their hour. (The contract suite found it.)
    await client.query('lock table journal_records_default in access exclusive mode');
    const { rows } = await client.query<{ appended_at: number }>(
      'select appended_at from journal_head where exists (select from journal_records_default)',
    );
    const newestInDefault = Number(rows[0]?.appended_at ?? 0);
    for (const startsAt of missing) if (startsAt > newestInDefault) await makeHour(client, startsAt);
  });
}

/** Drops the tables whose retention is over and whose every record lies below its partition's committed offset. */
export async function dropHours(
  pool: Pool,
  committed: ReadonlyMap<number, number>,
  retention: JournalRetention,
): Promise<void> {
  await withTables(pool, async (client, now) => {
    const hours = await listHours(client);
    let bytes = hours.reduce((sum, hour) => sum + hour.bytes, 0);
    for (const hour of hours) {
      const endsAt = hour.startsAt + HOUR_MS;
      if (endsAt > now) break;
      if (endsAt > now - retention.keepMs && bytes <= retention.maxBytes) break;
      if (!(await isConsumed(client, hour.table, committed))) continue;
      await client.query(`drop table ${hour.table}`);
      bytes -= hour.bytes;
    }
    await client.query(
      `delete from journal_records_default d using unnest($2::int[], $3::int8[]) as c (partition, seq)
       where d.appended_at < $1 and d.partition = c.partition and d.seq < c.seq`,
      [now - retention.keepMs, [...committed.keys()], [...committed.values()]],
    );
  });
}

/** Bytes on disk, indexes included. */
export async function storedJournalBytes(pool: Pick<Pool, 'query'>): Promise<number> {
  const { rows } = await pool.query<{ bytes: number }>(
    `select coalesce(sum(pg_total_relation_size(inhrelid)), 0)::int8 as bytes from pg_inherits
     where inhparent = 'journal_records'::regclass`,
  );
  return Number(rows[0]?.bytes ?? 0);
}

/** A partition that nobody has committed for keeps everything. */
async function isConsumed(client: PoolClient, table: string, committed: ReadonlyMap<number, number>): Promise<boolean> {
  const { rows } = await client.query<{ partition: number; newest: number }>(
    `select partition, max(seq)::int8 as newest from ${table} group by partition`,
  );
  return rows.every(({ partition, newest }) => Number(newest) < (committed.get(partition) ?? 0));
}

async function makeHour(client: PoolClient, startsAt: number): Promise<void> {
  const table = tableOf(startsAt);
  // Attaching takes a weaker lock on journal_records than `create table … partition of`: appends go on. Nothing is ever updated
  // or deleted in these tables, so there is nothing to vacuum before they are dropped.
  await client.query(
    `create table ${table} (like journal_records including all) with (autovacuum_enabled = off, toast.autovacuum_enabled = off)`,
  );
  await client.query(
    `alter table journal_records attach partition ${table} for values from (${startsAt}) to (${startsAt + HOUR_MS})`,
  );
}

/** Oldest first. */
async function listHours(client: PoolClient): Promise<Hour[]> {
  const { rows } = await client.query<{ table: string; bytes: number }>(
    `select c.relname as table, pg_total_relation_size(c.oid)::int8 as bytes
     from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = 'journal_records'::regclass and c.relname <> 'journal_records_default' order by c.relname`,
  );
  return rows.map(({ table, bytes }) => ({ table, startsAt: startOf(table), bytes: Number(bytes) }));
}

const tableOf = (startsAt: number) =>
  `journal_records_${new Date(startsAt).toISOString().slice(0, 13).replace(/\D/g, '')}`;

function startOf(table: string): number {
  const [, year, month, day, hour] = /_(\d{4})(\d\d)(\d\d)(\d\d)$/.exec(table) ?? [];
  return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour));
}

/** Runs in a transaction that others wait for, with the database's time; does nothing where somebody else is at it. */
async function withTables(pool: Pool, work: (client: PoolClient, now: number) => Promise<void>): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`);
    const { rows } = await client.query<{ free: boolean; now: number }>(
      `select pg_try_advisory_xact_lock($1) as free, (extract(epoch from clock_timestamp()) * 1000)::int8 as now`,
      [ADVISORY_LOCK],
    );
    const [state] = rows;
    if (state?.free) await work(client, Number(state.now));
    await client.query('commit');
    client.release();
  } catch (error) {
    // The connection may be in any state: the pool opens another.
    client.release(true);
    throw error;
  }
}
