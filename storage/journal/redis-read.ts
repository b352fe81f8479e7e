// Reading the streams, all partitions in one go.
import type { JournalRecord } from '../ports/journal.ts';
import type { RedisConnection } from '../redis-connection.ts';
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
  await guard.pass();
  let reply: (number | Buffer)[];
  try {
    reply = await redis.client.readRecordsBuffer(
      partitions.length,
      ...partitions.map(streamKey),
      maxBytes,
      MAX_RECORDS_PER_PARTITION,
      ...after.values(),
    );
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
