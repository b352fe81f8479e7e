// What is read ahead, against a journal that notes what it was asked.
import { describe, expect, it } from 'vitest';
import type { JournalRecord } from '../storage/ports/journal.ts';
import { createJournalReader } from './journal-reader.ts';

const record = (partition: number, seq: number, bytes = 300 * 1024): JournalRecord => ({
  partition,
  seq,
  messageCount: 1,
  bytes: Buffer.alloc(bytes),
});

/** Each partition has a large record after any sequence below `until`. */
function begin(until = 100) {
  const asked: (readonly [number, number])[][] = [];
  let now = 0;
  let failure: Error | undefined;
  const reader = createJournalReader({
    journal: {
      async read(after) {
        asked.push([...after]);
        if (failure) throw failure;
        return [...after].flatMap(([partition, seq]) => (seq < until ? record(partition, seq + 1) : []));
      },
    },
    now: () => ++now,
  });
  return { reader, asked, fail: (error: Error | undefined) => (failure = error) };
}

describe('what is read while the turn before is under way', () => {
  it('is what the next turn gets, with the time at which it was read', async () => {
    const { reader, asked } = begin();
    const after = new Map([[0, 1]]);
    const { records } = await reader.read(after);
    reader.readAhead(after, records);
    const next = await reader.read(new Map([[0, 2]]));
    expect([next.records.map(({ seq }) => seq), next.readAt]).toEqual([[3], 2]);
    expect(asked).toEqual([[[0, 1]], [[0, 2]]]);
  });

  it('counts for nothing where the turn before has not consumed it all, or partitions changed hands', async () => {
    const { reader } = begin();
    const after = new Map([[0, 1]]);
    const seqsAfter = async (held: Map<number, number>) => {
      const { records } = await reader.read(after);
      reader.readAhead(after, records);
      return (await reader.read(held)).records.map(({ partition, seq }) => [partition, seq]);
    };
    expect(await seqsAfter(new Map([[0, 1]]))).toEqual([[0, 2]]);
    expect(await seqsAfter(new Map([[1, 7]]))).toEqual([[1, 8]]);
    expect(
      await seqsAfter(
        new Map([
          [0, 2],
          [1, 7],
        ]),
      ),
    ).toEqual([
      [0, 3],
      [1, 8],
    ]);
    expect((await reader.read(new Map())).records).toEqual([]);
  });

  it('is asked for again where it came to nothing, or failed', async () => {
    const { reader, asked, fail } = begin(2);
    const after = new Map([[0, 1]]);
    const { records } = await reader.read(after);
    reader.readAhead(after, records);
    expect(await reader.read(new Map([[0, 2]]))).toEqual({ records: [], readAt: 3 });
    fail(new Error('away'));
    reader.readAhead(after, records);
    await expect(reader.read(new Map([[0, 2]]))).rejects.toThrow('away');
    expect(asked).toHaveLength(5);
    await reader.settle();
  });

  it('is nothing after a batch with which the journal is read to its end', async () => {
    const { reader, asked } = begin();
    reader.readAhead(new Map([[0, 1]]), [record(0, 2, 1024)]);
    expect(asked).toEqual([]);
  });
});
