// Everything that a journal has after a position, however many reads that takes.
import type { Journal, JournalRecord } from '../../storage/ports/journal.ts';

export const fromStart = (...partitions: number[]) => new Map(partitions.map((partition) => [partition, 0]));

/** From the start of the first four partitions on, where nothing else is said. */
export async function readAll(
  journal: Journal,
  after: ReadonlyMap<number, number> = fromStart(0, 1, 2, 3),
): Promise<JournalRecord[]> {
  const position = new Map(after);
  const all: JournalRecord[] = [];
  for (;;) {
    const records = await journal.read(position, 1_000_000);
    if (records.length === 0) return all;
    for (const each of records) position.set(each.partition, each.seq);
    all.push(...records);
  }
}
