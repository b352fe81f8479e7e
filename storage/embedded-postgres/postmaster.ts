// Runs the postmaster in a session of its own, so that a signal to our process group (Ctrl-C, a terminal that closes) doesn't hit it
// and roles can finish their work; where it is hit all the same, that is a normal stop or crash of Postgres.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { ClusterLayout } from './cluster-layout.ts';
import { isPostmaster, signalIfThere } from './cluster-processes.ts';
import type { PostgresAccount } from './postgres-account.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { quoteReason, readLogSince, rotateLog } from './postgres-log.ts';
import { type RunSettings, runSettings } from './postgres-settings.ts';
import { PostgresStartFailure } from './postgres-start-failure.ts';
import { readPostmasterFile } from './postmaster-file.ts';
import { POSTGRES_ENVIRONMENT } from './run-as-account.ts';

const POLL_MS = 20;
const ABORT_MS = 10_000;

export interface Postmaster {
  readonly pid: number;
  readonly port: number;
}

export interface StartPostmasterOptions extends RunSettings {
  readonly layout: ClusterLayout;
  readonly account: PostgresAccount | undefined;
  readonly binaries: PostgresBinaries;
  /** Ends the waiting, and with it this postmaster. */
  readonly signal?: AbortSignal | undefined;
}

/** Resolves when it accepts connections, however long recovery takes. Throws PostgresStartFailure with its log when it exits instead. */
export async function startPostmaster(options: StartPostmasterOptions): Promise<Postmaster> {
  const { layout, account, binaries, signal } = options;
  const logOffset = await rotateLog(layout.logFile);
  const log = await open(layout.logFile, 'a', 0o600);
  const settings = Object.entries(runSettings(options)).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(binaries.postgres, ['-D', layout.cluster, ...settings], {
    ...(account ? { uid: account.uid, gid: account.gid } : {}),
    cwd: '/',
    env: POSTGRES_ENVIRONMENT,
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  try {
    await once(child, 'spawn');
  } finally {
    await log.close();
  }
  // It outlives us on purpose: whoever starts next adopts it.
  child.unref();
  let exited = false;
  child.once('exit', () => {
    exited = true;
  });

  const pid = child.pid ?? 0;
  for (;;) {
    if (signal?.aborted) {
      await stopPostmaster(layout, pid, 'fast', ABORT_MS);
      signal.throwIfAborted();
    }
    if (exited) {
      const says = quoteReason(await readLogSince(layout.logFile, logOffset));
      throw new PostgresStartFailure('The embedded PostgreSQL did not start', says);
    }
    const file = await readPostmasterFile(layout.postmasterFile);
    if (file?.pid === pid && file.status === 'ready') return { pid, port: options.port };
    await delay(POLL_MS);
  }
}

const STOP_SIGNALS = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const;
export type StopMode = keyof typeof STOP_SIGNALS;

/** `fast` disconnects everybody and checkpoints, `immediate` leaves the recovery to the next start. Resolves to whether it was gone in time. */
export async function stopPostmaster(
  layout: ClusterLayout,
  pid: number,
  mode: StopMode,
  timeoutMs: number,
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  for (let signal: NodeJS.Signals | 0 = STOP_SIGNALS[mode]; await isPostmaster(layout, pid); signal = 0) {
    signalIfThere(pid, signal);
    if (performance.now() > deadline) return false;
    await delay(POLL_MS);
  }
  return true;
}
