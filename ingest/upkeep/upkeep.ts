// What a worker does besides consuming, between two batches: never at the same time, so that nothing in memory has two writers.
// Promise: it takes half of the time at most, however much there is to do.
import { againstPostgres } from '../../storage/readings/postgres-failure.ts';
import { type FlushDeps, flushDays } from './flush-days.ts';
import { createHousekeeping, type HousekeepingDeps } from './housekeeping.ts';
import type { LiveNotices } from './live-notices.ts';
import { meetDeadlines } from './meet-deadlines.ts';
import { type ReadAgainDeps, readDaysAgain } from './read-days-again.ts';

const EVERY_MS = 1_000;
/** Soon after a batch has marked days, which is when somebody waits for a correction to show. */
const SOON_MS = 100;

export interface UpkeepDeps extends ReadAgainDeps, FlushDeps, HousekeepingDeps {
  readonly counters: ReadAgainDeps['counters'] & HousekeepingDeps['counters'];
  readonly live: LiveNotices;
  readonly flushAfterMs: number;
}

export interface Upkeep {
  /** Does what is due. `knownUntil` (epoch ms): up to where the journal has been read. */
  run(now: number, knownUntil: number): Promise<void>;
  /** A batch has marked days to be read again. */
  hurry(now: number): void;
  /** Writes everything that is written behind. */
  finish(now: number): Promise<void>;
}

export function createUpkeep(deps: UpkeepDeps): Upkeep {
  const keepHouse = createHousekeeping(deps);
  let dueAt = 0;
  let mayRunAt = 0;

  return {
    async run(now, knownUntil) {
      if (now < dueAt || now < mayRunAt) return;
      dueAt = now + EVERY_MS;
      const startedAt = performance.now();
      try {
        const days = await readDaysAgain(deps, knownUntil);
        const asked = await meetDeadlines(deps, knownUntil);
        const flushed = await flushDays(deps, now - deps.flushAfterMs, now);
        await againstPostgres(() => deps.live.send());
        await deps.nudger.settle();
        await keepHouse(now);
        // There may be more of it than one turn takes.
        if (days > 0 || asked > 0 || flushed > 0) dueAt = now;
      } finally {
        const tookMs = performance.now() - startedAt;
        mayRunAt = now + 2 * tookMs;
      }
    },
    hurry(now) {
      dueAt = Math.min(dueAt, now + SOON_MS);
    },
    async finish(now) {
      while ((await flushDays(deps, Number.POSITIVE_INFINITY, now)) > 0);
      await deps.nudger.drain();
    },
  };
}
