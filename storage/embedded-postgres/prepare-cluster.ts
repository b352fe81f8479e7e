// Everything a postmaster needs before it can run: directory, account, rights, binaries, a cluster, its password.
import { access, readFile } from 'node:fs/promises';
import { ConfigurationError } from '../../runtime/errors.ts';
import type { Log } from '../../runtime/log.ts';
import { type ClusterLayout, layOutCluster } from './cluster-layout.ts';
import { grantSearch } from './grant-search.ts';
import { initialiseCluster, SUPERUSER } from './initialise-cluster.ts';
import { type PostgresAccount, resolvePostgresAccount } from './postgres-account.ts';
import { type PostgresBinaries, provideBinaries } from './postgres-binaries.ts';
import { prepareDataDirectory } from './prepare-data-directory.ts';

export interface ClusterAccess {
  readonly layout: ClusterLayout;
  readonly account: PostgresAccount | undefined;
  readonly binaries: PostgresBinaries;
  readonly durable: boolean;
  /** Of the superuser and of the application's role alike. */
  readonly password: string;
  /** Of the maintenance database. */
  readonly superuserUrl: (port: number) => string;
  readonly log: Log;
}

/** Throws ConfigurationError or PostgresStartFailure. */
export async function prepareCluster(givenDataDir: string, log: Log, durable = true): Promise<ClusterAccess> {
  const dataDir = await prepareDataDirectory(givenDataDir);
  const layout = layOutCluster(dataDir);
  const account = await resolvePostgresAccount(layout.cluster);
  const isNew = await access(layout.home).then(
    () => false,
    () => true,
  );
  if (account) {
    for (const path of await grantSearch(isNew ? dataDir : layout.home, account)) {
      log.info({ path }, 'let the account of PostgreSQL pass through a directory');
    }
  }
  const binaries = await provideBinaries(layout.binaries, account);
  if (isNew) await initialiseCluster({ layout, account, binaries, durable });
  const password = await readPassword(layout.passwordFile);
  const superuserUrl = (port: number) => `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/postgres`;
  return { layout, account, binaries, durable, password, superuserUrl, log };
}

async function readPassword(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (cause) {
    const problem = {
      name: path,
      given: cause instanceof Error ? cause.message : 'unreadable',
      allowed: 'to be readable by the user who starts Pulseward: start it as the user who did so first',
    };
    throw Object.assign(new ConfigurationError([problem]), { cause });
  }
}
