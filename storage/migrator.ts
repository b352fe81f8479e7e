// Brings a database's schema to this version. Promises: all outstanding migrations or none, and two starters at once do it once.
import { Migrator } from 'kysely/migration';
import { openKysely, openPool } from './database.ts';
import { ALL_MIGRATIONS } from './migrations/all-migrations.ts';

const RELEASED_NAMES = new Set(Object.keys(ALL_MIGRATIONS));

/** Names of the migrations it applied, in order. Throws with the name and the cause of the one that failed, and leaves the schema as it was. */
export async function migrateToLatest(databaseUrl: string): Promise<readonly string[]> {
  // Building an index over a year of readings may take longer than any statement of normal running.
  const pool = openPool(databaseUrl, { max: 2, applicationName: 'pulseward migrate', statementTimeoutMs: 0 });
  const db = openKysely(pool);
  try {
    const migrator = new Migrator({ db, provider: { getMigrations: async () => ALL_MIGRATIONS } });
    await refuseNewerSchema(migrator);
    const { error, results = [] } = await migrator.migrateToLatest();
    if (error) {
      const failed = results.find((result) => result.status === 'Error')?.migrationName;
      throw new Error(`the migration ${failed ?? 'of the schema'} failed, and the schema is as it was`, {
        cause: error,
      });
    }
    return results.map((result) => result.migrationName);
  } finally {
    await db.destroy();
  }
}

async function refuseNewerSchema(migrator: Migrator): Promise<void> {
  const applied = await migrator.getMigrations().catch((cause: unknown) => {
    throw new Error('the state of the schema could not be read', { cause });
  });
  const unknown = applied.filter(({ name, executedAt }) => executedAt && !RELEASED_NAMES.has(name));
  if (unknown.length > 0) {
    throw new Error(
      `the database was made by a newer Pulseward (it has ${unknown.map(({ name }) => name).join(', ')}): start that version`,
    );
  }
}
