// The one loop of the role: a turn consumes what the journal has and does what upkeep is due, then waits a little.
// Promise: one turn at a time; a failure of any kind ends a turn, never the loop, and no record is passed over. A bug in consuming keeps
// nobody's deadlines from being met.
import { setTimeout as delay } from 'node:timers/promises';
import { TemporaryFailure } from '../runtime/errors.ts';
import type { Log } from '../runtime/log.ts';
import { PartitionLeaseLost } from '../storage/journal/committed-offsets.ts';
import type { Journal, JournalRecord } from '../storage/ports/journal.ts';
import { type Batch, readUpTo } from './batch.ts';
import { BATCH_FAILED, type Consumer } from './consumer.ts';
import type { HeldPartitions } from './held-partitions.ts';
import type { IngestCounters } from './ingest-counters.ts';
import { isPassing } from './is-passing.ts';
import { createJournalReader } from './journal-reader.ts';
import { KnownUntil } from './known-until.ts';
import type { Projections } from './project/projections.ts';
import type { LiveNotices } from './upkeep/live-notices.ts';
import type { Upkeep } from './upkeep/upkeep.ts';

/** Below this many items it is worth waiting for more: batches of 200 cost up to twice as much per reading. */
const WANTED_ITEMS = 1_000;
const SHORTEST_WAIT_MS = 2;
const LONGEST_WAIT_MS = 20;
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 2_000;

export interface IngestLoopDeps {
  readonly journal: Pick<Journal, 'read'>;
  readonly consumer: Consumer;
  readonly heldPartitions: HeldPartitions;
  readonly projections: Projections;
  readonly upkeep: Upkeep;
  readonly live: LiveNotices;
  /** What changed in the registry since the last turn is taken up here. */
  readonly takeRegistryChanges: () => Promise<void>;
  readonly log: Log;
  readonly counters: IngestCounters;
  readonly now: () => number;
}

interface Read {
  /** Undefined: there was nothing to do. */
  readonly batch: Batch | undefined;
  /** When the journal was asked, epoch ms. */
  readonly readAt: number;
}

export interface IngestLoop {
  start(): void;
  /** Resolves when the turn under way has ended and everything that is written behind is written. */
  stop(): Promise<void>;
}

export function createIngestLoop(deps: IngestLoopDeps): IngestLoop {
  const { consumer, heldPartitions, projections, upkeep, live, log, counters, now } = deps;
  const journal = createJournalReader(deps);
  const stopping = new AbortController();
  let running: Promise<void> | undefined;
  let idleMs = SHORTEST_WAIT_MS;
  let retryMs = FIRST_RETRY_MS;
  const known = new KnownUntil();
  /** Epoch ms: what came before is consumed; at first the start. */
  let consumedUntil = 0;

  /** Also where a turn failed: whoever can't consume is further behind with each. */
  function noteBehind(): void {
    counters.behindSeconds.set(Math.max(0, now() - consumedUntil) / 1000);
  }

  /** Answers how long to wait before the next turn. */
  async function turn(): Promise<number> {
    projections.turn += 1;
    await heldPartitions.sync();
    await deps.takeRegistryChanges();
    const startedAt = now();
    let read: Read;
    try {
      read = await readAndConsume();
    } catch (error) {
      if (known.at !== undefined && isBug(error)) await upkeep.run(now(), known.at);
      throw error;
    }
    const { batch, readAt } = read;
    const upTo = (batch && readUpTo(batch)) ?? readAt;
    consumedUntil = upTo;
    noteBehind();
    const knownUntil = known.read(upTo, readAt);
    if (heldPartitions.after.size > 0) await upkeep.run(now(), knownUntil);
    return waitAfter(batch, now() - startedAt);
  }

  async function readAndConsume(): Promise<Read> {
    const after = new Map([...heldPartitions.after].filter(([partition]) => !consumer.isSetAside(partition)));
    const { records, readAt } = await journal.read(after);
    const isWorthIt = records.length > 0 || projections.waiting.patients.size > 0;
    if (!isWorthIt) return { batch: undefined, readAt };
    journal.readAhead(after, records);
    return { batch: await consume(records), readAt };
  }

  async function consume(records: readonly JournalRecord[]): Promise<Batch> {
    const batch = await consumer.consume(records);
    live.note(batch.touched);
    if (batch.dirtyDays.size > 0) upkeep.hurry(batch.now);
    return batch;
  }

  function waitAfter(batch: Batch | undefined, tookMs: number): number {
    if (batch === undefined || batch.items.length === 0) {
      idleMs = Math.min(idleMs * 2, LONGEST_WAIT_MS);
      return idleMs;
    }
    idleMs = SHORTEST_WAIT_MS;
    const missing = WANTED_ITEMS - batch.items.length;
    if (missing <= 0) return 0;
    const perItemMs = Math.max(tookMs, 1) / batch.items.length;
    return Math.min(Math.max(missing * perItemMs, SHORTEST_WAIT_MS), LONGEST_WAIT_MS);
  }

  function waitAfterFailure(error: unknown): number {
    // A commit may have happened although its answer was lost: then where to go on is asked anew, or records would count twice.
    heldPartitions.turnFailed();
    noteBehind();
    if (!isBug(error)) known.wasAway(now());
    if (error instanceof PartitionLeaseLost) {
      log.warn({ err: error }, 'partitions were taken by somebody else or read on by a commit whose answer was lost');
      return FIRST_RETRY_MS;
    }
    const waitMs = retryMs;
    retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
    if (error instanceof TemporaryFailure) {
      counters.temporaryFailures.inc({ code: error.code });
      if (waitMs === FIRST_RETRY_MS) log.warn({ err: error }, 'ingest waits and tries again');
    } else {
      counters.bugs.inc({ turn: 'loop' });
      log.error({ err: error }, 'a turn failed for a reason that does not pass, it is tried again');
    }
    return waitMs;
  }

  async function run(): Promise<void> {
    consumedUntil = now();
    while (!stopping.signal.aborted) {
      let waitMs: number;
      try {
        waitMs = await turn();
        if (retryMs > FIRST_RETRY_MS) log.info('ingest goes on');
        retryMs = FIRST_RETRY_MS;
      } catch (error) {
        waitMs = waitAfterFailure(error);
      }
      if (waitMs > 0) await delay(waitMs, undefined, { signal: stopping.signal }).catch(isAborted);
    }
  }

  return {
    start() {
      running ??= run();
    },
    async stop() {
      stopping.abort();
      await running;
      await journal.settle();
      try {
        if (heldPartitions.after.size > 0) await upkeep.finish(now());
      } catch (error) {
        // The marks tell whoever takes over what to read again.
        log.warn({ err: error }, 'what was written behind could not be written at the end');
      }
    },
  };
}

const isBug = (error: unknown): boolean =>
  !isPassing(error) || (error instanceof TemporaryFailure && error.code === BATCH_FAILED);

function isAborted(error: unknown): void {
  if (!(error instanceof Error && error.name === 'AbortError')) throw error;
}
