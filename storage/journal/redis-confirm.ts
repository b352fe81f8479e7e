// Whether a replica has it, too: what a fail-over to it keeps.
import { TemporaryFailure } from '../../runtime/errors.ts';
import type { RedisConnection } from '../redis-connection.ts';

export interface Patience {
  /** Until a replica has received it, and then until it has it on disk. */
  readonly receivedMs: number;
  readonly onDiskMs: number;
}

/** Together less than a command may take. */
const OF_RECORDS: Patience = { receivedMs: 2_000, onDiskMs: 5_000 };
const FENCE_KEY = 'pulseward:journal:fence';

/**
 * Resolves once what this connection wrote last, and with it everything that Redis had before, is on the disk of Redis and of one
 * replica. `epoch`: the connection's, before it wrote or read that. Throws TemporaryFailure `journal_unavailable`, and what ioredis throws.
 */
export async function confirmWritten(
  redis: RedisConnection,
  epoch: number,
  { receivedMs, onDiskMs }: Patience = OF_RECORDS,
): Promise<void> {
  // A replica that is asked at once answers with what it had on disk before, and then once a second: M, a record, 96 to 256 ms. Asked
  // again when it has received everything, it has it on disk: 5 ms.
  const [, onDisk] = await Promise.all([
    redis.client.call('WAIT', 1, receivedMs),
    redis.client.call('WAITAOF', 1, 1, onDiskMs),
  ]);
  // Another server may have been asked, which has other records under the same numbers.
  if (redis.epoch !== epoch)
    throw new TemporaryFailure(
      'journal_unavailable',
      'the connection to Redis was lost before a replica had confirmed',
    );
  const [here = 0, onReplicas = 0] = onDisk as readonly number[];
  if (here < 1 || onReplicas < 1)
    throw new TemporaryFailure(
      'journal_unavailable',
      'no replica of Redis has confirmed the records; to go on without replicas for good, start again',
    );
}

/**
 * As `confirmWritten`, of everything that Redis has, whoever wrote it: WAIT and WAITAOF go by the own connection's last write. Also of a
 * Redis that is full: who reads makes room.
 */
export async function confirmAll(redis: RedisConnection, epoch: number): Promise<void> {
  // Not sent together: a script that Redis doesn't know yet is sent a second time, and would come after them.
  await redis.client.writeFence(1, FENCE_KEY);
  await confirmWritten(redis, epoch);
}

/** A write that says nothing, and fails as any other: memory or disk full, too few replicas. */
export async function tryToWrite(redis: RedisConnection): Promise<void> {
  await redis.client.set(FENCE_KEY, '1');
}
