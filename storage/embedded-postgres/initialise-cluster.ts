// Makes a new cluster beside its place and puts it there whole, so that a start killed at any moment leaves nothing half-made.
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, mkdtemp, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type ClusterLayout, layOutCluster } from './cluster-layout.ts';
import { isAlive } from './cluster-processes.ts';
import type { PostgresAccount } from './postgres-account.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { initialSettings } from './postgres-settings.ts';
import { PostgresStartFailure } from './postgres-start-failure.ts';
import { runAsAccount } from './run-as-account.ts';

export const SUPERUSER = 'postgres';

export interface InitialiseOptions {
  readonly layout: ClusterLayout;
  readonly account: PostgresAccount | undefined;
  readonly binaries: PostgresBinaries;
  /** False spares the fsyncs, for tests. */
  readonly durable: boolean;
}

/** The directory above `layout.home` exists and can be searched by the account. Harmless when two do it at once: the first wins. */
export async function initialiseCluster({ layout, account, binaries, durable }: InitialiseOptions): Promise<void> {
  const dataDir = dirname(layout.home);
  await removeLeftovers(dataDir, basename(layout.home));
  const staging = layOutCluster(dataDir, await mkdtemp(`${layout.home}.new-${process.pid}-`));
  try {
    const passwordForInitdb = join(staging.home, 'password-for-initdb');
    const password = `${randomBytes(24).toString('base64url')}\n`;
    await mkdir(staging.cluster, { mode: 0o700 });
    await writeFile(staging.passwordFile, password, { mode: 0o600, flush: true });
    await writeFile(passwordForInitdb, password, { mode: 0o600 });
    if (account) {
      await chmod(staging.home, 0o711);
      for (const path of [staging.cluster, passwordForInitdb]) await chown(path, account.uid, account.gid);
    }
    const outcome = await runAsAccount(
      binaries.initdb,
      initdbArguments(staging.cluster, passwordForInitdb, durable),
      account,
    );
    if (outcome.exitCode !== 0) throw new PostgresStartFailure('initdb failed', outcome.output);
    await rm(passwordForInitdb);
    await syncDirectory(staging.home);
    await rename(staging.home, layout.home).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
    await syncDirectory(dataDir);
  } finally {
    await rm(staging.home, { recursive: true, force: true });
  }
}

// The builtin C.UTF-8 sorts by code point and knows Unicode's cases, and can't change under the indexes as the system's locales do.
const initdbArguments = (cluster: string, passwordFile: string, durable: boolean): string[] => [
  `--pgdata=${cluster}`,
  `--username=${SUPERUSER}`,
  `--pwfile=${passwordFile}`,
  '--auth=scram-sha-256',
  '--encoding=UTF8',
  '--no-locale',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  ...Object.entries(initialSettings()).map(([name, value]) => `--set=${name}=${value}`),
  ...(durable ? [] : ['--no-sync']),
];

/** What a killed start left; the pid in the name tells whether its maker is still at it. */
async function removeLeftovers(dataDir: string, home: string): Promise<void> {
  for (const entry of await readdir(dataDir)) {
    const maker = entry.startsWith(`${home}.new-`) ? Number(entry.split('-')[1]) : undefined;
    if (maker !== undefined && maker !== process.pid && !isAlive(maker))
      await rm(join(dataDir, entry), { recursive: true, force: true });
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  await directory.sync();
  await directory.close();
}
