// What a worker does besides consuming, between two batches: never at the same time, so that nothing in memory has two writers.
// Promise: it takes half of the time at most, however much there is to do, and a task that fails keeps nobody from consuming.
import type { Log } from '../../runtime/log.ts';
import { againstPostgres } from '../../storage/readings/postgres-failure.ts';
import type { IngestCounters, UpkeepTask } from '../ingest-counters.ts';
import { isPassing } from '../is-passing.ts';
import { type FlushDeps, flushDays } from './flush-days.ts';
import { createHousekeeping, type HousekeepingDeps } from './housekeeping.ts';
import { type HistoryDeps, judgeHistories } from './judge-histories.ts';
import type { LiveNotices } from './live-notices.ts';
import { meetDeadlines } from './meet-deadlines.ts';
import { type ReadAgainDeps, readDaysAgain } from './read-days-again.ts';
import { createSummaryRenewal } from './renew-summaries.ts';

const EVERY_MS = 1_000;
/** Soon after a batch has marked days, which is when somebody waits for a correction to show. */
const SOON_MS = 100;
/** A task that failed for a reason that doesn't pass is left alone for so long. */
const PAUSE_AFTER_BUG_MS = 60_000;

export interface UpkeepDeps extends ReadAgainDeps, HistoryDeps, FlushDeps, HousekeepingDeps {
  readonly counters: ReadAgainDeps['counters'] &
    HistoryDeps['counters'] &
    HousekeepingDeps['counters'] &
    Pick<IngestCounters, 'bugs'>;
  readonly live: LiveNotices;
  readonly flushAfterMs: number;
  readonly log: Log;
}

export interface Upkeep {
  /**
   * Does what is due, and makes room where memory is full. `knownUntil` (epoch ms): up to where the journal has been read. Throws only
   * what passes by itself.
   */
  run(now: number, knownUntil: number): Promise<void>;
  /** A batch has marked days to be read again. */
  hurry(now: number): void;
  /** Writes everything that is written behind. */
  finish(now: number): Promise<void>;
}

interface Task {
  readonly name: UpkeepTask;
  /** Answers whether there may be more of it than one turn takes. */
  readonly run: (now: number, knownUntil: number) => Promise<boolean>;
  pausedUntil: number;
}

export function createUpkeep(deps: UpkeepDeps): Upkeep {
  const { log, counters, live, nudger, projections, flushAfterMs } = deps;
  const keepHouse = createHousekeeping(deps);
  const renewSummaries = createSummaryRenewal(deps);
  let dueAt = 0;
  let mayRunAt = 0;

  const task = (name: UpkeepTask, run: Task['run']): Task => ({ name, run, pausedUntil: 0 });
  const tasks: readonly Task[] = [
    task('read_days_again', async (_now, knownUntil) => (await readDaysAgain(deps, knownUntil)) > 0),
    task('meet_deadlines', async (_now, knownUntil) => (await meetDeadlines(deps, knownUntil)) > 0),
    task('judge_histories', async (_now, knownUntil) => (await judgeHistories(deps, knownUntil)) > 0),
    task('flush_days', async (now) => (await flushDays(deps, now - flushAfterMs, now)) > 0),
    task('live_notices', () => againstPostgres(() => live.send()).then(() => false)),
    task('hand_over', () => nudger.settle().then(() => false)),
    task('renew_summaries', (now) => renewSummaries(now).then(() => false)),
    task('housekeeping', (now) => keepHouse(now).then(() => false)),
  ];
  const roomMaking = task('make_room', (now) => makeRoom(now).then(() => false));

  /** Whoever has nothing left to write is let go; where that is not enough, others are written first. */
  async function makeRoom(now: number): Promise<void> {
    projections.evict();
    while (projections.isFull && (await flushDays(deps, Number.POSITIVE_INFINITY, now)) > 0) projections.evict();
  }

  async function runTask(each: Task, now: number, knownUntil: number): Promise<boolean> {
    if (now < each.pausedUntil) return false;
    try {
      return await each.run(now, knownUntil);
    } catch (err) {
      if (isPassing(err)) throw err;
      each.pausedUntil = now + PAUSE_AFTER_BUG_MS;
      counters.bugs.inc({ turn: each.name });
      log.error(
        { err, task: each.name, pauseMs: PAUSE_AFTER_BUG_MS },
        'a task of upkeep failed for a reason that does not pass',
      );
      return false;
    }
  }

  return {
    async run(now, knownUntil) {
      if (projections.isFull) await runTask(roomMaking, now, knownUntil);
      if (now < dueAt || now < mayRunAt) return;
      dueAt = now + EVERY_MS;
      const startedAt = performance.now();
      try {
        for (const each of tasks) if (await runTask(each, now, knownUntil)) dueAt = now;
        // Whoever was read for it alone.
        projections.evict();
      } finally {
        mayRunAt = now + 2 * (performance.now() - startedAt);
      }
    },
    hurry(now) {
      dueAt = Math.min(dueAt, now + SOON_MS);
    },
    async finish(now) {
      while ((await flushDays(deps, Number.POSITIVE_INFINITY, now)) > 0);
      await nudger.drain();
    },
  };
}
