// Which records the journal on Redis lets go of. The numbers have no clock in them: when a number was the newest is noted at each trim.
import type { Redis } from 'ioredis';
import type { JournalRetention } from './journal-hours.ts';
import { streamKey } from './redis-keys.ts';
import type { StreamState } from './stream-guard.ts';

/** Redis does nothing else meanwhile: 10,000 small records take it about 2 ms. */
const RECORDS_AT_ONCE = 10_000;

export interface RedisTrimmer {
  /** Never at or above `committed`. Throws what ioredis throws. */
  trim(
    streams: readonly StreamState[],
    committed: ReadonlyMap<number, number>,
    retention: JournalRetention,
  ): Promise<void>;
}

export function createRedisTrimmer(client: Redis, now: () => number): RedisTrimmer {
  /** Oldest first. */
  let marks: { readonly at: number; readonly newest: ReadonlyMap<number, number> }[] = [];

  /** The newest records at the last mark that is old enough. */
  function findOld(streams: readonly StreamState[], keepMs: number): ReadonlyMap<number, number> {
    marks.push({ at: now(), newest: new Map(streams.map(({ partition, newest }) => [partition, newest])) });
    const old = marks.filter(({ at }) => at <= now() - keepMs);
    marks = marks.slice(Math.max(0, old.length - 1));
    return old.at(-1)?.newest ?? new Map();
  }

  async function dropBelow({ partition, newest, records }: StreamState, seq: number): Promise<void> {
    for (let next = newest - records + 1; next < seq; ) {
      next = Math.min(next + RECORDS_AT_ONCE, seq);
      await client.xtrim(streamKey(partition), 'MINID', `0-${next}`);
    }
  }

  return {
    async trim(streams, committed, { keepMs, maxBytes }) {
      const old = findOld(streams, keepMs);
      const consumedOf = ({ newest, records }: StreamState, until: number) => Math.max(0, records - (newest - until));
      const bytesOf = (stream: StreamState, until: number) =>
        stream.records === 0 ? 0 : (stream.bytes * consumedOf(stream, until)) / stream.records;
      const consumedBytes = streams.reduce((sum, each) => sum + bytesOf(each, committed.get(each.partition) ?? 0), 0);
      const excess = consumedBytes === 0 ? 0 : Math.max(0, 1 - maxBytes / consumedBytes);
      for (const stream of streams) {
        const until = committed.get(stream.partition) ?? 0;
        const byBytes = until - Math.floor(consumedOf(stream, until) * (1 - excess));
        await dropBelow(stream, Math.min(until, Math.max((old.get(stream.partition) ?? 0) + 1, byBytes)));
      }
    },
  };
}
