// The ingest role: from the journal to readings, day summaries and signals.
// Promise: `stop` ends the batch under way, writes what is written behind and hands its partitions over.
import type { Config } from '../runtime/config.ts';
import type { Counters } from '../runtime/counters.ts';
import type { Log } from '../runtime/log.ts';
import { createRole, type Role } from '../runtime/role.ts';
import { settleJournalPartitions } from '../storage/journal/journal-partitions.ts';
import { createPartitionLeases } from '../storage/journal/partition-leases.ts';
import { createIngestCounters } from './ingest-counters.ts';
import { createIngestWorker, type IngestWorkerDeps } from './ingest-worker.ts';

/** Summaries are written this long after a day was touched; until then its mark says that they don't cover it. */
const FLUSH_AFTER_MS = 30_000;

export interface IngestRoleDeps extends Pick<IngestWorkerDeps, 'storage'> {
  readonly config: Pick<Config, 'faultPoint'>;
  readonly log: Log;
  readonly counters: Counters;
  readonly flushAfterMs?: number;
}

export function createIngestRole(deps: IngestRoleDeps): Role {
  const { config, storage, log, flushAfterMs = FLUSH_AFTER_MS } = deps;
  return createRole('ingest', async (teardown) => {
    const { pool } = storage;
    const partitions = await settleJournalPartitions(pool);
    const leases = createPartitionLeases({ pool, log });
    await leases.start();
    teardown.onStop('partition leases', () => leases.stop());

    const counters = createIngestCounters(deps.counters);
    const { faultPoint } = config;
    const worker = createIngestWorker({ storage, leases, partitions, log, counters, flushAfterMs, faultPoint });
    teardown.onStop('registry watch', worker.registryWatch.follow());
    worker.loop.start();
    teardown.onStop('loop', () => worker.loop.stop());
  });
}
