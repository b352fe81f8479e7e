// `npm start` from configuration to exit: database, preparations, roles, and back down in reverse order.
// Promises: SIGTERM, SIGINT and SIGHUP end it in order with exit code 0 at any moment, a later second one at once.
import { once } from 'node:events';
import { type Config, readConfig } from '../config.ts';
import { type Counters, createCounters } from '../counters.ts';
import { checkDemoMarker } from '../demo-marker.ts';
import { createLog, type Log } from '../log.ts';
import { createTeardownStack } from '../role.ts';
import { STOP_SIGNALS } from '../stop-signals.ts';
import { createStatusServer } from './status-server.ts';
import { createSupervisor } from './supervisor.ts';

/** npm hands on what the terminal has sent to the whole group already, and a terminal that closes may say so twice. */
const SAME_REQUEST_MS = 1_000;

export interface SystemDatabase {
  /** Resolves to the URL that every role gets. */
  start(): Promise<string>;
  /** May be called while starting, and twice, the second time to hurry. */
  stop(mode?: 'fast' | 'immediate'): Promise<void>;
}

export interface SystemSurroundings {
  readonly config: Config;
  readonly log: Log;
  readonly counters: Counters;
}

export interface PreparedSurroundings extends SystemSurroundings {
  readonly config: Config & { readonly databaseUrl: string };
}

export interface SystemParts {
  /** `onLost`: it is gone for good, or somebody else's. */
  readonly createDatabase: (surroundings: SystemSurroundings, onLost: (reason: Error) => void) => SystemDatabase;
  /** What must be in place before a role starts, in this order. */
  readonly preparations: readonly (readonly [
    name: string,
    prepare: (surroundings: PreparedSurroundings) => Promise<void>,
  ])[];
  readonly script: string;
}

/** Resolves to the exit code. Throws what kept it from starting. */
export async function runSystem(
  { createDatabase, preparations, script }: SystemParts,
  argv: readonly string[],
): Promise<number> {
  const given = readConfig({ argv });
  const log = createLog({ part: 'supervisor', level: given.logLevel });
  const counters = createCounters({ part: 'supervisor', processMetrics: true });
  for (const name of given.unknownVariables)
    log.warn({ name }, 'nobody reads this environment variable: is it misspelt?');
  if (given.isPublicUrlGuessed && !given.demo)
    log.warn({ publicUrl: given.publicUrl }, 'links in notifications start with a guess: set PULSEWARD_PUBLIC_URL');
  await checkDemoMarker(given);

  const teardown = createTeardownStack();
  const ending = new AbortController();
  const ended = once(ending.signal, 'abort');
  const hurries: (() => unknown)[] = [];
  let lost: Error | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;
  for (const signal of STOP_SIGNALS) {
    process.on(signal, () => {
      if (performance.now() - askedAt < SAME_REQUEST_MS) return;
      askedAt = performance.now();
      log.info({ signal }, ending.signal.aborted ? 'stopping at once' : 'stopping');
      if (ending.signal.aborted) for (const hurry of hurries) hurry();
      ending.abort();
    });
  }

  async function comeUp(): Promise<void> {
    const database = createDatabase({ config: given, log, counters }, (reason) => {
      lost = reason;
      ending.abort();
    });
    teardown.onStop('database', database.stop);
    hurries.push(() => database.stop('immediate'));
    const startedAt = performance.now();
    const config = { ...given, databaseUrl: await database.start() };
    log.info({ tookMs: Math.round(performance.now() - startedAt) }, 'the database is up');
    for (const [name, prepare] of preparations) {
      ending.signal.throwIfAborted();
      log.debug({ name }, 'preparing');
      await prepare({ config, log, counters });
    }
    ending.signal.throwIfAborted();
    const supervisor = createSupervisor({ config, script, log, counters });
    teardown.onStop('roles', supervisor.stop);
    hurries.push(supervisor.kill);
    const status = createStatusServer({ config, statuses: supervisor.statuses, snapshots: supervisor.snapshots });
    teardown.onStop('status server', status.stop);
    await status.start();
    const addresses = await supervisor.start();
    console.log(`Pulseward is ready: ${addresses.join(' ')}`);
    await ended;
  }

  try {
    await Promise.race([comeUp(), ended]);
    if (lost) throw lost;
    return 0;
  } finally {
    await teardown.unwind();
    log.info('stopped');
  }
}
