// Port: the durable log between broker and ingest. A record is all messages that arrived for one partition since the last commit.

export interface NewRecord {
  readonly partition: number;
  readonly messageCount: number;
  /** Messages framed by storage/journal/record-frame.ts. */
  readonly bytes: Buffer;
}

export interface JournalRecord extends NewRecord {
  /** Rises over the whole journal in Postgres, per partition in Redis: compare within a partition only. */
  readonly seq: number;
}

export interface PartitionHead {
  readonly partition: number;
  /** Sequence of the newest record, 0 where there is none. */
  readonly seq: number;
}

export interface Journal {
  /**
   * Appends all records in one commit. Resolves once they are durable and visible to every reader, in the order of calls of this
   * process. Throws TemporaryFailure when nothing is known to be written (it may still be: readers must bear a record twice), with the
   * code `journal_unavailable`, `journal_full`, or `journal_lost` where the engine came back without what was consumed already.
   */
  append(records: readonly NewRecord[]): Promise<void>;
  /**
   * Records after the given sequence of each partition, per partition in ascending order and without holes: what is returned now is
   * never followed later by a smaller sequence. At most about `maxBytes`, at least one record per partition that has any.
   */
  read(after: ReadonlyMap<number, number>, maxBytes: number): Promise<JournalRecord[]>;
  heads(): Promise<{
    readonly heads: readonly PartitionHead[];
    /** What can't be dropped, because it or what follows it is not consumed: bytes appended on Postgres, of memory and about on Redis. */
    readonly unconsumedBytes: number;
    /** From here on appends are refused: what reaches it is the last that is taken. */
    readonly maxUnconsumedBytes: number;
    readonly storedBytes: number;
    /** Why an append would be refused now, in words that may leave the process; undefined where it would be taken. */
    readonly refusal: string | undefined;
  }>;
  /** Drops what retention allows, never at or above the lowest committed offset of its partition. */
  trim(committed: ReadonlyMap<number, number>): Promise<void>;
  /** Reads the engine's durability settings. Throws ConfigurationError that names each setting that would lose data, and the remedy. */
  checkDurability(): Promise<void>;
}
