// Whom Postgres runs as. It refuses to run as root, so root lends it an account of its own; anyone else runs it as themselves.
import { stat } from 'node:fs/promises';
import { ConfigurationError } from '../../runtime/errors.ts';
import { runAsAccount } from './run-as-account.ts';

export interface PostgresAccount {
  readonly uid: number;
  readonly gid: number;
}

export const ACCOUNT_NAME = 'pulseward';

// Without home, shell or password. useradd is in every Debian and Red Hat family, the second form where only Debian's adduser is.
const WAYS_TO_CREATE: readonly (readonly [string, ...string[]])[] = [
  [
    'useradd',
    '--system',
    '--user-group',
    '--no-create-home',
    '--home-dir=/nonexistent',
    '--shell=/usr/sbin/nologin',
    ACCOUNT_NAME,
  ],
  [
    'adduser',
    '--system',
    '--group',
    '--no-create-home',
    '--home',
    '/nonexistent',
    '--shell',
    '/usr/sbin/nologin',
    ACCOUNT_NAME,
  ],
];

/** Undefined = as the present user. A cluster that exists keeps its owner, so that what a user made also starts as root. */
export async function resolvePostgresAccount(cluster: string): Promise<PostgresAccount | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const owner = await stat(cluster).catch(() => undefined);
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  return (await findAccount()) ?? (await createAccount());
}

async function findAccount(): Promise<PostgresAccount | undefined> {
  const [uid, gid] = await Promise.all([
    runAsAccount('id', ['-u', ACCOUNT_NAME]),
    runAsAccount('id', ['-g', ACCOUNT_NAME]),
  ]);
  if (uid.exitCode !== 0 || gid.exitCode !== 0) return undefined;
  return { uid: Number(uid.output), gid: Number(gid.output) };
}

async function createAccount(): Promise<PostgresAccount> {
  const outputs: string[] = [];
  for (const [program, ...args] of WAYS_TO_CREATE) {
    const outcome = await runAsAccount(program, args);
    outputs.push(`${program}: ${outcome.output}`);
    // Looked up whatever the outcome was: another starter may have been faster.
    const account = await findAccount();
    if (account) return account;
  }
  throw new ConfigurationError([
    {
      name: `the system account "${ACCOUNT_NAME}"`,
      given: `root, which PostgreSQL refuses to run as, and the account can't be created (${outputs.join('; ')})`,
      allowed: 'a system where the account exists or root may create it, or a start as a normal user, or DATABASE_URL',
    },
  ]);
}
