// Appending to the streams: all records of a commit in one script, answered once they are on disk (`appendfsync always`), and where there
// are replicas on the disk of one of them.
import { TemporaryFailure } from '../../runtime/errors.ts';
import type { NewRecord } from '../ports/journal.ts';
import type { RedisConnection } from '../redis-connection.ts';
import { asRedisJournalOutage, isLostStream } from './redis-failure.ts';
import { seqOf, streamKey } from './redis-keys.ts';
import type { StreamGuard } from './stream-guard.ts';

/** Together less than a command may take. */
const RECEIVED_TIMEOUT_MS = 2_000;
const ON_DISK_TIMEOUT_MS = 5_000;
/** Written to a connection that hasn't written itself: WAITAOF waits for what its own connection has written. */
const FENCE_KEY = 'pulseward:journal:fence';

export interface RedisAppender {
  /** Throws TemporaryFailure `journal_unavailable`, `journal_full`, `journal_lost`. */
  append(records: readonly NewRecord[]): Promise<void>;
}

export function createRedisAppender(redis: RedisConnection, guard: StreamGuard): RedisAppender {
  const { client } = redis;
  /** Records that Redis has and no replica has confirmed yet, by the connection's epoch: given again they are not written again. */
  const written = new WeakMap<NewRecord, number>();
  // Once there was a replica it is waited for, as long as this process lives: who goes on without one loses records in a fail-over.
  let waitsForReplica = false;

  async function write(records: readonly NewRecord[]): Promise<string[]> {
    const keys = records.map(({ partition }) => streamKey(partition));
    return client.appendRecords(
      keys.length,
      ...keys,
      ...records.flatMap((record) => [record.messageCount, record.bytes]),
    );
  }

  async function writeAndWait(records: readonly NewRecord[]): Promise<string[]> {
    let ids: string[] = [];
    if (records.every((record) => written.get(record) === redis.epoch)) await client.set(FENCE_KEY, '1');
    else ids = await write(records);
    for (const record of records) written.set(record, redis.epoch);
    // A replica that is asked at once answers with what it had on disk before, and then once a second: M, a record, 96 to 256 ms. Asked
    // again when it has received everything, it has it on disk: 5 ms.
    const [, onDisk] = await Promise.all([
      client.call('WAIT', 1, RECEIVED_TIMEOUT_MS),
      client.call('WAITAOF', 1, 1, ON_DISK_TIMEOUT_MS),
    ]);
    const [here = 0, onReplicas = 0] = onDisk as readonly number[];
    if (here < 1 || onReplicas < 1)
      throw new TemporaryFailure(
        'journal_unavailable',
        'no replica of Redis has confirmed the records; to go on without replicas for good, start again',
      );
    return ids;
  }

  return {
    async append(records) {
      const { hasReplicas } = await guard.pass();
      waitsForReplica ||= hasReplicas;
      try {
        const ids = await (waitsForReplica ? writeAndWait(records) : write(records));
        for (const [index, id] of ids.entries()) guard.appended(records[index]!.partition, seqOf(id));
      } catch (error) {
        if (isLostStream(error)) await guard.missing();
        redis.noteFailure(error);
        throw asRedisJournalOutage(error);
      }
    },
  };
}
