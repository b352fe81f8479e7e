// A database with a few patients and devices, a journal to publish into, and an ingest role on it: what ingest's tests are made of.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { createIngestRole } from '../../ingest/ingest-role.ts';
import { readConfig } from '../../runtime/config.ts';
import { createCounters } from '../../runtime/counters.ts';
import type { FaultPoint } from '../../runtime/fault-point.ts';
import { createLog } from '../../runtime/log.ts';
import { openKysely } from '../../storage/database.ts';
import { settleJournalPartitions } from '../../storage/journal/journal-partitions.ts';
import { partitionOfPatient } from '../../storage/journal/partition-of.ts';
import { createPostgresJournal } from '../../storage/journal/postgres-journal.ts';
import { frameMessages, type NewMessage } from '../../storage/journal/record-frame.ts';
import type { Storage } from '../../storage/open-storage.ts';
import type { Job } from '../../storage/ports/job-queue.ts';
import { createPostgresTimeSeries } from '../../storage/readings/postgres-time-series.ts';
import { createDeviceDirectory } from '../../storage/registry/device-directory.ts';
import { createPatientProfiles } from '../../storage/registry/patient-profiles.ts';
import { createRegistryChanges, recordChange } from '../../storage/registry/registry-changes.ts';
import { until } from '../system/until.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

export interface SceneDevice {
  readonly deviceKey: number;
  readonly deviceId: string;
  readonly patientKey: number | undefined;
}

export interface Publication {
  readonly device: SceneDevice;
  /** A string goes as it is, anything else as JSON. */
  readonly payload: unknown;
  readonly receivedAt?: number;
  readonly flags?: number;
  readonly topic?: 'readings' | 'status';
  /** Another than that of the device's patient, as a broker that has not heard of a binding would choose. */
  readonly partition?: number;
}

export interface PatientOptions {
  readonly timeZone?: string;
  readonly birthDate?: string;
  readonly plan?: object;
  readonly registeredAt?: Date;
}

export interface IngestScene {
  readonly pool: pg.Pool;
  readonly databaseUrl: string;
  /** Jobs that ingest put into the queue. */
  readonly jobs: Job[];
  readonly logLines: string[];
  addPatient(options?: PatientOptions): Promise<number>;
  addDevice(kind: 'cgm' | 'glucometer' | 'bp_monitor', patientKey?: number, model?: string): Promise<SceneDevice>;
  bind(device: SceneDevice, patientKey: number, from: Date | '-infinity', slot?: string): Promise<void>;
  /** Appended as one commit, one record a partition. */
  publish(...publications: Publication[]): Promise<void>;
  start(): Promise<void>;
  /** Drains and flushes; all that run. */
  stop(): Promise<void>;
  /** The one that was started first. */
  stopOne(): Promise<void>;
  /** The role in a process of its own; resolves when it holds partitions. */
  startProcess(): Promise<{ readonly pid: number; end(): Promise<void> }>;
  /** Runs the role in a process of its own until it has killed itself. */
  runUntilCrash(faultPoint: FaultPoint): Promise<void>;
  /** Until everything published is consumed and no day waits to be read again. */
  consumed(): Promise<void>;
  rows<Row extends pg.QueryResultRow>(query: string, values?: unknown[]): Promise<Row[]>;
  destroy(): Promise<void>;
}

export async function createIngestScene(): Promise<IngestScene> {
  const database: TestDatabase = await createTestDatabase();
  const { pool, url: databaseUrl } = database;
  const partitions = await settleJournalPartitions(pool);
  const journal = createPostgresJournal({ pool });
  const jobs: Job[] = [];
  const logLines: string[] = [];
  const running: (() => Promise<void>)[] = [];
  const ended: (() => Promise<void>)[] = [];
  const spawnIngest = (env: Record<string, string>) =>
    spawn(process.execPath, [join(import.meta.dirname, 'ingest.process.ts')], {
      env: { PATH: process.env.PATH, DATABASE_URL: databaseUrl, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });

  const rows: IngestScene['rows'] = async <Row extends pg.QueryResultRow>(query: string, values: unknown[] = []) =>
    (await pool.query<Row>(query, values)).rows;

  const bind: IngestScene['bind'] = async ({ deviceKey }, patientKey, from, slot) => {
    const until = from === '-infinity' ? null : from;
    if (until && !slot)
      await pool.query('update device_bindings set to_at = $2 where device_key = $1 and to_at is null', [
        deviceKey,
        until,
      ]);
    await pool.query(
      `insert into device_bindings (binding_id, device_key, patient_key, slot, from_at)
         values ($1, $2, $3, $4, coalesce($5::timestamptz, to_timestamp(0)))`,
      [uuidv7(), deviceKey, patientKey, slot ?? null, until],
    );
    await recordChange(pool, 'device', deviceKey);
    await recordChange(pool, 'patient', patientKey);
  };

  async function start(): Promise<void> {
    const log = createLog({ part: 'ingest', level: 'debug', write: (line) => logLines.push(line) });
    const { storage, close } = await openSceneStorage(pool, databaseUrl, jobs);
    const role = createIngestRole({
      config: readConfig({ env: { DATABASE_URL: databaseUrl } }),
      storage,
      log,
      counters: createCounters({ part: 'ingest' }),
    });
    await role.start();
    running.push(async () => {
      await role.stop();
      await close();
    });
  }

  async function stop(): Promise<void> {
    for (const end of running.splice(0)) await end();
  }

  return {
    pool,
    databaseUrl,
    jobs,
    logLines,
    rows,
    start,
    stop,
    stopOne: async () => running.shift()?.(),

    async addPatient({ timeZone = 'Asia/Shanghai', birthDate = '1960-01-01', plan, registeredAt } = {}) {
      const [patient] = await rows<{ patient_key: number }>(
        `insert into patients (patient_id, birth_date, sex, time_zone, registered_at) values ($1, $2, 'female', $3, $4) returning patient_key`,
        [uuidv7(), birthDate, timeZone, registeredAt ?? new Date(Date.now() - 90 * DAY_MS)],
      );
      const patientKey = patient!.patient_key;
      if (plan) {
        await pool.query(
          `insert into plans (plan_id, patient_key, plan, from_at) values ($1, $2, $3, now() - interval '30 days')`,
          [uuidv7(), patientKey, JSON.stringify(plan)],
        );
      }
      await recordChange(pool, 'patient', patientKey);
      return patientKey;
    },

    async addDevice(kind, patientKey, model) {
      const deviceId = uuidv7();
      const [device] = await rows<{ device_key: number }>(
        'insert into devices (device_id, kind, model_id) values ($1, $2, $3) returning device_key',
        [deviceId, kind, model ?? null],
      );
      const added = { deviceKey: device!.device_key, deviceId, patientKey };
      if (patientKey !== undefined) await bind(added, patientKey, '-infinity');
      return added;
    },

    bind,

    async publish(...publications) {
      const byPartition = Map.groupBy(
        publications,
        ({ partition, device }) =>
          partition ?? (device.patientKey === undefined ? 0 : partitionOfPatient(device.patientKey, partitions)),
      );
      await journal.append(
        [...byPartition].map(([partition, some]) => ({ partition, ...frameMessages(some.map(toMessage)) })),
      );
    },

    async startProcess() {
      const child = spawnIngest({});
      const exited = once(child, 'exit');
      const end = async () => {
        child.kill('SIGKILL');
        await exited;
      };
      ended.push(end);
      await until('the process holds partitions', 20_000, async () => {
        const [row] = await rows<{ held: number }>('select count(worker_id)::int as held from journal_partitions');
        return row!.held > 0;
      });
      return { pid: child.pid!, end };
    },

    async runUntilCrash(faultPoint) {
      const child = spawnIngest({ PULSEWARD_FAULT_POINT: faultPoint });
      let output = '';
      child.stderr?.on('data', (chunk) => {
        output += chunk;
      });
      const [, signal] = await once(child, 'exit');
      if (signal !== 'SIGKILL') throw new Error(`it was to crash ${faultPoint}, and ended otherwise:\n${output}`);
    },

    consumed: () =>
      until('everything is consumed', 20_000, async () => {
        const [left] = await rows<{ records: number; days: number }>(
          `select (select count(*)::int from journal_records r join journal_partitions p using (partition) where r.seq > p.seq) as records,
             (select count(*)::int from dirty_days where held_mark is distinct from mark) as days`,
        );
        return left?.records === 0 && left.days === 0;
      }).then(() => undefined),

    async destroy() {
      for (const end of ended) await end();
      await stop();
      await database.drop();
    },
  };
}

function toMessage({
  device,
  payload,
  receivedAt = Date.now(),
  flags = 0,
  topic = 'readings',
}: Publication): NewMessage {
  return {
    receivedAt,
    deviceKey: device.deviceKey,
    flags,
    topic: Buffer.from(`v1/devices/${device.deviceId}/${topic}`),
    payload: Buffer.isBuffer(payload)
      ? payload
      : Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)),
  };
}

/** As open-storage.ts does it, but without its check of durability, which a test's Postgres doesn't pass, and without a queue. */
export async function openSceneStorage(
  pool: pg.Pool,
  databaseUrl: string,
  jobs: Job[],
): Promise<{ storage: Storage; close: () => Promise<void> }> {
  const changes = createRegistryChanges({ pool, databaseUrl });
  const devices = createDeviceDirectory({ pool, changes });
  const profiles = createPatientProfiles({ pool, changes });
  const forgets = [devices.follow(), profiles.follow()];
  await changes.start();
  const storage: Storage = {
    databaseUrl,
    pool,
    db: openKysely(pool),
    journal: createPostgresJournal({ pool }),
    timeSeries: createPostgresTimeSeries({ pool }),
    jobQueue: {
      add: async (added) => void jobs.push(...added),
      work: async () => undefined,
      ping: async () => undefined,
      close: async () => undefined,
    },
    changes,
    devices,
    profiles,
    close: async () => undefined,
  };
  const close = async () => {
    for (const forget of forgets) forget();
    await changes.stop();
  };
  return { storage, close };
}
