// Comes to own a cluster: adopts the postmaster that lives on it or starts one, and takes the lock that says whose it is.
import { setTimeout as delay } from 'node:timers/promises';
import { choosePort } from './choose-port.ts';
import { clearRemnants } from './clear-remnants.ts';
import type { ClusterLayout } from './cluster-layout.ts';
import { isPostmaster } from './cluster-processes.ts';
import { LockHeld, type OwnershipLock, takeOwnershipLock } from './ownership-lock.ts';
import { PostgresStartFailure } from './postgres-start-failure.ts';
import { type Postmaster, startPostmaster, stopPostmaster } from './postmaster.ts';
import { type PostmasterFile, readPostmasterFile } from './postmaster-file.ts';
import type { ClusterAccess } from './prepare-cluster.ts';

const PATIENCE_MS = 30_000;
const SMART_SHUTDOWN_MS = 15_000;
const RETRY_MS = 50;
// What trying again cures: another starter was faster, a dead postmaster's processes aren't gone, the port was taken meanwhile.
const PASSING_STARTS =
  /lock file .* already exists|pre-existing shared memory block|could not create any TCP\/IP sockets/;
// admin_shutdown, crash_shutdown, cannot_connect_now, and the socket's own.
const PASSING_CODES = new Set(['57P01', '57P02', '57P03', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE']);

export interface OwnedCluster {
  readonly postmaster: Postmaster;
  readonly lock: OwnershipLock;
  readonly adopted: boolean;
}

/**
 * With `port` it shall be that one, because others were told of it; else any free one. Waits for a recovery or a shutdown under way.
 * Throws LockHeld when another supervisor owns the cluster, PostgresStartFailure when Postgres refuses to run, AbortError on `signal`.
 */
export async function ownCluster(access: ClusterAccess, signal: AbortSignal, port?: number): Promise<OwnedCluster> {
  let deadline = performance.now() + PATIENCE_MS;
  let failure: unknown = new Error('the embedded PostgreSQL did not become available');
  for (;;) {
    signal.throwIfAborted();
    const running = await findPostmaster(access.layout);
    if (running?.status === 'starting') deadline = performance.now() + PATIENCE_MS;
    else if (running?.status === 'stopping') await outliveShutdown(access, running.pid, signal);
    else if (performance.now() > deadline) throw failure;
    else {
      try {
        const owned = running ? await adopt(access, running, port) : await start(access, signal, port);
        if (owned) return owned;
      } catch (error) {
        if (!isPassing(error)) throw error;
        failure = error;
      }
    }
    await delay(RETRY_MS, undefined, { signal });
  }
}

async function start(access: ClusterAccess, signal: AbortSignal, port?: number): Promise<OwnedCluster> {
  await clearRemnants(access.layout);
  const postmaster = await startPostmaster({ ...access, port: port ?? (await choosePort()), signal });
  try {
    return { postmaster, lock: await takeOwnershipLock(access.superuserUrl(postmaster.port)), adopted: false };
  } catch (error) {
    // Unless it is another's by now, nobody would stop it.
    if (!(error instanceof LockHeld)) await stopPostmaster(access.layout, postmaster.pid, 'fast', SMART_SHUTDOWN_MS);
    throw error;
  }
}

/** Undefined where it had to be stopped first, because it listens on another port than the one that was asked for. */
async function adopt(access: ClusterAccess, running: PostmasterFile, port?: number): Promise<OwnedCluster | undefined> {
  if (running.port === undefined) return undefined;
  const lock = await takeOwnershipLock(access.superuserUrl(running.port));
  if (port === undefined || port === running.port) {
    access.log.info({ postmasterPid: running.pid }, 'adopted the embedded PostgreSQL that was still running');
    return { postmaster: { pid: running.pid, port: running.port }, lock, adopted: true };
  }
  await stopPostmaster(access.layout, running.pid, 'fast', SMART_SHUTDOWN_MS);
  await lock.release();
  return undefined;
}

async function findPostmaster(layout: ClusterLayout): Promise<PostmasterFile | undefined> {
  const file = await readPostmasterFile(layout.postmasterFile);
  return file && (await isPostmaster(layout, file.pid)) ? file : undefined;
}

/** A shutdown that waits for clients to leave by themselves may wait for ever; ours are gone or going. */
async function outliveShutdown({ layout, log }: ClusterAccess, pid: number, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + SMART_SHUTDOWN_MS;
  while (performance.now() < deadline) {
    if (!(await isPostmaster(layout, pid))) return;
    await delay(RETRY_MS, undefined, { signal });
  }
  log.warn({ postmasterPid: pid }, 'the embedded PostgreSQL is still shutting down: disconnecting its clients');
  await stopPostmaster(layout, pid, 'fast', SMART_SHUTDOWN_MS);
}

function isPassing(error: unknown): boolean {
  if (error instanceof LockHeld) return false;
  if (error instanceof PostgresStartFailure) return PASSING_STARTS.test(error.postgresSays);
  return error instanceof Error && 'code' in error && PASSING_CODES.has(String(error.code));
}
