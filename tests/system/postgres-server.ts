// A PostgreSQL that is nobody's data directory, as a district runs one: durable, in a temporary directory on a free port, which a test may
// kill and start again. Promise: it ends with the test run, also with one that is killed.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createLog } from '../../runtime/log.ts';
import {
  APPLICATION_DATABASE,
  APPLICATION_ROLE,
  ensureApplicationDatabase,
} from '../../storage/embedded-postgres/application-database.ts';
import { choosePort } from '../../storage/embedded-postgres/choose-port.ts';
import { clearRemnants } from '../../storage/embedded-postgres/clear-remnants.ts';
import { listClusterPids, signalIfThere } from '../../storage/embedded-postgres/cluster-processes.ts';
import { startPostmaster } from '../../storage/embedded-postgres/postmaster.ts';
import { prepareCluster } from '../../storage/embedded-postgres/prepare-cluster.ts';
import { guardAgainstOrphan } from '../guard-against-orphan.ts';
import { until } from './until.ts';

export interface PostgresServer {
  /** Of an empty database, as a role that owns it and is no superuser: what DATABASE_URL gets. */
  readonly databaseUrl: string;
  /** Of the postmaster. */
  pid(): number;
  /** kill -9, to the postmaster and every backend; resolves when they are gone. */
  kill(): Promise<void>;
  /** After a kill, on the same directory and port; resolves when it accepts connections. */
  start(): Promise<void>;
  destroy(): Promise<void>;
}

export async function startPostgresServer(): Promise<PostgresServer> {
  const directory = await mkdtemp(join(tmpdir(), 'pulseward-test-postgres-server-'));
  const cluster = await prepareCluster(directory, createLog({ part: 'test', level: 'warn' }));
  const port = await choosePort();
  const { layout, password } = cluster;
  let pid = 0;
  let releaseGuard = () => {};

  async function start(): Promise<void> {
    await clearRemnants(layout);
    ({ pid } = await startPostmaster({ ...cluster, port }));
    releaseGuard();
    releaseGuard = guardAgainstOrphan(pid, directory);
  }
  async function kill(): Promise<void> {
    await until('PostgreSQL is gone', 10_000, async () => {
      const pids = (await listClusterPids(layout)) ?? [pid];
      for (const each of pids) signalIfThere(each, 'SIGKILL');
      return pids.length === 0;
    });
  }
  async function destroy(): Promise<void> {
    await kill();
    releaseGuard();
    await rm(directory, { recursive: true, force: true });
  }

  await start();
  const superuser = new pg.Client(cluster.superuserUrl(port));
  await superuser.connect();
  await ensureApplicationDatabase(superuser, password);
  await superuser.end();
  const databaseUrl = `postgres://${APPLICATION_ROLE}:${encodeURIComponent(password)}@127.0.0.1:${port}/${APPLICATION_DATABASE}`;
  return { databaseUrl, pid: () => pid, kill, start, destroy };
}
