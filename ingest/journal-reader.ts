// What a turn reads of the journal; while a backlog waits, read during the turn before.
// Promise: what was read ahead counts only where the turn before has moved on to exactly there, else it is read anew: nothing is passed
// over or consumed twice. There is one read at a time.
import type { Journal, JournalRecord } from '../storage/ports/journal.ts';

/** About 3,500 single readings. */
const BATCH_BYTES = 512 * 1024;
/** Of a batch that holds less there is no more, or hardly. */
const WORTH_READING_AHEAD_BYTES = BATCH_BYTES / 2;

export interface ReadRecords {
  readonly records: readonly JournalRecord[];
  /** When the journal was asked, epoch ms. */
  readonly readAt: number;
}

export interface JournalReader {
  /** After these records, by partition. Throws as Journal.read. */
  read(after: ReadonlyMap<number, number>): Promise<ReadRecords>;
  /** What follows these records, which were read after `after` and are consumed from now on. */
  readAhead(after: ReadonlyMap<number, number>, records: readonly JournalRecord[]): void;
  /** Resolves once nothing is being read. */
  settle(): Promise<void>;
}

export interface JournalReaderDeps {
  readonly journal: Pick<Journal, 'read'>;
  readonly now: () => number;
}

interface Ahead {
  readonly after: ReadonlyMap<number, number>;
  readonly reading: Promise<ReadRecords>;
}

export function createJournalReader({ journal, now }: JournalReaderDeps): JournalReader {
  let ahead: Ahead | undefined;

  async function readNow(after: ReadonlyMap<number, number>): Promise<ReadRecords> {
    const readAt = now();
    return { records: after.size === 0 ? [] : await journal.read(after, BATCH_BYTES), readAt };
  }

  return {
    async read(after) {
      const taken = ahead;
      ahead = undefined;
      const known = await taken?.reading.catch(() => undefined);
      // An empty answer is as old as the turn before: whether the journal is empty is asked now.
      if (taken !== undefined && known !== undefined && known.records.length > 0 && isSame(taken.after, after))
        return known;
      return readNow(after);
    },
    readAhead(after, records) {
      const bytes = records.reduce((sum, record) => sum + record.bytes.length, 0);
      if (bytes < WORTH_READING_AHEAD_BYTES) return;
      const next = new Map(after);
      for (const { partition, seq } of records) next.set(partition, Math.max(seq, next.get(partition) ?? 0));
      const reading = readNow(next);
      // Whoever reads next asks again, and hears of it then.
      reading.catch(() => undefined);
      ahead = { after: next, reading };
    },
    async settle() {
      await ahead?.reading.catch(() => undefined);
      ahead = undefined;
    },
  };
}

function isSame(one: ReadonlyMap<number, number>, other: ReadonlyMap<number, number>): boolean {
  return one.size === other.size && [...one].every(([partition, seq]) => other.get(partition) === seq);
}
