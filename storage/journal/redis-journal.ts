// The journal on Redis Streams: a stream a partition, a record an entry, offsets and leases in Postgres as for the other engine.
import type { Pool } from 'pg';
import type { Log } from '../../runtime/log.ts';
import type { Journal, NewRecord } from '../ports/journal.ts';
import type { RedisConnection } from '../redis-connection.ts';
import { inOrder } from './in-order.ts';
import type { JournalRetention } from './journal-hours.ts';
import { createRedisAppender } from './redis-append.ts';
import { asRedisJournalOutage } from './redis-failure.ts';
import { readFromRedis } from './redis-read.ts';
import { defineJournalScripts } from './redis-scripts.ts';
import { createRedisTrimmer } from './redis-trim.ts';
import { createStreamGuard, type StreamState } from './stream-guard.ts';
import { createUnconsumedMeter } from './unconsumed-meter.ts';

const GIB = 1024 ** 3;

/** Consumed records are kept for re-runs; M: 141 bytes of memory a reading. */
export const REDIS_RETENTION: JournalRetention = { keepMs: 10 * 60_000, maxBytes: GIB };
/** 3,000 readings/s that nobody consumes fill it in 80 minutes, 10,000 CGM patients in five days. */
export const MAX_UNCONSUMED_REDIS_BYTES = 2 * GIB;
/** Of a Redis with a limit: when it is full, the job queue stands still as well. */
const MAX_SHARES = { unconsumed: 0.5, consumed: 0.25 };

export interface RedisJournalDeps {
  /** Not shared: a command that is not answered in time ends it for all. */
  readonly redis: RedisConnection;
  /** Of the database with the offsets. */
  readonly pool: Pool;
  readonly log: Log;
  readonly retention?: JournalRetention | undefined;
  readonly maxUnconsumedBytes?: number | undefined;
  /** Default the clock; only differences count. */
  readonly now?: (() => number) | undefined;
}

export function createRedisJournal(deps: RedisJournalDeps): Journal {
  const { redis, pool, log, retention = REDIS_RETENTION, now = () => performance.now() } = deps;
  const { maxUnconsumedBytes = MAX_UNCONSUMED_REDIS_BYTES } = deps;
  defineJournalScripts(redis.client);
  const guard = createStreamGuard({ redis, pool, log });
  const appender = createRedisAppender(redis, guard);
  const trimmer = createRedisTrimmer(redis.client, now);
  const unconsumed = createUnconsumedMeter({
    measure: async () => sum(await guard.inspect(), unconsumedBytesOf),
    maxBytes: maxUnconsumed,
  });
  let maxMemoryBytes = 0;

  function atMost(bytes: number, share: number): number {
    return maxMemoryBytes === 0 ? bytes : Math.min(bytes, Math.floor(maxMemoryBytes * share));
  }
  function maxUnconsumed(): number {
    return atMost(maxUnconsumedBytes, MAX_SHARES.unconsumed);
  }

  async function append(records: readonly NewRecord[]): Promise<void> {
    ({ maxMemoryBytes } = await guard.pass());
    await unconsumed.admit(sum(records, ({ bytes }) => bytes.length));
    await appender.append(records);
  }

  return {
    append: inOrder(append),
    read: (after, maxBytes) => readFromRedis(redis, guard, after, maxBytes),
    async heads() {
      ({ maxMemoryBytes } = await guard.pass());
      const streams = await guard.inspect();
      const unconsumedBytes = sum(streams, unconsumedBytesOf);
      return {
        heads: streams.map(({ partition, newest }) => ({ partition, seq: newest })),
        unconsumedBytes,
        maxUnconsumedBytes: maxUnconsumed(),
        storedBytes: sum(streams, ({ bytes }) => bytes),
        refusal: unconsumed.refusalAt(unconsumedBytes) ?? (await appender.findRefusal()),
      };
    },
    async trim(committed) {
      ({ maxMemoryBytes } = await guard.pass());
      const maxBytes = atMost(retention.maxBytes, MAX_SHARES.consumed);
      try {
        await trimmer.trim(await guard.inspect(), committed, { ...retention, maxBytes });
      } catch (error) {
        redis.noteFailure(error);
        throw asRedisJournalOutage(error);
      }
    },
    checkDurability: () => guard.checkSettings(),
  };
}

/** As if all its records were of one size: Redis knows how much memory the whole takes. */
function unconsumedBytesOf({ newest, committed, records, bytes }: StreamState): number {
  const waiting = Math.min(records, newest - committed);
  return waiting === 0 ? 0 : Math.round((bytes * waiting) / records);
}

const sum = <T>(all: readonly T[], bytesOf: (each: T) => number): number =>
  all.reduce((total, each) => total + bytesOf(each), 0);
