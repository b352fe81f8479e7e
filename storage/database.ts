// The one way to connect to Postgres. Promises: int8 and dates come as a JS number and as a calendar-date string in every pool,
// no statement runs without a time-out, and a connection that dies, in use or idle, is replaced without ending the process.
import { Kysely, PostgresDialect } from 'kysely';
import { type CustomTypesConfig, Pool, types } from 'pg';
import type { Log } from '../runtime/log.ts';
import type { Database } from './database-schema.ts';

const INT8 = 20;
const DATE = 1082;
const CONNECT_TIMEOUT_MS = 10_000;
const STATEMENT_TIMEOUT_MS = 30_000;
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000;

/** Epoch ms and counters fit a double exactly; a `date` has no zone, so a Date object would shift it. */
export const POSTGRES_TYPES: CustomTypesConfig = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (format !== 'binary' && oid === INT8) return Number;
    if (format !== 'binary' && oid === DATE) return String;
    return types.getTypeParser(oid, format);
  },
};

export interface PoolOptions {
  /** Connections at most. */
  readonly max: number;
  /** Shown in pg_stat_activity, e.g. `pulseward ingest`. */
  readonly applicationName: string;
  /** Default 30 s; 0 switches it off. */
  readonly statementTimeoutMs?: number | undefined;
  /** Where the loss of an idle connection is noted. */
  readonly log?: Log | undefined;
}

export function openPool(url: string, { max, applicationName, statementTimeoutMs, log }: PoolOptions): Pool {
  const pool = new Pool({
    connectionString: url,
    max,
    application_name: applicationName,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: statementTimeoutMs ?? STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    keepAlive: true,
    types: POSTGRES_TYPES,
  });
  // Without a listener Node ends the process; the pool has already dropped the connection, and the next query opens another.
  pool.on('error', (error) => log?.warn({ err: error }, 'an idle database connection was lost'));
  // The same for one that is lost in the middle of a transaction: its statement has failed with that error, which is enough.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

export function openKysely(pool: Pool): Kysely<Database> {
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
}
