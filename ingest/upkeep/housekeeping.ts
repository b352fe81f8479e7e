// What has to be done now and then: trim the journal, fold counts, tell how much memory the projections take.
import type { Pool } from 'pg';
import { readOffsets } from '../../storage/journal/committed-offsets.ts';
import type { Journal } from '../../storage/ports/journal.ts';
import { pruneDeviceEvents } from '../../storage/readings/device-events.ts';
import { againstPostgres } from '../../storage/readings/postgres-failure.ts';
import { foldRecordCounts } from '../../storage/readings/record-counts.ts';
import type { IngestCounters } from '../ingest-counters.ts';
import type { Projections } from '../project/projections.ts';

const EVERY_MS = 60_000;
/** Longer than the journal keeps records (DESIGN §4): what may be run again is counted record by record. */
const KEEP_COUNTS_MS = 4 * 24 * 3_600_000;

export interface HousekeepingDeps {
  readonly pool: Pool;
  readonly journal: Pick<Journal, 'trim'>;
  readonly projections: Projections;
  readonly counters: Pick<IngestCounters, 'projections' | 'projectionBytes'>;
}

/** Does something at most once a minute. */
export function createHousekeeping({ pool, journal, projections, counters }: HousekeepingDeps) {
  let dueAt = 0;
  return async function keepHouse(now: number): Promise<void> {
    if (now < dueAt) return;
    dueAt = now + EVERY_MS;
    counters.projectionBytes.set(projections.bytes);
    counters.projections.set(projections.size);
    await journal.trim(await againstPostgres(() => readOffsets(pool)));
    await againstPostgres(() => foldRecordCounts(pool, now - KEEP_COUNTS_MS));
    await againstPostgres(() => pruneDeviceEvents(pool, now));
  };
}
