// The database behind an installation: the one that DATABASE_URL names, else the embedded PostgreSQL under the data directory.

import { Client } from 'pg';
import type { Config } from '../runtime/config.ts';
import type { Counters } from '../runtime/counters.ts';
import { StartFailure } from '../runtime/errors.ts';
import type { Log } from '../runtime/log.ts';
import { createEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres/embedded-postgres.ts';

const OLDEST_VERSION_NUM = 150_000;
const CONNECT_TIMEOUT_MS = 10_000;

export class DatabaseUnusable extends StartFailure {
  override readonly name = 'DatabaseUnusable';
}

export interface ProvideDatabaseOptions {
  readonly config: Config;
  readonly log: Log;
  readonly counters: Counters;
  readonly onLost: (reason: Error) => void;
}

/** `start` resolves to its URL; throws DatabaseUnusable where DATABASE_URL leads nowhere or to a server older than PostgreSQL 15. */
export function provideDatabase({ config, log, counters, onLost }: ProvideDatabaseOptions): EmbeddedPostgres {
  const { databaseUrl, dataDir } = config;
  if (databaseUrl === undefined) return createEmbeddedPostgres({ dataDir, log, counters, onLost });
  return {
    async start() {
      await checkServer(databaseUrl);
      return databaseUrl;
    },
    async stop() {
      // Not ours to stop.
    },
  };
}

async function checkServer(databaseUrl: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  // The failure is thrown by the call that meets it; a listener must be there all the same.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string }>("select current_setting('server_version_num') as version");
    const version = Number(rows[0]?.version);
    if (version < OLDEST_VERSION_NUM)
      throw new Error(`it is version ${Math.floor(version / 10_000)}, and 15 is the oldest that will do`);
  } catch (cause) {
    throw new DatabaseUnusable("the database that DATABASE_URL names can't be used", { cause });
  } finally {
    await client.end();
  }
}
