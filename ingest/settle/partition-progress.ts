// How far the partitions have been read by whoever holds them: by time, which nobody writes down, found out from heads and offsets.
import type { Journal } from '../../storage/ports/journal.ts';

const LOOK_EVERY_MS = 5_000;

export interface PartitionProgress {
  /** Every record that was appended before (epoch ms) is consumed; 0 while nobody knows. */
  readUntil(partition: number): number;
  /** Looks again, at most every few seconds. Throws TemporaryFailure. */
  look(): Promise<void>;
}

export interface PartitionProgressDeps {
  readonly journal: Pick<Journal, 'heads'>;
  readonly readOffsets: () => Promise<ReadonlyMap<number, number>>;
  readonly now: () => number;
}

export function createPartitionProgress({ journal, readOffsets, now }: PartitionProgressDeps): PartitionProgress {
  const readUntil = new Map<number, number>();
  /** What was a partition's newest record at a moment: once its offset has come so far, everything of before is read. */
  const awaited = new Map<number, { readonly at: number; readonly seq: number }>();
  let dueAt = 0;

  return {
    readUntil: (partition) => readUntil.get(partition) ?? 0,
    async look() {
      const at = now();
      if (at < dueAt) return;
      dueAt = at + LOOK_EVERY_MS;
      const [{ heads }, offsets] = await Promise.all([journal.heads(), readOffsets()]);
      for (const { partition, seq } of heads) {
        const target = awaited.get(partition);
        if (target !== undefined && (offsets.get(partition) ?? 0) < target.seq) continue;
        if (target !== undefined) readUntil.set(partition, target.at);
        awaited.set(partition, { at, seq });
      }
    },
  };
}
