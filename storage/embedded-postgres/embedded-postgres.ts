// The PostgreSQL that Pulseward brings along, for installations without DATABASE_URL. Owned by one supervisor for its whole life.
// Promises: recovers by itself from a kill -9 of anything, comes back on the same port, never runs under two owners.
import { setTimeout as delay } from 'node:timers/promises';
import type { Counters } from '../../runtime/counters.ts';
import type { Log } from '../../runtime/log.ts';
import { APPLICATION_DATABASE, APPLICATION_ROLE, ensureApplicationDatabase } from './application-database.ts';
import { isPostmaster, signalIfThere } from './cluster-processes.ts';
import { type OwnedCluster, ownCluster } from './own-cluster.ts';
import { LockHeld } from './ownership-lock.ts';
import { DataDirectoryInUse } from './postgres-start-failure.ts';
import { type StopMode, stopPostmaster } from './postmaster.ts';
import { readPostmasterFile } from './postmaster-file.ts';
import { type ClusterAccess, prepareCluster } from './prepare-cluster.ts';

const FAST_STOP_MS = 20_000;
const IMMEDIATE_STOP_MS = 5_000;
const STATUS_POLL_MS = 1_000;

export interface EmbeddedPostgresOptions {
  readonly dataDir: string;
  readonly log: Log;
  readonly counters: Counters;
  /** Ownership was lost to somebody else, or Postgres died and doesn't come back: stop everything, its data is not ours any more. */
  readonly onLost: (reason: Error) => void;
}

export interface EmbeddedPostgres {
  /**
   * Resolves to the URL of the application's database, which stays the same until `stop`. Throws DataDirectoryInUse,
   * PostgresStartFailure with Postgres's own words, or ConfigurationError.
   */
  start(): Promise<string>;
  /** Also while starting; may be called twice, the second time to hurry with `immediate`. */
  stop(mode?: StopMode): Promise<void>;
}

export function createEmbeddedPostgres({ dataDir, log, counters, onLost }: EmbeddedPostgresOptions): EmbeddedPostgres {
  const restarts = counters.counter(
    'pulseward_postgres_restarts_total',
    'Times the embedded PostgreSQL was lost and regained.',
  );
  const stopping = new AbortController();
  /** What is owned or about to be; replaced whenever it was lost. */
  let owning: Promise<OwnedCluster> | undefined;
  /** The last that was owned, until it is known to be somebody else's. */
  let last: OwnedCluster | undefined;
  let access: ClusterAccess | undefined;
  let keeping: Promise<void> | undefined;

  async function own(cluster: ClusterAccess, port?: number): Promise<OwnedCluster> {
    try {
      last = await ownCluster(cluster, stopping.signal, port);
      return last;
    } catch (error) {
      if (!stopping.signal.aborted) last = undefined;
      if (!(error instanceof LockHeld)) throw error;
      const file = await readPostmasterFile(cluster.layout.postmasterFile);
      throw new DataDirectoryInUse(dataDir, error.holderPid, applicationUrl(cluster.password, file?.port ?? 0));
    }
  }

  /** The lock's connection ends when Postgres dies, when a backend crashes, when somebody ends it: each time own it again, or say so. */
  async function keepOwning(cluster: ClusterAccess, first: OwnedCluster): Promise<void> {
    const { port } = first.postmaster;
    for (let current = first; ; ) {
      await lockLost(cluster, current);
      if (stopping.signal.aborted) return;
      log.warn(
        { postmasterPid: current.postmaster.pid },
        'lost the connection to the embedded PostgreSQL: regaining it',
      );
      try {
        owning = own(cluster, port);
        current = await owning;
      } catch (error) {
        if (!stopping.signal.aborted) onLost(error instanceof Error ? error : new Error(String(error)));
        return;
      }
      restarts.inc();
      log.info({ postmasterPid: current.postmaster.pid, adopted: current.adopted }, 'the embedded PostgreSQL is back');
    }
  }

  async function lockLost({ layout }: ClusterAccess, { lock }: OwnedCluster): Promise<void> {
    const isLost = lock.ended.then(() => true);
    while (!(await Promise.race([isLost, delay(STATUS_POLL_MS, false, { ref: false })]))) {
      const file = await readPostmasterFile(layout.postmasterFile);
      // Somebody sent SIGTERM to Postgres alone: it lets nobody in and waits for us to leave. Let it be quick.
      if (file?.status === 'stopping' && !stopping.signal.aborted) signalIfThere(file.pid, 'SIGINT');
    }
  }

  async function start(): Promise<string> {
    access = await prepareCluster(dataDir, log);
    owning = own(access);
    const owned = await owning;
    try {
      await ensureApplicationDatabase(owned.lock.client, access.password);
    } catch (error) {
      await stop();
      throw error;
    }
    keeping = keepOwning(access, owned);
    return applicationUrl(access.password, owned.postmaster.port);
  }

  async function stop(mode: StopMode = 'fast'): Promise<void> {
    stopping.abort();
    // Where it was just being regained: what is left of the last one is still ours to stop.
    await owning?.catch(() => undefined);
    if (!access || !last) return;
    const { layout } = access;
    const { postmaster, lock } = last;
    const { pid } = postmaster;
    const isGone =
      (await stopPostmaster(layout, pid, mode, mode === 'fast' ? FAST_STOP_MS : IMMEDIATE_STOP_MS)) ||
      (await stopPostmaster(layout, pid, 'immediate', IMMEDIATE_STOP_MS));
    if (!isGone && (await isPostmaster(layout, pid))) signalIfThere(pid, 'SIGKILL');
    await lock.release();
    await keeping;
  }

  return { start, stop };
}

const applicationUrl = (password: string, port: number) =>
  `postgres://${APPLICATION_ROLE}:${password}@127.0.0.1:${port}/${APPLICATION_DATABASE}`;
