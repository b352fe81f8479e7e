// Group commit: what arrives while a commit is under way goes into the next one, as one record per partition.
// Promises: nobody is acknowledged before the commit; a message waits at most 30 s, then its sender is told to give up; memory is bounded.
import type { Log } from '../runtime/log.ts';
import { type NewMessage, RecordWriter } from '../storage/journal/record-frame.ts';
import type { Journal } from '../storage/ports/journal.ts';
import type { BrokerCounters } from './broker-counters.ts';

export const MAX_WAIT_MS = 30_000;
export const REFUSE_CONNECTS_AFTER_MS = 5_000;

const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 1_000;
/** A batch takes messages of at most this stretch of time and this size, so that they can be given up one after the other. */
const MAX_BATCH_MS = 1_000;
const MAX_BATCH_BYTES = 8 * 1024 * 1024;
const HIGH_WATER_BYTES = 64 * 1024 * 1024;
const LOW_WATER_BYTES = 32 * 1024 * 1024;

/** Who waits for an append. `token` comes back as it was given: a packet identifier and its kind. */
export interface AppendWaiter {
  /** Answers whether `flush` has to be called, once after all of a commit. `payloadBytes` as it was added. */
  appended(token: number, payloadBytes: number): boolean;
  flush(): void;
  /** After 30 s without a commit, which may yet come to pass. */
  abandoned(): void;
}

export interface AppendQueue {
  add(partition: number, message: NewMessage, waiter: AppendWaiter | undefined, token: number): void;
  /** How long the journal has been taking nothing, ms; 0 while it takes or there is nothing to take. */
  stalledMs(): number;
  /** Called with true when too much waits to read on, with false when that is over. */
  onPressure(listener: (high: boolean) => void): void;
  /** Resolves when nothing waits any more or after `timeoutMs`; then what still waits is abandoned. */
  drain(timeoutMs: number): Promise<void>;
}

interface Batch {
  readonly writers: readonly RecordWriter[];
  /** Partitions with messages. */
  readonly touched: number[];
  readonly waiters: (AppendWaiter | undefined)[];
  readonly tokens: number[];
  readonly payloadBytes: number[];
  /** performance.now() of the first message. */
  openedAt: number;
  bytes: number;
}

export interface AppendQueueDeps {
  readonly journal: Pick<Journal, 'append'>;
  readonly partitions: number;
  readonly counters: BrokerCounters;
  readonly log: Log;
  readonly maxWaitMs?: number | undefined;
}

export function createAppendQueue(deps: AppendQueueDeps): AppendQueue {
  const { journal, partitions, counters, log, maxWaitMs = MAX_WAIT_MS } = deps;
  /** Oldest first. */
  const batches: Batch[] = [];
  const spare: Batch[] = [];
  let waitingBytes = 0;
  let high = false;
  let onPressure: (high: boolean) => void = () => {};
  let running = false;
  let underWay: Batch | undefined;
  /** The first attempt since the last success. */
  let stalledSince: number | undefined;
  let failing = false;
  let idle: (() => void) | undefined;

  function openBatch(now: number): Batch {
    const batch = spare.pop() ?? {
      writers: Array.from({ length: partitions }, () => new RecordWriter()),
      touched: [],
      waiters: [],
      tokens: [],
      payloadBytes: [],
      openedAt: now,
      bytes: 0,
    };
    batch.openedAt = now;
    batches.push(batch);
    return batch;
  }

  function add(partition: number, message: NewMessage, waiter: AppendWaiter | undefined, token: number): void {
    let batch = batches.at(-1);
    const now = performance.now();
    const isOpen = batch !== underWay && batch && batch.bytes < MAX_BATCH_BYTES && now - batch.openedAt < MAX_BATCH_MS;
    if (!batch || !isOpen) batch = openBatch(now);
    const writer = batch.writers[partition]!;
    if (writer.messageCount === 0) batch.touched.push(partition);
    const before = writer.byteLength;
    writer.add(message);
    const added = writer.byteLength - before;
    batch.bytes += added;
    batch.waiters.push(waiter);
    batch.tokens.push(token);
    batch.payloadBytes.push(message.payload.length);
    waitingBytes += added;
    if (!high && waitingBytes > HIGH_WATER_BYTES) setHigh(true);
    if (!running) {
      running = true;
      // What the other sockets brought in this turn of the event loop joins the same commit.
      setImmediate(run);
    }
  }

  async function run(): Promise<void> {
    for (underWay = batches[0]; underWay; underWay = batches[0]) await appendBatch(underWay);
    running = false;
    stalledSince = undefined;
    idle?.();
  }

  async function appendBatch(batch: Batch): Promise<void> {
    const records = batch.touched.map((partition) => {
      const writer = batch.writers[partition]!;
      return { partition, messageCount: writer.messageCount, bytes: writer.bytes() };
    });
    stalledSince ??= performance.now();
    // An append that hangs must not keep those from being given up who wait for it.
    const watch = setInterval(abandonOverdue, 1_000);
    let retryMs = FIRST_RETRY_MS;
    try {
      while (batches[0] === batch) {
        const attemptedAt = performance.now();
        try {
          await journal.append(records);
          counters.appendSeconds.observe((performance.now() - attemptedAt) / 1000);
          break;
        } catch (error) {
          noteFailure(error);
          await new Promise((resolve) => setTimeout(resolve, retryMs));
          retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
          abandonOverdue();
        }
      }
    } finally {
      clearInterval(watch);
    }
    // Given up meanwhile: the writers may still be in the hands of a late append, so the batch isn't used again.
    if (batches[0] !== batch) return;
    batches.shift();
    noteSuccess();
    acknowledge(batch);
    recycle(batch);
  }

  function acknowledge(batch: Batch): void {
    const { waiters, tokens, payloadBytes } = batch;
    const toFlush: AppendWaiter[] = [];
    for (let index = 0; index < waiters.length; index++) {
      const waiter = waiters[index];
      if (waiter?.appended(tokens[index]!, payloadBytes[index]!)) toFlush.push(waiter);
    }
    for (const waiter of toFlush) waiter.flush();
    counters.messages.inc(waiters.length);
    release(batch);
  }

  function abandonOverdue(): void {
    const now = performance.now();
    for (let batch = batches[0]; batch && now - batch.openedAt > maxWaitMs; batch = batches[0]) abandon(batch);
  }

  function abandon(batch: Batch): void {
    batches.splice(batches.indexOf(batch), 1);
    const waiters = new Set(batch.waiters);
    counters.abandoned.inc({ reason: 'journal_unavailable' }, batch.waiters.length);
    log.warn(
      { messages: batch.waiters.length },
      'the journal took nothing for too long: closing connections unacknowledged',
    );
    for (const waiter of waiters) waiter?.abandoned();
    release(batch);
  }

  function release(batch: Batch): void {
    waitingBytes -= batch.bytes;
    if (high && waitingBytes < LOW_WATER_BYTES) setHigh(false);
  }

  function recycle(batch: Batch): void {
    for (const partition of batch.touched) batch.writers[partition]!.clear();
    batch.touched.length = 0;
    batch.waiters.length = 0;
    batch.tokens.length = 0;
    batch.payloadBytes.length = 0;
    batch.bytes = 0;
    if (spare.length < 3) spare.push(batch);
  }

  function setHigh(next: boolean): void {
    high = next;
    onPressure(next);
  }

  /** Once per outage. Whatever the error is, nothing else can be done than to try again and then to let senders try again. */
  function noteFailure(error: unknown): void {
    counters.appendFailures.inc();
    if (!failing) log.warn({ err: error }, 'appending to the journal failed, trying again');
    failing = true;
  }

  function noteSuccess(): void {
    if (failing) log.info('the journal takes messages again');
    failing = false;
    stalledSince = undefined;
  }

  return {
    add,
    stalledMs: () => (stalledSince === undefined ? 0 : performance.now() - stalledSince),
    onPressure(listener) {
      onPressure = listener;
    },
    async drain(timeoutMs) {
      if (!running) return;
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([
        new Promise<void>((resolve) => {
          idle = resolve;
        }),
        new Promise<void>((resolve) => {
          timer = setTimeout(resolve, timeoutMs);
        }),
      ]);
      clearTimeout(timer);
      while (batches[0]) abandon(batches[0]);
    },
  };
}
