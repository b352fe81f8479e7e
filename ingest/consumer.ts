// Consumes records in batches, whatever they hold.
// Promise: what passes by itself is thrown for the loop to wait; a bug that comes three times is isolated to what causes it; what the
// store names as too old for it is given up at once, all of it.
import { TemporaryFailure } from '../runtime/errors.ts';
import type { Log } from '../runtime/log.ts';
import type { JournalRecord } from '../storage/ports/journal.ts';
import { ReadingContended, ReadingsTooOld } from '../storage/ports/time-series.ts';
import { type Batch, type BatchOptions, createBatch, type Fate, originKey } from './batch.ts';
import { wholeRecord } from './decode/decode.ts';
import type { IngestCounters } from './ingest-counters.ts';
import { forgetBatch, type PipelineDeps, runPipeline } from './ingest-pipeline.ts';
import { isPassing } from './is-passing.ts';
import { isolate } from './isolate.ts';
import { RehearsalOver } from './signal/commit-turn.ts';

const TRIES_BEFORE_ISOLATION = 3;
const TRIES_IF_CONTENDED = 3;
/** A partition whose next record can't even be given up is left alone for so long, then tried apart from the others. */
const PARTITION_PAUSE_MS = 10_000;
/** The code of what was maybe no bug: the batch is tried again. */
export const BATCH_FAILED = 'batch_failed';

export interface ConsumerDeps extends PipelineDeps {
  readonly log: Log;
  readonly counters: IngestCounters;
  readonly now: () => number;
}

export interface Consumer {
  /**
   * Resolves with the batch that counts, once it is committed and the offsets held have moved on. Where it throws, what was committed
   * before it has moved them on, too. Without records: evaluates who waits.
   */
  consume(records: readonly JournalRecord[]): Promise<Batch>;
  /** Whether nothing is to be read of a partition for a while, because its next record can't be consumed in any way. */
  isSetAside(partition: number): boolean;
}

export function createConsumer(deps: ConsumerDeps): Consumer {
  const { log, counters, now } = deps;
  /** How often the batch that begins with this record has failed. */
  let failing = { first: '', times: 0 };
  /** By partition: the record at which it stands, and until when it is left alone. */
  const stuck = new Map<number, { readonly seq: number; readonly until: number }>();

  async function run(options: Omit<BatchOptions, 'now'>, runDeps: PipelineDeps = deps): Promise<Batch> {
    /** What the store has named as too old; the others can go on at once. */
    const tooOld = new Set<string>();
    let refusal: ReadingsTooOld | undefined;
    for (let tries = 1; ; ) {
      const givenUp = new Set([...(options.givenUp ?? []), ...tooOld]);
      const batch = createBatch({ ...options, givenUp, now: now() });
      try {
        await runPipeline(batch, runDeps, counters);
        if (refusal !== undefined) reportTooOld(tooOld.size, refusal);
        return batch;
      } catch (error) {
        forgetBatch(batch, deps);
        if (error instanceof ReadingsTooOld) {
          const known = tooOld.size;
          for (const origin of error.origins) tooOld.add(originKey(origin));
          if (tooOld.size === known) throw error;
          refusal ??= error;
          continue;
        }
        // Settled anew, it knows what somebody else has written meanwhile.
        if (!(error instanceof ReadingContended) || tries === TRIES_IF_CONTENDED) throw error;
        tries += 1;
        counters.temporaryFailures.inc({ code: error.code });
      }
    }
  }

  async function tryRecord(record: JournalRecord, takesPart: (index: number) => boolean): Promise<void> {
    try {
      forgetBatch(await run({ records: [record], takesPart }, { ...deps, isRehearsal: true }), deps);
    } catch (error) {
      if (!(error instanceof RehearsalOver)) throw error;
    }
  }

  async function consumeAlone(record: JournalRecord): Promise<Batch> {
    let failure: unknown;
    try {
      return await run({ records: [record] });
    } catch (error) {
      if (isPassing(error)) throw error;
      failure = error;
    }
    const { givenUp: found, parts, cause } = await isolate(record, { tryRecord, isPassing });
    failure = cause ?? failure;
    // Where it is none of its parts: maybe not again, then each part by itself, then the bytes as they are.
    for (const givenUp of [found, parts, new Set([originKey(wholeRecord(record))])]) {
      try {
        const batch = await run({ records: [record], givenUp });
        if (givenUp.size > 0) reportGivenUp(batch, record, givenUp.size, failure);
        return batch;
      } catch (error) {
        if (isPassing(error)) throw error;
      }
    }
    throw failure;
  }

  function reportTooOld(items: number, err: ReadingsTooOld): void {
    log.error({ err, items }, 'readings older than their store keeps are kept as rejections');
    counters.givenUp.inc(items);
  }

  function reportGivenUp(batch: Batch, { partition, seq }: JournalRecord, items: number, err: unknown): void {
    log.error({ err, partition, seq, items }, 'items that fail again and again are kept as rejections');
    counters.givenUp.inc(items);
    // What a device's clock told was used and not kept.
    for (const { deviceKey, isKept } of batch.clockTells) if (!isKept) deps.deviceStates.drop(deviceKey);
  }

  /** Not one of the partition is passed over: they wait, and the other partitions go on. */
  function setAside({ partition, seq }: JournalRecord, err: unknown): void {
    const isKnown = stuck.get(partition)?.seq === seq;
    stuck.set(partition, { seq, until: now() + PARTITION_PAUSE_MS });
    counters.bugs.inc({ turn: 'record' });
    if (isKnown) return;
    const pauseMs = PARTITION_PAUSE_MS;
    log.error(
      { err, partition, seq, pauseMs },
      'a record can not even be given up; its partition waits, the others go on',
    );
  }

  /** Each in a transaction of its own. Answers what they came to together. */
  async function consumeOneByOne(records: readonly JournalRecord[]): Promise<Batch> {
    const consumed: JournalRecord[] = [];
    const whole = createBatch({ records: consumed, now: now() });
    const failed = new Set<number>();
    for (const record of records) {
      if (failed.has(record.partition)) continue;
      let alone: Batch;
      try {
        alone = await consumeAlone(record);
      } catch (error) {
        if (isPassing(error)) throw error;
        setAside(record, error);
        failed.add(record.partition);
        continue;
      }
      stuck.delete(record.partition);
      consumed.push(record);
      const { items, statuses, touched, dirtyDays, evaluated } = alone;
      count(counters, { items, evaluated });
      whole.items.push(...items);
      whole.statuses.push(...statuses);
      whole.touched.push(...touched);
      for (const [key, day] of dirtyDays) whole.dirtyDays.set(key, day);
    }
    return whole;
  }

  return {
    isSetAside: (partition) => (stuck.get(partition)?.until ?? 0) > now(),
    async consume(records) {
      if (records.some(({ partition }) => stuck.has(partition))) return consumeOneByOne(records);
      const first = records[0] === undefined ? '' : originKey({ ...records[0], index: 0 });
      try {
        const batch = await run({ records });
        failing = { first: '', times: 0 };
        count(counters, batch);
        return batch;
      } catch (error) {
        if (isPassing(error)) throw error;
        counters.bugs.inc({ turn: 'consume' });
        failing = { first, times: failing.first === first ? failing.times + 1 : 1 };
        if (records.length === 0) throw error;
        if (failing.times < TRIES_BEFORE_ISOLATION)
          throw new TemporaryFailure(BATCH_FAILED, 'a batch failed, maybe not again', { cause: error });
      }
      failing = { first: '', times: 0 };
      return consumeOneByOne(records);
    },
  };
}

function count(counters: IngestCounters, { items, evaluated }: Pick<Batch, 'items' | 'evaluated'>): void {
  const fates: Record<Fate, number> = { accepted: 0, duplicate: 0, corrected: 0, rejected: 0 };
  for (const { fate, rejection } of items) {
    fates[fate!] += 1;
    if (rejection !== undefined) counters.rejections.inc({ code: rejection.code });
  }
  for (const [fate, times] of Object.entries(fates)) if (times > 0) counters.items.inc({ fate }, times);
  counters.evaluated.inc(evaluated.readings);
  counters.batches.inc();
}
