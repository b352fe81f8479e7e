// Stands before everything that is asked of InfluxDB until it is known to be the one with this installation's readings, set up so that
// it keeps them. Promise: what is wrong ends a start, and later keeps everybody waiting, said once as ERROR; no reading is refused for it.
import type { Pool } from 'pg';
import { ConfigurationError, TemporaryFailure } from '../../runtime/errors.ts';
import type { Log } from '../../runtime/log.ts';
import { inTransaction } from '../in-transaction.ts';
import { type InfluxBucket, provideBucket } from './influx-bucket.ts';
import { type InfluxConnection, InfluxRefusal } from './influx-connection.ts';
import { provideHourly } from './influx-hourly.ts';
import { LAST_INSTANT_MS } from './influx-points.ts';
import { checkProgress } from './influx-progress.ts';
import { type RunStatements, readAnswer } from './influx-query.ts';
import { checkInflux } from './influx-safety.ts';
import { againstPostgres } from './postgres-failure.ts';
import { settleOnInflux } from './readings-engine.ts';

/** Any number that is the same in every process. */
const LOCK_KEY = 1_717_002;
const QUERY_TIMEOUT_MS = 30_000;
/** A write waits for it. */
const LOOK_WITHIN_MS = 2_500;

export interface InfluxGuard {
  /** For a start: throws ConfigurationError for what only a person can mend, and TemporaryFailure. */
  checkSettings(): Promise<void>;
  /** Costs nothing once it has let somebody through. Throws TemporaryFailure `readings_unavailable`, `readings_unsafe`. */
  pass(): Promise<void>;
  /** InfluxQL on the bucket. `endsAt`: performance.now(). Throws TemporaryFailure. */
  query(statements: string, endsAt?: number): Promise<string>;
  /** Runs what writes or deletes. That bucket or token have gone passes when somebody brings them back: then it is looked at again. */
  watch<T>(work: () => Promise<T>): Promise<T>;
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
  let bucket: InfluxBucket | undefined;
  let checking: Promise<void> | undefined;
  let lastTrouble: string | undefined;
  /** Until it has been seen that the bucket has all that it had: at the start, and after InfluxDB was away. */
  let mayBeOlder = true;
  let looking: Promise<void> | undefined;

  async function ask(found: InfluxBucket, statements: string, endsAt = performance.now() + QUERY_TIMEOUT_MS) {
    const { database, retentionPolicy } = found;
    const params = new URLSearchParams({ db: database, rp: retentionPolicy, epoch: 'ms' });
    const headers = { 'content-type': 'application/vnd.influxql', accept: 'application/json' };
    return influx.ask({ method: 'POST', path: `/query?${params}`, body: statements, headers, endsAt });
  }

  /** One process at a time: buckets, tasks and marks are made once. */
  async function check(): Promise<void> {
    await againstPostgres(() =>
      inTransaction(pool, async (tx) => {
        await tx.query('select pg_advisory_xact_lock($1)', [LOCK_KEY]);
        const found = await provideBucket(influx);
        const run: RunStatements = (statements) => ask(found, statements);
        await checkInflux(influx, found, run, log);
        const { bucket: name } = influx.settings;
        const { bucketId } = found;
        await settleOnInflux(tx, {
          bucketId,
          name,
          readMark: () => readMark(run),
          writeMark: (id) => writeMark(influx, id),
        });
        await makeHourly(found);
        bucket = found;
      }),
    );
  }

  async function look(found: InfluxBucket): Promise<void> {
    mayBeOlder = false;
    try {
      const endsAt = performance.now() + LOOK_WITHIN_MS;
      await checkProgress(pool, (statements) => ask(found, statements, endsAt), influx.settings.bucket);
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

  async function checkSettings(): Promise<void> {
    if (bucket === undefined) {
      checking ??= check().finally(() => {
        checking = undefined;
      });
      await checking;
    }
    if (mayBeOlder && bucket !== undefined)
      looking ??= look(bucket).finally(() => {
        looking = undefined;
      });
    await looking;
  }

  async function pass(): Promise<void> {
    try {
      await checkSettings();
      if (lastTrouble !== undefined) log.info('InfluxDB is as it should be');
      lastTrouble = undefined;
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      report(error);
      throw new TemporaryFailure('readings_unsafe', error.message, { cause: error });
    }
  }

  async function watch<T>(work: () => Promise<T>): Promise<T> {
    await pass();
    try {
      return await work();
    } catch (error) {
      // It may come back as another one.
      if (error instanceof TemporaryFailure && error.code === 'readings_unavailable') mayBeOlder = true;
      if (!(error instanceof InfluxRefusal && OF_THE_SETTINGS.has(error.status))) throw error;
      bucket = undefined;
      throw new TemporaryFailure('readings_unavailable', error.message, { cause: error });
    }
  }

  return {
    checkSettings,
    pass,
    watch,
    query: (statements, endsAt) => watch(() => ask(bucket!, statements, endsAt)),
  };
}

const MARK = { measurement: 'pulseward', field: 'installation' };

interface MarkAnswer {
  readonly results?: readonly {
    readonly series?: readonly { readonly values: readonly (readonly [number, string])[] }[];
  }[];
}

async function readMark(run: RunStatements): Promise<string | undefined> {
  const always = `time >= -${LAST_INSTANT_MS}ms and time < ${LAST_INSTANT_MS}ms`;
  const answer = readAnswer(
    await run(`select last(${MARK.field}) from ${MARK.measurement} where ${always}`),
  ) as MarkAnswer;
  return answer.results?.[0]?.series?.[0]?.values[0]?.[1];
}

async function writeMark(influx: InfluxConnection, id: string): Promise<void> {
  const { org, bucket } = influx.settings;
  const path = `/api/v2/write?org=${encodeURIComponent(org)}&bucket=${encodeURIComponent(bucket)}`;
  await influx.ask({ method: 'POST', path, body: `${MARK.measurement} ${MARK.field}="${id}"` });
}
