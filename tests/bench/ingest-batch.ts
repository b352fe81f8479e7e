// What ingest costs per reading, step by step: framed records straight into the pipeline, over a real embedded Postgres.
// `node tests/bench/ingest-batch.ts --devices 20000 --batch 1000 --readings 300000 --low-percent 1`; `npm run bench -- --only rules` runs it
// with two days of each patient behind them, with the rules and `--without-rules`, and asks for one line of JSON.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { Rule } from '../../domain/rules/rule.ts';
import { RULE_CATALOGUE } from '../../domain/rules/rule-catalogue.ts';
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
import type { StoredReading, TimeSeries } from '../../storage/ports/time-series.ts';
import { createPostgresTimeSeries } from '../../storage/readings/postgres-time-series.ts';
import { createDeviceDirectory } from '../../storage/registry/device-directory.ts';
import {
  createPatientProfiles,
  type PatientEntry,
  type PatientProfiles,
} from '../../storage/registry/patient-profiles.ts';
import { createFleet } from './fleet.ts';
import { treeCpuSeconds } from './process-cpu.ts';

const { values } = parseArgs({
  options: {
    devices: { type: 'string', default: '20000' },
    batch: { type: 'string', default: '1000' },
    readings: { type: 'string', default: '300000' },
    'low-percent': { type: 'string', default: '1' },
    'flush-after-s': { type: 'string', default: '30' },
    'history-hours': { type: 'string', default: '0' },
    'without-rules': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const deviceCount = Number(values.devices);
const batchSize = Number(values.batch);
const readingCount = Number(values.readings);
const lowEvery = 100 / Number(values['low-percent']);
const historyMs = Number(values['history-hours']) * 3_600_000;
const CADENCE_MS = 5 * 60_000;
const SWING_MS = 6 * 3_600_000;

/** What `--json` prints. */
export interface BatchFigures {
  readonly readingsPerSecond: number;
  /** Of all rules, a reading: the median and the 99th percentile of batches. */
  readonly evaluateP50Us: number;
  readonly evaluateP99Us: number;
  readonly ingestCpuUs: number;
  readonly postgresCpuUs: number;
}

interface BenchDevice {
  readonly deviceKey: number;
  readonly topic: Buffer;
  readonly partition: number;
  readonly isLow: boolean;
  lastAt: number;
  seq: number;
}

/** What nobody's rules are, to see what they cost. */
const SILENT_RULES: readonly Rule[] = RULE_CATALOGUE.map((rule) => ({
  ...rule,
  mayStart: () => false,
  evaluate: () => ({ verdict: 'clear', episodes: [], explanation: { reason: 'silent', thresholds: rule.thresholds } }),
}));

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
  const counters = createIngestCounters(createCounters({ part: 'bench' }));
  const steps = watchSteps(counters);
  const timeSeries = createPostgresTimeSeries({ pool });
  if (historyMs > 0) await writeHistory(devices, timeSeries);
  const leases = createPartitionLeases({ pool, log });
  await leases.start();
  const changes = { onChange: () => () => undefined };
  const worker = createIngestWorker({
    storage: {
      pool,
      timeSeries,
      journal: { append: fail, read: async () => [], heads: fail, trim: async () => undefined, checkDurability: fail },
      jobQueue: { add: async () => undefined, work: fail, ping: fail, close: fail },
      devices: createDeviceDirectory({ pool, changes }),
      profiles: values['without-rules']
        ? withoutRules(createPatientProfiles({ pool, changes }))
        : createPatientProfiles({ pool, changes }),
    },
    leases,
    partitions,
    log,
    counters,
    flushAfterMs: Number(values['flush-after-s']) * 1000,
  });
  await worker.heldPartitions.sync();
  const postmaster = (await readPostmasterFile(layOutCluster(dataDir).postmasterFile))!.pid;
  const next = createFeed(devices);

  const measureFeed = async (title: string, readings: number, size: number): Promise<BatchFigures> => {
    const before = {
      cpu: process.cpuUsage(),
      postgres: treeCpuSeconds(postmaster),
      feedSeconds,
      at: performance.now(),
    };
    steps.clear();
    for (let fed = 0; fed < readings; fed += size) {
      const batch = await worker.consumer.consume(next(size));
      await worker.upkeep.run(Date.now(), batch.now);
    }
    const elapsedSeconds = (performance.now() - before.at) / 1000;
    const cpu = process.cpuUsage(before.cpu);
    const postgresSeconds = treeCpuSeconds(postmaster) - before.postgres;
    const microseconds = (seconds: number) => Number(((seconds * 1e6) / readings).toFixed(2));
    const elapsed = [...steps].map(([step, seconds]) => [
      `${step}, elapsed`,
      microseconds(seconds.reduce((sum, each) => sum + each, 0)),
    ]);
    const evaluating = [...(steps.get('evaluate') ?? [])].sort((a, b) => a - b);
    const evaluateUs = (percent: number) =>
      Number((((evaluating[Math.floor((evaluating.length * percent) / 100)] ?? 0) * 1e6) / size).toFixed(2));
    const figures = {
      readingsPerSecond: Math.round(readings / elapsedSeconds),
      evaluateP50Us: evaluateUs(50),
      evaluateP99Us: evaluateUs(99),
      ingestCpuUs: microseconds((cpu.user + cpu.system) / 1e6 - (feedSeconds - before.feedSeconds)),
      postgresCpuUs: microseconds(postgresSeconds),
    };
    if (values.json) return figures;
    console.log(`\n${title}: ${figures.readingsPerSecond} readings/s, µs per reading`);
    console.table({
      ...Object.fromEntries(elapsed),
      'evaluate, median of batches': figures.evaluateP50Us,
      'ingest, CPU': figures.ingestCpuUs,
      'Postgres, CPU': figures.postgresCpuUs,
    });
    return figures;
  };
  await measureFeed(`the first reading of each of ${devices.length} patients`, devices.length, 1_000);
  const figures = await measureFeed(`batches of ${batchSize}`, readingCount, batchSize);
  if (values.json) console.log(JSON.stringify(figures));
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

/** mmol/L */
function glucoseOf({ isLow, deviceKey }: BenchDevice): number {
  return isLow ? 3.6 : 4.5 + (deviceKey % 60) / 10;
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
      const value = glucoseOf(device);
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

/** By step, the seconds of each batch. */
function watchSteps({ stepSeconds }: ReturnType<typeof createIngestCounters>): Map<string, number[]> {
  const steps = new Map<string, number[]>();
  stepSeconds.inc = (labels?: unknown, seconds?: number) => {
    const { step } = labels as { step: string };
    const known = steps.get(step) ?? [];
    steps.set(step, known);
    known.push(seconds ?? 0);
  };
  return steps;
}

/** Five-minute readings of every device up to now, straight into the store; they come down to what the device shows from then on. */
async function writeHistory(devices: readonly BenchDevice[], timeSeries: Pick<TimeSeries, 'write'>): Promise<void> {
  const now = Date.now();
  for (let from = 0; from < devices.length; from += 10) {
    const readings = devices.slice(from, from + 10).flatMap((device) =>
      Array.from({ length: Math.floor(historyMs / CADENCE_MS) }, (_, index): StoredReading => {
        const at = now - historyMs + index * CADENCE_MS;
        const received = { at, measuredAt: at, receivedAt: at };
        const swing = 1.5 * (1 - Math.cos(((now - at) / SWING_MS) * 2 * Math.PI));
        const value = Number((glucoseOf(device) + swing).toFixed(1));
        const reading = {
          kind: 'cgm',
          deviceKey: device.deviceKey,
          value,
          unit: 'mmol/L',
          flags: [],
          ...received,
        } as const;
        return { reading, origin: { partition: device.partition, seq: 0, index }, revision: 0 };
      }),
    );
    await timeSeries.write(readings, []);
  }
}

/** Patients of whom every rule always says that nothing is wrong. */
function withoutRules(profiles: PatientProfiles): PatientProfiles {
  const silent = (entries: Map<number, PatientEntry>) =>
    new Map([...entries].map(([key, entry]) => [key, { ...entry, rules: { window: SILENT_RULES, history: [] } }]));
  return {
    ...profiles,
    load: async (keys) => silent(await profiles.load(keys)),
    loadAnew: async (keys) => silent(await profiles.loadAnew(keys)),
  };
}

function fail(): never {
  throw new Error('the bench needs no such thing');
}
