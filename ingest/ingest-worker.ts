// What one ingest process is made of, put together without side effects.
import type { FaultPoint } from '../runtime/fault-point.ts';
import type { Log } from '../runtime/log.ts';
import { readOffsets } from '../storage/journal/committed-offsets.ts';
import type { PartitionLeases } from '../storage/journal/partition-leases.ts';
import type { Storage } from '../storage/open-storage.ts';
import { readDeviceClocks } from '../storage/readings/device-clocks.ts';
import { readUnknownPatients } from '../storage/readings/patient-states.ts';
import { againstPostgres } from '../storage/readings/postgres-failure.ts';
import { createDeviceStates } from './attribute/device-states.ts';
import { type Consumer, createConsumer } from './consumer.ts';
import { createHeldPartitions, type HeldPartitions } from './held-partitions.ts';
import type { IngestCounters } from './ingest-counters.ts';
import { createIngestLoop, type IngestLoop } from './ingest-loop.ts';
import { Projections } from './project/projections.ts';
import { createRegistryWatch, type RegistryWatch } from './project/registry-watch.ts';
import { createPartitionProgress } from './settle/partition-progress.ts';
import { createSoleWriter } from './settle/sole-writer.ts';
import { createNudger } from './signal/nudger.ts';
import { createLiveNotices } from './upkeep/live-notices.ts';
import { createPatientsApart } from './upkeep/patients-apart.ts';
import { createUpkeep, type Upkeep } from './upkeep/upkeep.ts';

export interface IngestWorkerDeps {
  readonly storage: Pick<Storage, 'pool' | 'timeSeries' | 'journal' | 'jobQueue' | 'devices' | 'profiles'>;
  readonly leases: PartitionLeases;
  /** Of the journal. */
  readonly partitions: number;
  readonly log: Log;
  readonly counters: IngestCounters;
  readonly flushAfterMs: number;
  /** Default 256 MB. */
  readonly maxProjectionBytes?: number;
  readonly faultPoint?: FaultPoint | undefined;
  readonly now?: () => number;
}

export interface IngestWorker {
  readonly heldPartitions: HeldPartitions;
  readonly projections: Projections;
  readonly consumer: Consumer;
  readonly upkeep: Upkeep;
  readonly registryWatch: RegistryWatch;
  readonly loop: IngestLoop;
}

export function createIngestWorker(deps: IngestWorkerDeps): IngestWorker {
  const { storage, leases, partitions, log, counters, faultPoint, flushAfterMs, now = Date.now } = deps;
  const { pool, timeSeries, profiles, jobQueue } = storage;
  const projections = new Projections(deps.maxProjectionBytes);
  const readClocks = (deviceKeys: readonly number[]) => readDeviceClocks(pool, deviceKeys);
  const deviceStates = createDeviceStates({ timeSeries, readClocks, now });
  const heldPartitions = createHeldPartitions({ pool, leases, projections, deviceStates, partitions, log });
  const { isHeld } = heldPartitions;
  const progress = createPartitionProgress({ journal: storage.journal, readOffsets: () => readOffsets(pool), now });
  const readUnknown = () => againstPostgres(() => readUnknownPatients(pool));
  const registryWatch = createRegistryWatch({ profiles, projections, heldPartitions, partitions, readUnknown, now });
  const parts = {
    ...storage,
    leases,
    projections,
    partitions,
    deviceStates,
    heldPartitions,
    soleWriter: createSoleWriter({ partitions, isHeld, deviceStates, progress, now }),
    isHeld,
    nudger: createNudger({ pool, jobQueue, log, counters }),
    live: createLiveNotices(pool),
    apart: createPatientsApart({ log, counters }),
    faultPoint,
    flushAfterMs,
    log,
    counters,
    now,
  };
  const consumer = createConsumer(parts);
  const upkeep = createUpkeep(parts);
  const loop = createIngestLoop({ ...parts, consumer, upkeep, takeRegistryChanges: registryWatch.take });
  return { heldPartitions, projections, consumer, upkeep, registryWatch, loop };
}
