// What every journal promises (storage/ports/journal.ts), as a suite over an adapter: broker and ingest rely on each of these cases.
import type { Pool } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ConfigurationError, TemporaryFailure } from '../../runtime/errors.ts';
import { settleJournalPartitions } from '../../storage/journal/journal-partitions.ts';
import type { Journal, JournalRecord, NewRecord } from '../../storage/ports/journal.ts';
import { until } from '../system/until.ts';
import { outcomeOf } from './outcome-of.ts';
import { fromStart, readAll } from './read-all.ts';

export interface JournalUnderTest {
  /** Each call is another process's journal on the same engine. Retention: what `passRetention` makes old may be dropped. */
  open(limits?: { readonly maxUnconsumedBytes?: number }): Journal;
  /** A journal whose engine does not answer. */
  openUnreachable(): Journal;
  /** A journal on an engine that may lose what it acknowledged, and the names of the settings at fault. */
  openUnsafe(): Promise<{ readonly journal: Journal; readonly settings: readonly string[] }>;
  /** Makes everything appended so far older than retention. */
  passRetention(): Promise<void>;
  /** Of the database with the offsets, in both deployments. */
  readonly pool: Pool;
  close(): Promise<void>;
}

const PARTITIONS = 4;

const record = (partition: number, text: string, messageCount = 1): NewRecord => ({
  partition,
  messageCount,
  bytes: Buffer.from(text),
});
const texts = (records: readonly JournalRecord[], partition: number) =>
  records.filter((each) => each.partition === partition).map(({ bytes }) => bytes.toString());

/** Redis says how much memory is taken, which comes in steps; Postgres how many bytes were appended. */
function expectAbout(bytes: number, expected: number): void {
  expect(bytes).toBeGreaterThan(expected * 0.8);
  expect(bytes).toBeLessThan(expected * 1.25);
}

export function describeJournal(name: string, openEngine: () => Promise<JournalUnderTest>): void {
  describe(name, () => {
    let engine: JournalUnderTest;

    beforeEach(async () => {
      engine = await openEngine();
      await settleJournalPartitions(engine.pool, PARTITIONS);
    });
    afterEach(() => engine.close());

    const consume = async (partition: number, seq: number) => {
      await engine.pool.query('update journal_partitions set seq = $2 where partition = $1', [partition, seq]);
    };
    const offsets = (seqs: readonly number[]) => new Map(seqs.map((seq, partition) => [partition, seq]));

    test('an acknowledged record is visible to another process at once, byte for byte', async () => {
      const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 7 + (index >> 8)) % 256));
      await engine.open().append([{ partition: 2, messageCount: 17, bytes }, record(0, 'beside it')]);
      const records = await engine.open().read(fromStart(0, 1, 2, 3), 1_000_000);
      expect(records.map(({ partition, messageCount }) => ({ partition, messageCount }))).toEqual([
        { partition: 0, messageCount: 1 },
        { partition: 2, messageCount: 17 },
      ]);
      expect(records[1]?.bytes.equals(bytes)).toBe(true);
    });

    test('two brokers append 1,200 commits at once: a reader at their heels misses none, in order, without a deadlock', async () => {
      const commits = 600;
      let appending = true;
      const appender = async (broker: string) => {
        const journal = engine.open();
        for (let commit = 0; commit < commits; commit++) {
          const partitions = [0, 1, 2, 3].filter((partition) => (commit + partition) % 3 !== 0);
          if (broker === 'b') partitions.reverse();
          await journal.append(partitions.map((partition) => record(partition, `${broker} ${commit}`)));
        }
      };
      const follow = async () => {
        const journal = engine.open();
        const position = fromStart(0, 1, 2, 3);
        const seen: JournalRecord[] = [];
        for (let last = false; ; ) {
          const records = await journal.read(position, 100_000);
          for (const each of records) {
            expect(each.seq).toBeGreaterThan(position.get(each.partition)!);
            position.set(each.partition, each.seq);
          }
          seen.push(...records);
          if (last && records.length === 0) return seen;
          last = !appending;
        }
      };
      const appended = Promise.all([appender('a'), appender('b')]).finally(() => {
        appending = false;
      });
      const [seen] = await Promise.all([follow(), appended]);
      for (const partition of [0, 1, 2, 3]) {
        for (const broker of ['a', 'b']) {
          const expected = Array.from({ length: commits }, (_, commit) => commit).filter(
            (commit) => (commit + partition) % 3 !== 0,
          );
          const own = texts(seen, partition).filter((text) => text.startsWith(broker));
          expect(own).toEqual(expected.map((commit) => `${broker} ${commit}`));
        }
      }
    }, 60_000);

    test('appends of one process become visible in the order of the calls, also when nobody waits in between', async () => {
      const journal = engine.open();
      const order = Array.from({ length: 50 }, (_, index) => `message ${index}`);
      await Promise.all(order.map((text) => journal.append([record(1, text)])));
      expect(texts(await readAll(engine.open()), 1)).toEqual(order);
    });

    test('a read stays about within its bytes and goes on where it stopped', async () => {
      const journal = engine.open();
      const text = 'x'.repeat(1_000);
      for (let index = 0; index < 40; index++) await journal.append([record(0, text), record(3, text)]);
      const first = await journal.read(fromStart(0, 3), 10_000);
      const bytes = first.reduce((sum, each) => sum + each.bytes.length, 0);
      expect(bytes).toBeGreaterThanOrEqual(5_000);
      expect(bytes).toBeLessThanOrEqual(12_000);
      expect(new Set(first.map(({ partition }) => partition))).toEqual(new Set([0, 3]));
      expect((await readAll(journal, fromStart(0, 3))).length).toBe(80);
    });

    test('a record larger than the bytes asked for is delivered all the same, one per partition', async () => {
      const journal = engine.open();
      const huge = 'y'.repeat(50_000);
      await journal.append([record(0, huge), record(1, huge)]);
      await journal.append([record(0, 'later'), record(1, 'later')]);
      const records = await journal.read(fromStart(0, 1, 2), 10);
      expect(records.map(({ partition, bytes }) => [partition, bytes.length])).toEqual([
        [0, 50_000],
        [1, 50_000],
      ]);
    });

    test('what was read once is read again from the same sequence: a crash before the offset loses nothing', async () => {
      const journal = engine.open();
      for (const text of ['one', 'two', 'three']) await journal.append([record(0, text)]);
      const [first] = await readAll(journal);
      expect(texts(await readAll(journal), 0)).toEqual(['one', 'two', 'three']);
      expect(texts(await readAll(journal, new Map([[0, first!.seq]])), 0)).toEqual(['two', 'three']);
      await journal.append([record(0, 'four')]);
      expect(texts(await readAll(journal, new Map([[0, first!.seq]])), 0)).toEqual(['two', 'three', 'four']);
    });

    test('a partition that was quiet for long is read as soon as something arrives', async () => {
      const journal = engine.open();
      const reader = engine.open();
      await journal.append([record(1, 'first')]);
      const [first] = await readAll(reader);
      for (let index = 0; index < 300; index++) await journal.append([record(0, 'busy')]);
      const after = new Map([[1, first!.seq]]);
      expect(await reader.read(after, 1_000)).toEqual([]);
      await journal.append([record(1, 'at last')]);
      expect(texts(await reader.read(after, 1_000), 1)).toEqual(['at last']);
    });

    test('heads name the newest record of each partition and about how many bytes are not consumed', async () => {
      const journal = engine.open();
      const text = 'a'.repeat(200_000);
      await journal.append([record(0, text), record(1, text)]);
      await journal.append([record(1, text)]);
      const records = await readAll(journal);
      const newest = (partition: number) => records.filter((each) => each.partition === partition).at(-1)?.seq ?? 0;
      const { heads, unconsumedBytes, storedBytes } = await journal.heads();
      expect(heads).toEqual([0, 1, 2, 3].map((partition) => ({ partition, seq: newest(partition) })));
      expectAbout(unconsumedBytes, 600_000);
      expect(storedBytes).toBeGreaterThan(0);
      await consume(0, newest(0));
      await consume(1, records.find(({ partition }) => partition === 1)!.seq);
      expectAbout((await journal.heads()).unconsumedBytes, 200_000);
      await consume(1, newest(1));
      expect((await journal.heads()).unconsumedBytes).toBe(0);
    });

    test('trimming drops what is old and consumed, and nothing at or above the offset of its partition', async () => {
      const journal = engine.open();
      for (const text of ['one', 'two', 'three']) await journal.append([record(0, text), record(1, text)]);
      await engine.passRetention();
      const records = await readAll(journal);
      const seqs = (partition: number) => records.filter((each) => each.partition === partition).map(({ seq }) => seq);

      await consume(0, seqs(0)[1]!);
      await journal.trim(offsets([seqs(0)[1]!, 0, 0, 0]));
      const kept = await readAll(engine.open());
      expect(texts(kept, 0).slice(-2)).toEqual(['two', 'three']);
      expect(texts(kept, 1)).toEqual(['one', 'two', 'three']);

      await journal.append([record(0, 'new'), record(1, 'new')]);
      const heads = (await journal.heads()).heads.map(({ seq }) => seq);
      for (const partition of [0, 1]) await consume(partition, heads[partition]!);
      await journal.trim(offsets(heads));
      const left = await readAll(engine.open());
      expect(texts(left, 0).at(-1)).toBe('new');
      expect(texts(left, 0)).not.toContain('one');
      expect(texts(left, 1)).not.toContain('one');
    });

    test('trimming keeps what is young, consumed or not', async () => {
      const journal = engine.open();
      await journal.append([record(0, 'just now')]);
      await journal.append([record(0, 'and now')]);
      await journal.trim(offsets((await journal.heads()).heads.map(({ seq }) => seq)));
      expect(texts(await readAll(engine.open()), 0)).toEqual(['just now', 'and now']);
    });

    test('from the limit of unconsumed bytes on appends are refused, as whoever asks is told, until somebody consumes', async () => {
      const limits = { maxUnconsumedBytes: 1_200_000 };
      const [broker, asked] = [engine.open(limits), engine.open(limits)];
      const append = (bytes: number) => outcomeOf(broker.append([record(0, 'z'.repeat(bytes))]));
      for (let index = 0; index < 9; index++) expect(await append(100_000)).toBe('done');
      expect((await asked.heads()).refusal).toBeUndefined();
      expect(await append(400_000)).toBe('done');

      await until('it is refused', 5_000, async () => (await append(400_000)) === 'journal_full');
      const { heads, unconsumedBytes, maxUnconsumedBytes, refusal } = await asked.heads();
      expect(maxUnconsumedBytes).toBe(1_200_000);
      expectAbout(unconsumedBytes, 1_300_000);
      expect(refusal).toMatch(/unconsumed/);

      await consume(0, heads[0]!.seq);
      expect((await asked.heads()).refusal).toBeUndefined();
      await until('it is taken', 5_000, async () => (await append(400_000)) === 'done');
    });

    test('an engine that is away is a temporary failure of appends and reads', async () => {
      const journal = engine.openUnreachable();
      for (const attempt of [() => journal.append([record(0, 'lost?')]), () => journal.read(fromStart(0), 1_000)]) {
        const error = await attempt().then(
          () => undefined,
          (failure: unknown) => failure,
        );
        expect(error).toBeInstanceOf(TemporaryFailure);
        expect(error).toMatchObject({ code: 'journal_unavailable' });
      }
    });

    test('a start on an engine that may lose what it acknowledged is refused, with every setting at fault', async () => {
      const { journal, settings } = await engine.openUnsafe();
      const error = await journal.checkDurability().catch((refusal: unknown) => refusal);
      expect(error).toBeInstanceOf(ConfigurationError);
      for (const setting of settings) expect(String(error)).toContain(setting);
    });
  });
}
