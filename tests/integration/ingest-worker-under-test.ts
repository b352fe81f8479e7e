// One ingest worker over a scene's database, with its parts in reach: turns are made by the test, or by its loop.
import type pg from 'pg';
import { afterEach, beforeEach } from 'vitest';
import { createIngestCounters } from '../../ingest/ingest-counters.ts';
import { createIngestWorker, type IngestWorker, type IngestWorkerDeps } from '../../ingest/ingest-worker.ts';
import { createCounters } from '../../runtime/counters.ts';
import { createLog } from '../../runtime/log.ts';
import { settleJournalPartitions } from '../../storage/journal/journal-partitions.ts';
import { createPartitionLeases, type PartitionLeases } from '../../storage/journal/partition-leases.ts';
import type { Storage } from '../../storage/open-storage.ts';
import type { JournalRecord } from '../../storage/ports/journal.ts';
import { createIngestScene, type IngestScene, openSceneStorage } from './ingest-scene.ts';

export interface WorkerUnderTest extends IngestWorker {
  readonly storage: Storage;
  readonly leases: PartitionLeases;
  readonly logLines: string[];
  /** What the journal has after what is held. */
  read(): Promise<JournalRecord[]>;
  /** Reads and consumes once, and does what upkeep is due. */
  turn(): Promise<void>;
  counter(name: string): Promise<number>;
  close(): Promise<void>;
}

export interface WorkerOptions extends Partial<Pick<IngestWorkerDeps, 'flushAfterMs' | 'maxProjectionBytes' | 'now'>> {
  /** Instead of the scene's. */
  readonly pool?: pg.Pool;
  readonly timeSeries?: (series: Storage['timeSeries']) => Storage['timeSeries'];
}

export async function openWorker(
  scene: Pick<IngestScene, 'pool' | 'databaseUrl' | 'jobs'>,
  { pool = scene.pool, timeSeries = (series) => series, flushAfterMs = 30_000, ...limits }: WorkerOptions = {},
): Promise<WorkerUnderTest> {
  const logLines: string[] = [];
  const log = createLog({ part: 'ingest', level: 'debug', write: (line) => logLines.push(line) });
  const counters = createCounters({ part: 'ingest' });
  const { storage: opened, close } = await openSceneStorage(pool, scene.databaseUrl, scene.jobs);
  const storage = { ...opened, timeSeries: timeSeries(opened.timeSeries) };
  const partitions = await settleJournalPartitions(scene.pool);
  const leases = createPartitionLeases({ pool: scene.pool, log });
  await leases.start();
  const worker = createIngestWorker({
    storage,
    leases,
    partitions,
    log,
    counters: createIngestCounters(counters),
    flushAfterMs,
    ...limits,
  });
  const forget = worker.registryWatch.follow();
  await worker.heldPartitions.sync();
  const read = () => storage.journal.read(worker.heldPartitions.after, 1_000_000);
  return {
    ...worker,
    storage,
    leases,
    logLines,
    read,
    async turn() {
      await worker.heldPartitions.sync();
      await worker.registryWatch.take();
      const records = await read();
      if (records.length > 0) await worker.consumer.consume(records);
      await worker.upkeep.run(Date.now(), Date.now());
    },
    async counter(name) {
      const metric = (await counters.snapshot()).find((each) => each.name === name);
      return metric?.values.reduce((sum, { value }) => sum + value, 0) ?? 0;
    },
    async close() {
      await worker.loop.stop();
      forget();
      await leases.stop();
      await close();
    },
  };
}

export interface OwnWorkers {
  readonly scene: IngestScene;
  open(options?: WorkerOptions): Promise<WorkerUnderTest>;
}

/** A scene for each test, and as many workers on it as the test opens: call it at the top of the file. */
export function useOwnWorkers(): OwnWorkers {
  let scene: IngestScene;
  const workers: WorkerUnderTest[] = [];
  beforeEach(async () => {
    scene = await createIngestScene();
  });
  afterEach(async () => {
    for (const worker of workers.splice(0)) await worker.close();
    await scene.destroy();
  });
  return {
    get scene() {
      return scene;
    },
    async open(options) {
      const worker = await openWorker(scene, options);
      workers.push(worker);
      return worker;
    },
  };
}
