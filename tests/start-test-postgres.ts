// Vitest's global set-up: one PostgreSQL for a project's test files, in a temporary directory on a free port, with a migrated template.
// Without fsync: what a test proves about durability, it proves on a Postgres of its own.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { createLog } from '../runtime/log.ts';
import { APPLICATION_ROLE, ensureApplicationDatabase } from '../storage/embedded-postgres/application-database.ts';
import { choosePort } from '../storage/embedded-postgres/choose-port.ts';
import { startPostmaster, stopPostmaster } from '../storage/embedded-postgres/postmaster.ts';
import { prepareCluster } from '../storage/embedded-postgres/prepare-cluster.ts';
import { migrateToLatest } from '../storage/migrator.ts';

export interface TestPostgres {
  /** Of the maintenance database, as superuser. */
  readonly superuserUrl: string;
  /** Of the template, as the role that Pulseward itself uses. */
  readonly templateUrl: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    testPostgres: TestPostgres;
  }
}

const TEMPLATE = 'pulseward_template';

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'pulseward-test-postgres-'));
  const cluster = await prepareCluster(dataDir, createLog({ part: 'test', level: 'warn' }), false);
  const { pid, port } = await startPostmaster({ ...cluster, port: await choosePort() });
  const releaseGuard = guardAgainstOrphan(pid, dataDir);

  const superuserUrl = cluster.superuserUrl(port);
  const superuser = new pg.Client(superuserUrl);
  await superuser.connect();
  await ensureApplicationDatabase(superuser, cluster.password, TEMPLATE);
  await superuser.end();
  const templateUrl = Object.assign(new URL(superuserUrl), {
    username: APPLICATION_ROLE,
    pathname: `/${TEMPLATE}`,
  }).href;
  await migrateToLatest(templateUrl);
  project.provide('testPostgres', { superuserUrl, templateUrl });

  return async () => {
    await stopPostmaster(cluster.layout, pid, 'immediate', 10_000);
    await rm(dataDir, { recursive: true, force: true });
    releaseGuard();
  };
}

/** Postgres has a session of its own and would outlive a killed test run: a shell that reads our end of a pipe stops it then. */
function guardAgainstOrphan(pid: number, dataDir: string): () => void {
  const script = 'read -r done || { kill -QUIT "$1"; sleep 1; rm -rf "$2"; }';
  const guard = spawn('sh', ['-c', script, 'guard', String(pid), dataDir], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.unref();
  return () => guard.stdin.end('done\n');
}
