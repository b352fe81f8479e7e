// Runs one of Postgres's programs to its end, as the account Postgres runs as.
import { spawn } from 'node:child_process';
import type { PostgresAccount } from './postgres-account.ts';

export interface Outcome {
  /** Undefined where the program couldn't be started at all. */
  readonly exitCode: number | undefined;
  /** stdout and stderr as they came, or why it couldn't be started. */
  readonly output: string;
}

// Nothing is inherited: PGDATA, PGPORT or a locale of the caller's would change what Postgres does. TZ is for initdb.
export const POSTGRES_ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
};

/** cwd is `/`, because the account may not search the caller's. */
export function runAsAccount(program: string, args: readonly string[], account?: PostgresAccount): Promise<Outcome> {
  const identity = account ? { uid: account.uid, gid: account.gid } : {};
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      ...identity,
      cwd: '/',
      env: POSTGRES_ENVIRONMENT,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const collect = (chunk: Buffer) => {
      output += chunk.toString();
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', (error) => resolve({ exitCode: undefined, output: error.message }));
    child.on('close', (code) => resolve({ exitCode: code ?? undefined, output: output.trim() }));
  });
}
