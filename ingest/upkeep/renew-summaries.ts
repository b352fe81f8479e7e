// After an upgrade that changed what a day's summary holds, the stored ones are summed up again by themselves, a few at a time.
// Promise: everything stored is looked at once after a start and once a day, and when partitions are taken over; it never adds to days
// that wait to be read again, so a correction waits for one step of it at most.
import type { Pool } from 'pg';
import { type DayOfPatient, readMarkedDays } from '../../storage/readings/dirty-days.ts';
import { BEFORE_ALL_DAYS, markOutdatedSummaries } from '../../storage/readings/outdated-summaries.ts';
import { againstPostgres } from '../../storage/readings/postgres-failure.ts';
import type { HeldPartitions } from '../held-partitions.ts';

/** One index range, some milliseconds. */
const ROWS_PER_STEP = 500;
const STEP_EVERY_MS = 1_000;
const LOOK_AGAIN_AFTER_MS = 24 * 3_600_000;

export interface RenewalDeps {
  readonly pool: Pool;
  readonly heldPartitions: Pick<HeldPartitions, 'after'>;
}

/** Does one step at most, and none while days wait to be read again. @param now epoch ms */
export function createSummaryRenewal({ pool, heldPartitions }: RenewalDeps): (now: number) => Promise<void> {
  let after: DayOfPatient = BEFORE_ALL_DAYS;
  let lookedIn = '';
  let dueAt = 0;
  return async function renewSummaries(now) {
    const partitions = [...heldPartitions.after.keys()].sort((a, b) => a - b);
    if (partitions.length === 0) return;
    if (partitions.join() !== lookedIn) {
      lookedIn = partitions.join();
      after = BEFORE_ALL_DAYS;
      dueAt = 0;
    }
    if (now < dueAt) return;
    dueAt = now + STEP_EVERY_MS;
    const waiting = await againstPostgres(() => readMarkedDays(pool, partitions, [], 1));
    if (waiting.length > 0) return;
    const last = await againstPostgres(() => markOutdatedSummaries(pool, partitions, after, ROWS_PER_STEP));
    after = last ?? BEFORE_ALL_DAYS;
    if (last === undefined) dueAt = now + LOOK_AGAIN_AFTER_MS;
  };
}
