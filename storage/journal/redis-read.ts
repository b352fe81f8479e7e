// Reading the streams, all partitions in one go. Promise: where there are replicas, what is handed out is on the disk of one of them, so
// that after a fail-over to it the numbers that were consumed still name the same records.
import type { JournalRecord } from '../ports/journal.ts';
import type { RedisConnection } from '../redis-connection.ts';
import { confirmAll } from './redis-confirm.ts';
import { asRedisJournalOutage, isLostStream } from './redis-failure.ts';
import { seqOf, streamKey } from './redis-keys.ts';
import type { StreamGuard } from './stream-guard.ts';

const MAX_RECORDS_PER_PARTITION = 256;

/** As Journal.read. Throws TemporaryFailure `journal_unavailable`, `journal_lost`. */
export async function readFromRedis(
  redis: RedisConnection,
  guard: StreamGuard,
  after: ReadonlyMap<number, number>,
  maxBytes: number,
): Promise<JournalRecord[]> {
  const partitions = [...after.keys()];
  const { hasReplicas } = await guard.pass();
  const { epoch } = redis;
  let reply: (number | Buffer)[];
  try {
    reply = await redis.client.readRecordsBuffer(
      partitions.length,
      ...partitions.map(streamKey),
      maxBytes,
      MAX_RECORDS_PER_PARTITION,
      ...after.values(),
    );
    if (hasReplicas && reply.length > 0) await confirmAll(redis, epoch);
  } catch (error) {
    if (isLostStream(error)) await guard.missing();
    redis.noteFailure(error);
    throw asRedisJournalOutage(error);
  }
  const position = new Map(after);
  const records: JournalRecord[] = [];
  for (const { partition, seq, messageCount, bytes } of parse(reply, partitions)) {
    const before = position.get(partition)!;
    if (seq !== before + 1) await guard.checkHole(partition, before, seq);
    position.set(partition, seq);
    // Without messages it is what a person has put there, to go on after a loss.
    if (messageCount > 0) records.push({ partition, seq, messageCount, bytes });
  }
  return records;
}

function* parse(reply: readonly (number | Buffer)[], partitions: readonly number[]): Generator<JournalRecord> {
  for (let index = 0; index < reply.length; index += 4) {
    const [key, id, count, bytes] = reply.slice(index, index + 4) as [number, Buffer, Buffer, Buffer];
    yield { partition: partitions[key - 1]!, seq: seqOf(id.toString()), messageCount: Number(count), bytes };
  }
}
