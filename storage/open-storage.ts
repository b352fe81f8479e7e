// The only place that chooses an engine: the URLs in the configuration decide, and no role learns which adapter it got.
// Promise: what was opened is closed in reverse order, also when a later part fails to open.
import type { Kysely } from 'kysely';
import type { Pool } from 'pg';
import type { Config } from '../runtime/config.ts';
import type { Counters } from '../runtime/counters.ts';
import { TemporaryFailure } from '../runtime/errors.ts';
import type { Log } from '../runtime/log.ts';
import { createTeardownStack, type RoleName } from '../runtime/role.ts';
import { openKysely, openPool } from './database.ts';
import type { Database } from './database-schema.ts';
import { createBullmqJobQueue } from './job-queue/bullmq-job-queue.ts';
import { createPostgresQueueBackend } from './job-queue/postgres-queue-backend.ts';
import { createRedisQueueBackend } from './job-queue/redis-queue-backend.ts';
import { refuseToLeaveRedis } from './journal/journal-engine.ts';
import { createPostgresJournal } from './journal/postgres-journal.ts';
import { createRedisJournal } from './journal/redis-journal.ts';
import type { JobQueue } from './ports/job-queue.ts';
import type { Journal } from './ports/journal.ts';
import type { TimeSeries } from './ports/time-series.ts';
import type { InfluxSettings } from './readings/influx-connection.ts';
import type { InfluxTimeSeries } from './readings/influx-time-series.ts';
import { createPostgresTimeSeries } from './readings/postgres-time-series.ts';
import { refuseToLeaveInflux } from './readings/readings-engine.ts';
import { openRedis, type RedisConnection } from './redis-connection.ts';
import { createDeviceDirectory, type DeviceDirectory } from './registry/device-directory.ts';
import { createPatientProfiles, type PatientProfiles } from './registry/patient-profiles.ts';
import { createRegistryChanges, type RegistryChanges } from './registry/registry-changes.ts';

export interface Storage {
  /** For connections of one's own (LISTEN, BullMQ). */
  readonly databaseUrl: string;
  readonly pool: Pool;
  readonly db: Kysely<Database>;
  readonly journal: Journal;
  readonly timeSeries: TimeSeries;
  readonly jobQueue: JobQueue;
  /** Where journal and queue are on Redis. */
  readonly redis?: Pick<RedisConnection, 'ping'> | undefined;
  /** Where readings are in InfluxDB. */
  readonly influx?: Pick<InfluxTimeSeries, 'ping'> | undefined;
  readonly changes: RegistryChanges;
  readonly devices: DeviceDirectory;
  readonly profiles: PatientProfiles;
  close(): Promise<void>;
}

export interface OpenStorageOptions {
  readonly config: Config;
  readonly log: Log;
  readonly counters: Counters;
  /** Which role it is for: it names the connections. */
  readonly part: RoleName;
}

/** Connections of one role's pool: four roles and BullMQ's own stay well below Postgres's limit of 100. */
const POOL_SIZE = 10;

/** The others start, and go on, without them. */
const NEEDS_READINGS: ReadonlySet<RoleName> = new Set(['ingest', 'dashboards']);
const NEEDS_JOURNAL: ReadonlySet<RoleName> = new Set(['broker', 'ingest']);

/** Throws ConfigurationError where an engine is set up so that it would lose data. */
export async function openStorage({ config, log, counters, part }: OpenStorageOptions): Promise<Storage> {
  const { databaseUrl, redisUrl } = config;
  if (databaseUrl === undefined) throw new Error('a role process has its DATABASE_URL from the supervisor');
  const teardown = createTeardownStack();
  try {
    const pool = openPool(databaseUrl, { max: POOL_SIZE, applicationName: `pulseward ${part}`, log });
    teardown.onStop('pool', () => pool.end());

    const redis = redisUrl === undefined ? undefined : openRedis(redisUrl, { name: `pulseward ${part}`, log });
    teardown.onStop('redis', () => redis?.close());
    if (!redis) await refuseToLeaveRedis(pool);
    const journal = redis ? createRedisJournal({ redis, pool, log }) : createPostgresJournal({ pool });
    await checkJournal(journal, part, log);

    const influx = config.influx && (await openInfluxTimeSeries(config.influx, pool, log));
    teardown.onStop('influxdb', () => influx?.close());
    if (!influx) await refuseToLeaveInflux(pool);
    else if (NEEDS_READINGS.has(part)) await checkReadings(influx, log);

    const name = `pulseward ${part} queue`;
    const jobQueue =
      redisUrl === undefined
        ? createBullmqJobQueue({
            backend: createPostgresQueueBackend({ databaseUrl, applicationName: name, log }),
            log,
            counters,
          })
        : createBullmqJobQueue({ backend: createRedisQueueBackend({ redisUrl, name, log }), log, counters });
    teardown.onStop('job queue', () => jobQueue.close());

    const changes = createRegistryChanges({ pool, databaseUrl, log });
    const devices = createDeviceDirectory({ pool, changes });
    const profiles = createPatientProfiles({ pool, changes });
    teardown.onStop('device directory', devices.follow());
    teardown.onStop('patient profiles', profiles.follow());
    await changes.start();
    teardown.onStop('registry changes', () => changes.stop());

    return {
      databaseUrl,
      pool,
      db: openKysely(pool),
      journal,
      timeSeries: influx ?? createPostgresTimeSeries({ pool }),
      jobQueue,
      redis,
      influx,
      changes,
      devices,
      profiles,
      close: () => teardown.unwind(),
    };
  } catch (failure) {
    await teardown.unwind();
    throw failure;
  }
}

/** Its client takes 30 ms to load, which the embedded deployment is spared. */
async function openInfluxTimeSeries(settings: InfluxSettings, pool: Pool, log: Log): Promise<InfluxTimeSeries> {
  const { openInflux } = await import('./readings/influx-connection.ts');
  const { createInfluxTimeSeries } = await import('./readings/influx-time-series.ts');
  return createInfluxTimeSeries({ influx: openInflux(settings), pool, log });
}

/** Alerts go out and are looked at without a journal; whoever asks something of it looks at it again before. */
async function checkJournal(journal: Journal, part: RoleName, log: Log): Promise<void> {
  try {
    await journal.checkDurability();
  } catch (err) {
    if (!(err instanceof TemporaryFailure) || NEEDS_JOURNAL.has(part)) throw err;
    log.warn({ err }, 'started without the journal');
  }
}

/** While InfluxDB is away everything else goes on; it is looked at again before the first reading is asked of it. */
async function checkReadings(timeSeries: InfluxTimeSeries, log: Log): Promise<void> {
  try {
    await timeSeries.checkSettings();
  } catch (err) {
    if (!(err instanceof TemporaryFailure)) throw err;
    log.warn({ err }, 'started without InfluxDB: readings wait in the journal');
  }
}
