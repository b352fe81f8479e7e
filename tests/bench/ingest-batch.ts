// What ingest costs per reading, step by step: framed records straight into the pipeline, over a real embedded Postgres.
// `node tests/bench/ingest-batch.ts --devices 20000 --batch 1000 --readings 300000 --low-percent 1`
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { createIngestCounters } from '../../ingest/ingest-counters.ts';
import { createIngestWorker } from '../../ingest/ingest-worker.ts';
import { createCounters } from '../../runtime/counters.ts';
import { createLog } from '../../runtime/log.ts';
import { openPool } from '../../storage/database.ts';
import { layOutCluster } from '../../storage/embedded-postgres/cluster-layout.ts';
import { createEmbeddedPostgres } from '../../storage/embedded-postgres/embedded-postgres.ts';
import { readPostmasterFile } from '../../storage/embedded-postgres/postmaster-file.ts';
import { settleJournalPartitions } from '../../storage/journal/journal-partitions.ts';
import { createPartitionLeases } from '../../storage/journal/partition-leases.ts';
import { partitionOfPatient } from '../../storage/journal/partition-of.ts';
import { RecordWriter } from '../../storage/journal/record-frame.ts';
import { migrateToLatest } from '../../storage/migrator.ts';
import type { JournalRecord } from '../../storage/ports/journal.ts';
import { createPostgresTimeSeries } from '../../storage/readings/postgres-time-series.ts';
import { createDeviceDirectory } from '../../storage/registry/device-directory.ts';
import { createPatientProfiles } from '../../storage/registry/patient-profiles.ts';
import { createFleet } from './fleet.ts';
import { treeCpuSeconds } from './process-cpu.ts';

const { values } = parseArgs({
  options: {
    devices: { type: 'string', default: '20000' },
    batch: { type: 'string', default: '1000' },
    readings: { type: 'string', default: '300000' },
    'low-percent': { type: 'string', default: '1' },
    'flush-after-s': { type: 'string', default: '30' },
  },
});
const deviceCount = Number(values.devices);
const batchSize = Number(values.batch);
const readingCount = Number(values.readings);
const lowEvery = 100 / Number(values['low-percent']);

interface BenchDevice {
  readonly deviceKey: number;
  readonly topic: Buffer;
  readonly partition: number;
  readonly isLow: boolean;
  lastAt: number;
  seq: number;
}

let feedSeconds = 0;
const dataDir = mkdtempSync(join(tmpdir(), 'pulseward-ingest-bench-'));
const log = createLog({ part: 'bench', level: 'warn' });
const embedded = createEmbeddedPostgres({ dataDir, log, counters: createCounters({ part: 'bench' }), onLost: fail });
const databaseUrl = await embedded.start();
try {
  await migrateToLatest(databaseUrl);
  const pool = openPool(databaseUrl, { max: 10, applicationName: 'ingest bench' });
  try {
    await measure(pool);
  } finally {
    await pool.end();
  }
} finally {
  await embedded.stop();
  rmSync(dataDir, { recursive: true, force: true });
}

async function measure(pool: pg.Pool): Promise<void> {
  const partitions = await settleJournalPartitions(pool);
  const devices = await createDevices(pool, partitions);
  const counters = createCounters({ part: 'bench' });
  const leases = createPartitionLeases({ pool, log });
  await leases.start();
  const changes = { onChange: () => () => undefined };
  const worker = createIngestWorker({
    storage: {
      pool,
      timeSeries: createPostgresTimeSeries({ pool }),
      journal: { append: fail, read: async () => [], heads: fail, trim: async () => undefined, checkDurability: fail },
      jobQueue: { add: async () => undefined, work: fail, ping: fail, close: fail },
      devices: createDeviceDirectory({ pool, changes }),
      profiles: createPatientProfiles({ pool, changes }),
    },
    leases,
    partitions,
    log,
    counters: createIngestCounters(counters),
    flushAfterMs: Number(values['flush-after-s']) * 1000,
  });
  await worker.heldPartitions.sync();
  const postmaster = (await readPostmasterFile(layOutCluster(dataDir).postmasterFile))!.pid;
  const next = createFeed(devices);

  const measureFeed = async (title: string, readings: number, size: number) => {
    const before = {
      cpu: process.cpuUsage(),
      postgres: treeCpuSeconds(postmaster),
      feedSeconds,
      at: performance.now(),
    };
    const stepsBefore = await stepSeconds(counters);
    for (let fed = 0; fed < readings; fed += size) {
      const batch = await worker.consumer.consume(next(size));
      await worker.upkeep.run(Date.now(), batch.now);
    }
    const elapsedSeconds = (performance.now() - before.at) / 1000;
    const cpu = process.cpuUsage(before.cpu);
    const postgresSeconds = treeCpuSeconds(postmaster) - before.postgres;
    const microseconds = (seconds: number) => Number(((seconds * 1e6) / readings).toFixed(2));
    const steps = [...(await stepSeconds(counters))].map(([step, seconds]) => [
      `${step}, elapsed`,
      microseconds(seconds - (stepsBefore.get(step) ?? 0)),
    ]);
    console.log(`\n${title}: ${Math.round(readings / elapsedSeconds)} readings/s, µs per reading`);
    console.table({
      ...Object.fromEntries(steps),
      'ingest, CPU': microseconds((cpu.user + cpu.system) / 1e6 - (feedSeconds - before.feedSeconds)),
      'Postgres, CPU': microseconds(postgresSeconds),
    });
  };
  await measureFeed(`the first reading of each of ${devices.length} patients`, devices.length, 1_000);
  await measureFeed(`batches of ${batchSize}`, readingCount, batchSize);
  await worker.upkeep.finish(Date.now());
  await leases.stop();
}

async function createDevices(pool: pg.Pool, partitions: number): Promise<BenchDevice[]> {
  const organisation = uuidv7();
  await pool.query('insert into teams (team_id, name) values ($1, $2)', [organisation, 'Bench']);
  await createFleet(pool, Math.ceil(deviceCount / 20), organisation);
  const { rows } = await pool.query<{ device_key: number; device_id: string; patient_key: number }>(
    'select device_key, device_id, patient_key from devices join device_bindings using (device_key) order by device_key',
  );
  return rows.map(({ device_key, device_id, patient_key }, index) => ({
    deviceKey: device_key,
    topic: Buffer.from(`v1/devices/${device_id}/readings`),
    partition: partitionOfPatient(patient_key, partitions),
    isLow: index % lowEvery === 0,
    lastAt: 0,
    seq: 0,
  }));
}

/** Single readings of one device after the other, a record a partition. */
function createFeed(devices: readonly BenchDevice[]): (count: number) => JournalRecord[] {
  let turn = 0;
  let seq = 0;
  return (count) => {
    const startedAt = process.cpuUsage();
    const writers = new Map<number, RecordWriter>();
    for (let i = 0; i < count; i++) {
      const device = devices[turn++ % devices.length]!;
      const receivedAt = Date.now();
      device.lastAt = Math.max(receivedAt, device.lastAt + 1);
      // A device's value stands still for the seconds of a run: a step between two of its readings would be a jump.
      const value = device.isLow ? 3.6 : 4.5 + (device.deviceKey % 60) / 10;
      const payload = `{"kind":"cgm","at":${device.lastAt},"value":${value.toFixed(1)},"unit":"mmol/L","seq":${device.seq++}}`;
      const writer = writers.get(device.partition) ?? new RecordWriter();
      writers.set(device.partition, writer);
      writer.add({
        receivedAt,
        deviceKey: device.deviceKey,
        flags: 0,
        topic: device.topic,
        payload: Buffer.from(payload),
      });
    }
    const records = [...writers].map(([partition, writer]) => ({
      partition,
      seq: ++seq,
      messageCount: writer.messageCount,
      bytes: writer.bytes(),
    }));
    const took = process.cpuUsage(startedAt);
    feedSeconds += (took.user + took.system) / 1e6;
    return records;
  };
}

async function stepSeconds(counters: ReturnType<typeof createCounters>): Promise<Map<string, number>> {
  const metric = (await counters.snapshot()).find(({ name }) => name === 'pulseward_ingest_step_seconds_total');
  return new Map(metric?.values.map(({ labels, value }) => [String(labels.step), value]));
}

function fail(): never {
  throw new Error('the bench needs no such thing');
}
