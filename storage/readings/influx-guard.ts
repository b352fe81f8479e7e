// Stands before everything that is asked of InfluxDB until it is known to be the one with this installation's readings, set up so that
// it keeps them. Promise: what is wrong ends a start, and later keeps everybody waiting, said once as ERROR; no reading is refused for it.
import type { Pool } from 'pg';
import { ConfigurationError, TemporaryFailure } from '../../runtime/errors.ts';
import type { Log } from '../../runtime/log.ts';
import { inTransaction } from '../in-transaction.ts';
import { type InfluxBucket, provideBucket, readKeepsSeconds, refusalsNamed } from './influx-bucket.ts';
import { type InfluxConnection, InfluxRefusal } from './influx-connection.ts';
import { provideHourly } from './influx-hourly.ts';
import { readMark, writeMark } from './influx-mark.ts';
import { checkProgress } from './influx-progress.ts';
import { askInfluxQl, type RunStatements } from './influx-query.ts';
import { checkInflux, warnOfForgetting } from './influx-safety.ts';
import { againstPostgres } from './postgres-failure.ts';
import { settleOnInflux } from './readings-engine.ts';

/** Any number that is the same in every process. */
const LOCK_KEY = 1_717_002;
/** A write waits for it. */
const LOOK_WITHIN_MS = 2_500;

/** The bucket with this installation's readings. */
export interface OwnBucket extends InfluxBucket {
  /** The id that stands in it. */
  readonly installation: string;
}

export interface InfluxGuard {
  /** For a start: throws ConfigurationError for what only a person can mend, and TemporaryFailure. */
  checkSettings(): Promise<void>;
  /** Costs nothing once it has let somebody through. Throws TemporaryFailure `readings_unavailable`, `readings_unsafe`. */
  pass(): Promise<OwnBucket>;
  /** InfluxQL on the bucket. `endsAt`: performance.now(). Throws TemporaryFailure. */
  query(statements: string, endsAt?: number): Promise<string>;
  /** Runs what writes or deletes. That bucket or token have gone passes when somebody brings them back: then it is looked at again. */
  watch<T>(work: (bucket: OwnBucket) => Promise<T>): Promise<T>;
  /** Everything is looked at again before somebody is let through. */
  doubt(): void;
  /** How long the bucket keeps a point, as it was when somebody asked last. 0: for ever, or nobody has asked. */
  keepsSeconds(): number;
  /** Asks for it: it may be changed at any time. `endsAt`: performance.now(). Throws TemporaryFailure. */
  readRetention(endsAt: number): Promise<void>;
}

export interface InfluxGuardDeps {
  readonly influx: InfluxConnection;
  /** Of the database with the registry. */
  readonly pool: Pool;
  readonly log: Log;
}

/** Unauthorised, forbidden, no such bucket. */
const OF_THE_SETTINGS = new Set([401, 403, 404]);

export function createInfluxGuard({ influx, pool, log }: InfluxGuardDeps): InfluxGuard {
  let bucket: OwnBucket | undefined;
  let checking: Promise<OwnBucket> | undefined;
  let lastTrouble: string | undefined;
  /** Until it has been seen that the bucket has all that it had: at the start, and after InfluxDB was away. */
  let mayBeOlder = true;
  let looking: Promise<void> | undefined;
  let keepsSeconds = 0;

  /** One process at a time: buckets, tasks and marks are made once. */
  const check = (): Promise<OwnBucket> =>
    againstPostgres(() =>
      inTransaction(pool, async (tx) => {
        await tx.query('select pg_advisory_xact_lock($1)', [LOCK_KEY]);
        const found = await provideBucket(influx);
        const run: RunStatements = (statements) => askInfluxQl(influx, found, statements);
        const installation = await refusalsNamed(influx, async () => {
          await checkInflux(influx, found, run, log);
          return settleOnInflux(tx, {
            bucketId: found.bucketId,
            name: influx.settings.bucket,
            readMark: async () => (await readMark(run)).installation,
            writeMark: (id) => writeMark(influx, { installation: id, progress: undefined }, Date.now()),
          });
        });
        await makeHourly(found);
        bucket = { ...found, installation };
        keepsSeconds = found.keepsSeconds;
        return bucket;
      }),
    );

  async function look(found: OwnBucket): Promise<void> {
    mayBeOlder = false;
    try {
      await refusalsPassing(() => checkProgress(pool, influx, found, performance.now() + LOOK_WITHIN_MS));
    } catch (error) {
      mayBeOlder = true;
      if (error instanceof TemporaryFailure && error.code === 'readings_unsafe') report(error);
      throw error;
    }
  }

  /** What only a person can mend is said once. */
  function report({ message }: Error): void {
    if (lastTrouble !== message) log.error({ code: 'readings_unsafe' }, message);
    lastTrouble = message;
  }

  /** Nobody's treatment hangs on it, and a token may be kept from tasks on purpose. */
  async function makeHourly(found: InfluxBucket): Promise<void> {
    try {
      await provideHourly(influx, found);
    } catch (err) {
      log.warn({ err }, 'the hourly counts could not be set up: that takes a token that may make buckets and tasks');
    }
  }

  async function findBucket(): Promise<OwnBucket> {
    // Held from here on: a request that is refused meanwhile forgets it for those to come.
    let found = bucket;
    if (found === undefined) {
      checking ??= check().finally(() => {
        checking = undefined;
      });
      found = await checking;
    }
    if (mayBeOlder)
      looking ??= look(found).finally(() => {
        looking = undefined;
      });
    await looking;
    return found;
  }

  async function pass(): Promise<OwnBucket> {
    try {
      const found = await findBucket();
      if (lastTrouble !== undefined) log.info('InfluxDB is as it should be');
      lastTrouble = undefined;
      return found;
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      report(error);
      throw new TemporaryFailure('readings_unsafe', error.message, { cause: error });
    }
  }

  function doubt(): void {
    bucket = undefined;
    mayBeOlder = true;
  }

  async function refusalsPassing<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof InfluxRefusal && OF_THE_SETTINGS.has(error.status))) throw error;
      bucket = undefined;
      throw new TemporaryFailure('readings_unavailable', error.message, { cause: error });
    }
  }

  async function watch<T>(work: (bucket: OwnBucket) => Promise<T>): Promise<T> {
    const found = await pass();
    try {
      return await refusalsPassing(() => work(found));
    } catch (error) {
      // It may come back as another one.
      if (error instanceof TemporaryFailure && error.code === 'readings_unavailable') mayBeOlder = true;
      throw error;
    }
  }

  return {
    checkSettings: async () => void (await findBucket()),
    pass,
    watch,
    query: (statements, endsAt) => watch((found) => askInfluxQl(influx, found, statements, endsAt)),
    doubt,
    keepsSeconds: () => keepsSeconds,
    async readRetention(endsAt) {
      const before = keepsSeconds;
      keepsSeconds = await watch(({ bucketId }) => readKeepsSeconds(influx, bucketId, endsAt));
      if (keepsSeconds !== before) warnOfForgetting(influx, keepsSeconds, log);
    },
  };
}
