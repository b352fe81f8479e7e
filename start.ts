// The composition root: configuration, then the database, then the roles, each in a process of its own (runtime/supervisor/).
// A role's process runs this same file, as `start.ts --role broker`, and loads that one role's code alone.
import { createRole, type Role, type RoleName } from './runtime/role.ts';
import { runCommand } from './runtime/run-command.ts';
import { type ComposeRole, type RoleSurroundings, runRole } from './runtime/supervisor/run-role.ts';
import { runSystem, type SystemParts } from './runtime/supervisor/run-system.ts';
import { openKysely, openPool } from './storage/database.ts';
import { migrateToLatest } from './storage/migrator.ts';
import type { Storage } from './storage/open-storage.ts';
import { provideDatabase } from './storage/provide-database.ts';

/** What every role is made of; from here on it knows neither adapter nor deployment. */
interface RoleDeps extends RoleSurroundings {
  readonly storage: Storage;
}

const ROLES: Readonly<Record<RoleName, (deps: RoleDeps) => Promise<Role>>> = {
  broker: async (deps) => (await import('./broker/broker-role.ts')).createBrokerRole(deps),
  ingest: async (deps) => (await import('./ingest/ingest-role.ts')).createIngestRole(deps),
  alerting: async (deps) => (await import('./alerting/alerting-role.ts')).createAlertingRole(deps),
  dashboards: async (deps) => (await import('./dashboards/dashboards-role.ts')).createDashboardsRole(deps),
};

/** A role with the storage it works on: opened before it, closed after it. */
const composeRole: ComposeRole = async (name, surroundings) => {
  let role: Role | undefined;
  return createRole(
    name,
    async (teardown) => {
      const { openStorage } = await import('./storage/open-storage.ts');
      const storage = await openStorage({ ...surroundings, part: name });
      teardown.onStop('storage', () => storage.close());
      role = await ROLES[name]({ ...surroundings, storage });
      teardown.onStop(name, role.stop);
      await role.start();
    },
    () => role?.addresses?.() ?? [],
  );
};

const preparations: SystemParts['preparations'] = [
  [
    'schema',
    async ({ config, log }) => {
      const applied = await migrateToLatest(config.databaseUrl);
      if (applied.length > 0) log.info({ applied }, 'migrated the schema');
    },
  ],
  [
    'first administrator',
    async ({ config, log }) => {
      // Of use only where one can sign in, and the password then belongs to one container alone.
      if (!config.roles.includes('dashboards')) return;
      const { ensureAdmin } = await import('./storage/registry/ensure-admin.ts');
      const db = openKysely(openPool(config.databaseUrl, { max: 1, applicationName: 'pulseward supervisor', log }));
      try {
        await ensureAdmin({ db, config, announce: (line) => console.log(line) });
      } finally {
        await db.destroy();
      }
    },
  ],
];

const argv = process.argv.slice(2);
const isRoleProcess = process.send !== undefined && argv[0] === '--role';
if (isRoleProcess) await runRole(composeRole);
else {
  const createDatabase: SystemParts['createDatabase'] = (surroundings, onLost) =>
    provideDatabase({ ...surroundings, onLost });
  await runCommand(() => runSystem({ createDatabase, preparations, script: import.meta.filename }, argv));
}
