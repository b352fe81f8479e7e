// BullMQ on Postgres: its tables live in the schema `bullmq` of our own database, reached through a pool of their own.
import { createPostgresBackend, type PostgresConnectionOptions, runMigrations } from 'bullmq';
import type { Log } from '../../runtime/log.ts';
import { openPool } from '../database.ts';
import type { QueueBackend } from './queue-backend.ts';

/** One LISTEN for each worker of the process, the others for statements. */
const CONNECTIONS = 10;

// A job is a hint (DESIGN promise 9): what a crash takes is found again in the tables, so its commits need not wait for the disk.
const SETTINGS = '-c search_path=bullmq -c synchronous_commit=off';

export interface PostgresQueueBackendDeps {
  readonly databaseUrl: string;
  /** Shown in pg_stat_activity, e.g. `pulseward alerting queue`. */
  readonly applicationName: string;
  readonly log?: Log | undefined;
}

export function createPostgresQueueBackend(deps: PostgresQueueBackendDeps): QueueBackend<PostgresConnectionOptions> {
  const url = new URL(deps.databaseUrl);
  url.searchParams.set('options', [url.searchParams.get('options'), SETTINGS].filter(Boolean).join(' '));
  const pool = openPool(url.href, { max: CONNECTIONS, applicationName: deps.applicationName, log: deps.log });
  let prepared: Promise<void> | undefined;
  let closed: Promise<void> | undefined;

  async function migrate(): Promise<void> {
    const client = await pool.connect();
    try {
      await runMigrations(client);
    } finally {
      client.release();
    }
  }

  return {
    createBackend: createPostgresBackend,
    connection: pool,
    prepare() {
      prepared ??= migrate().catch((error: unknown) => {
        prepared = undefined;
        throw error;
      });
      return prepared;
    },
    async ping() {
      await pool.query('select 1 from migration limit 1');
    },
    close() {
      closed ??= pool.end();
      return closed;
    },
  };
}
