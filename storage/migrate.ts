// `npm run migrate`: brings the schema to this version without starting anything else, also beside a running Pulseward.
// Promise: a Postgres it started is stopped again, also where a signal ends the migration.

import { readConfig } from '../runtime/config.ts';
import { createCounters } from '../runtime/counters.ts';
import { checkDemoMarker } from '../runtime/demo-marker.ts';
import { StartFailure } from '../runtime/errors.ts';
import { createLog } from '../runtime/log.ts';
import { runCommand } from '../runtime/run-command.ts';
import { STOP_SIGNALS } from '../runtime/stop-signals.ts';
import { DataDirectoryInUse } from './embedded-postgres/postgres-start-failure.ts';
import { migrateToLatest } from './migrator.ts';
import { provideDatabase } from './provide-database.ts';

await runCommand(async () => {
  const config = readConfig({ argv: process.argv.slice(2) });
  await checkDemoMarker(config);
  const log = createLog({ part: 'migrate', level: config.logLevel });
  const database = provideDatabase({
    config,
    log,
    counters: createCounters({ part: 'migrate' }),
    // The migration under way fails and says why.
    onLost: (err) => log.error({ err }, 'the database was lost'),
  });
  const stopAsked = new Promise<never>((_, reject) => {
    const stopped = (signal: string) => new StartFailure(`${signal}: stopped; the schema is as it was, or up to date`);
    for (const signal of STOP_SIGNALS) process.on(signal, () => reject(stopped(signal)));
  });

  async function migrate(): Promise<number> {
    const url = await database.start().catch((error: unknown) => {
      // Migrating needs the database, not the directory; Kysely's own lock keeps two migrations apart.
      if (error instanceof DataDirectoryInUse) return error.url;
      throw error;
    });
    const applied = await migrateToLatest(url);
    for (const name of applied) console.log(`applied ${name}`);
    console.log(applied.length === 0 ? 'The schema is up to date.' : `Applied ${applied.length} migrations.`);
    return 0;
  }

  try {
    return await Promise.race([migrate(), stopAsked]);
  } finally {
    await database.stop();
  }
});
