// The ingest role: from the journal to readings, day summaries, signals.
// Promise: `stop` ends the batch under way, writes what is written behind and hands its partitions over.
import type { Config } from '../runtime/config.ts';
import type { Counters } from '../runtime/counters.ts';
import type { Log } from '../runtime/log.ts';
import { createRole, type Role } from '../runtime/role.ts';
import { settleJournalPartitions } from '../storage/journal/journal-partitions.ts';
import { createPartitionLeases } from '../storage/journal/partition-leases.ts';
import type { Storage } from '../storage/open-storage.ts';
import { readDeviceClocks } from '../storage/readings/device-clocks.ts';
import { createDeviceStates } from './attribute/device-states.ts';
import { createConsumer } from './consumer.ts';
import { createHeldPartitions } from './held-partitions.ts';
import { createIngestCounters } from './ingest-counters.ts';
import { createIngestLoop } from './ingest-loop.ts';
import { Projections } from './project/projections.ts';
import { createRegistryWatch } from './project/registry-watch.ts';
import { createHomePartitions } from './settle/home-partitions.ts';
import { createNudger } from './signal/nudger.ts';
import { createLiveNotices } from './upkeep/live-notices.ts';
import { createUpkeep } from './upkeep/upkeep.ts';

/** Summaries are written this long after a day was touched; until then its mark says that they don't cover it. */
const FLUSH_AFTER_MS = 30_000;

export interface IngestRoleDeps {
  readonly config: Config;
  readonly storage: Storage;
  readonly log: Log;
  readonly counters: Counters;
  /** Default 30 s. */
  readonly flushAfterMs?: number;
}

export function createIngestRole(deps: IngestRoleDeps): Role {
  const { config, storage, log, flushAfterMs = FLUSH_AFTER_MS } = deps;
  const { pool, timeSeries, journal, jobQueue, devices, profiles } = storage;

  return createRole('ingest', async (teardown) => {
    const now = Date.now;
    const partitions = await settleJournalPartitions(pool);
    const counters = createIngestCounters(deps.counters);
    const leases = createPartitionLeases({ pool, log });
    await leases.start();
    teardown.onStop('partition leases', () => leases.stop());

    const projections = new Projections();
    const readClocks = (deviceKeys: readonly number[]) => readDeviceClocks(pool, deviceKeys);
    const deviceStates = createDeviceStates({ timeSeries, readClocks, now });
    const heldPartitions = createHeldPartitions({ pool, leases, projections, deviceStates, partitions, log });
    const registryWatch = createRegistryWatch({ profiles, projections, heldPartitions, partitions });
    teardown.onStop('registry watch', registryWatch.follow());

    const worker = {
      pool,
      timeSeries,
      journal,
      jobQueue,
      leases,
      devices,
      profiles,
      projections,
      partitions,
      deviceStates,
      homePartitions: createHomePartitions(partitions),
      isHeld: heldPartitions.isHeld,
      nudger: createNudger({ pool, jobQueue, log, counters }),
      live: createLiveNotices(pool),
      faultPoint: config.faultPoint,
      flushAfterMs,
      log,
      counters,
      now,
    };
    const loop = createIngestLoop({
      ...worker,
      heldPartitions,
      consumer: createConsumer(worker),
      upkeep: createUpkeep(worker),
      takeRegistryChanges: registryWatch.take,
    });
    loop.start();
    teardown.onStop('loop', () => loop.stop());
  });
}
