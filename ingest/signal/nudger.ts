// Tells alerting's queue what was committed, and notes behind what was handed over. Never fails a turn: the rows are the outbox.
import type { Pool } from 'pg';
import type { Log } from '../../runtime/log.ts';
import type { JobQueue } from '../../storage/ports/job-queue.ts';
import { markHandedOver, nudgesOf } from '../../storage/signals/hand-over.ts';
import type { SignalChange } from '../../storage/signals/write-signals.ts';
import type { IngestCounters } from '../ingest-counters.ts';

export interface Nudger {
  /** Returns at once. */
  nudge(changes: readonly SignalChange[]): void;
  /** Writes what was handed over so far. */
  settle(): Promise<void>;
  /** Waits for what is under way, then settles. */
  drain(): Promise<void>;
}

export interface NudgerDeps {
  readonly pool: Pool;
  readonly jobQueue: Pick<JobQueue, 'add'>;
  readonly log: Log;
  readonly counters: Pick<IngestCounters, 'signals'>;
}

export function createNudger({ pool, jobQueue, log, counters }: NudgerDeps): Nudger {
  const underWay = new Set<Promise<void>>();
  let handedOver: SignalChange[] = [];

  async function hand(news: readonly SignalChange[]): Promise<void> {
    await jobQueue.add(nudgesOf(news));
    handedOver.push(...news);
  }

  async function settle(): Promise<void> {
    const written = handedOver;
    handedOver = [];
    if (written.length === 0) return;
    try {
      await markHandedOver(pool, written);
    } catch (error) {
      // Bookkeeping alone: alerting's reconciler nudges again what looks as if it had not been handed over.
      log.debug({ err: error }, 'what was handed over to alerting could not be noted');
    }
  }

  return {
    nudge(changes) {
      const news = changes.filter(({ isNews }) => isNews);
      if (news.length === 0) return;
      for (const { rule } of news) counters.signals.inc({ rule: rule.id });
      const adding: Promise<void> = hand(news).finally(() => underWay.delete(adding));
      underWay.add(adding);
    },
    settle,
    async drain() {
      await Promise.all(underWay);
      await settle();
    },
  };
}
