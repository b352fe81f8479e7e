// Appending to the streams: all records of a commit in one script, answered once they are on disk (`appendfsync always`), and where there
// are replicas on the disk of one of them.
import { TemporaryFailure } from '../../runtime/errors.ts';
import type { NewRecord } from '../ports/journal.ts';
import type { RedisConnection } from '../redis-connection.ts';
import { confirmAll, confirmWritten, type Patience, tryToWrite } from './redis-confirm.ts';
import { asRedisJournalOutage, isLostStream } from './redis-failure.ts';
import { seqOf, streamKey } from './redis-keys.ts';
import type { StreamGuard } from './stream-guard.ts';

export interface RedisAppender {
  /** Throws TemporaryFailure `journal_unavailable`, `journal_full`, `journal_lost`. */
  append(records: readonly NewRecord[]): Promise<void>;
  /** What an append would fail with now, in words, found out by a write that says nothing. Throws what `StreamGuard.pass` throws. */
  findRefusal(): Promise<string | undefined>;
}

/** Whoever asks whether all is ready waits no longer than 2 s. */
const OF_READINESS: Patience = { receivedMs: 400, onDiskMs: 1_000 };

interface Written {
  /** Of the connection. */
  readonly epoch: number;
  readonly seq: number;
}

export function createRedisAppender(redis: RedisConnection, guard: StreamGuard): RedisAppender {
  const { client } = redis;
  /** Records that Redis has and no replica has confirmed yet: given again they are not written again. */
  const unconfirmed = new WeakMap<NewRecord, Written>();
  let trying: Promise<string | undefined> | undefined;

  async function write(records: readonly NewRecord[]): Promise<number[]> {
    const keys = records.map(({ partition }) => streamKey(partition));
    const ids = await client.appendRecords(
      keys.length,
      ...keys,
      ...records.flatMap((record) => [record.messageCount, record.bytes]),
    );
    const seqs = ids.map(seqOf);
    for (const [index, seq] of seqs.entries()) guard.checkNumber(records[index]!.partition, seq);
    return seqs;
  }

  async function writeAndConfirm(records: readonly NewRecord[]): Promise<number[]> {
    const { epoch } = redis;
    const before = records.map((record) => unconfirmed.get(record));
    if (before.every((each) => each?.epoch === epoch)) {
      await confirmAll(redis, epoch);
      return before.map((each) => each!.seq);
    }
    const seqs = await write(records);
    for (const [index, seq] of seqs.entries()) unconfirmed.set(records[index]!, { epoch, seq });
    await confirmWritten(redis, epoch);
    return seqs;
  }

  async function tryToAppend(): Promise<string | undefined> {
    const { hasReplicas } = await guard.pass();
    const { epoch } = redis;
    try {
      await tryToWrite(redis);
      if (hasReplicas) await confirmWritten(redis, epoch, OF_READINESS);
      return undefined;
    } catch (error) {
      redis.noteFailure(error);
      const failure = asRedisJournalOutage(error);
      if (failure instanceof TemporaryFailure) return failure.message;
      throw failure;
    }
  }

  return {
    findRefusal() {
      // While a replica is waited for the connection does nothing else.
      trying ??= tryToAppend().finally(() => {
        trying = undefined;
      });
      return trying;
    },
    async append(records) {
      const { hasReplicas } = await guard.pass();
      try {
        const seqs = await (hasReplicas ? writeAndConfirm(records) : write(records));
        for (const [index, seq] of seqs.entries()) guard.noteAcknowledged(records[index]!.partition, seq);
      } catch (error) {
        if (isLostStream(error)) await guard.missing();
        redis.noteFailure(error);
        throw asRedisJournalOutage(error);
      }
    },
  };
}
