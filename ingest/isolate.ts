// Finds what it is of a record that fails again and again, items or what its messages carry beside them, by halving, so that the rest
// of the partition goes on without it.
// Promise: a trial commits nothing; what it stores is met again with the same origin, and so the same fate, by the run that counts.
import type { JournalRecord } from '../storage/ports/journal.ts';
import { createBatch, originKey } from './batch.ts';
import { decode, wholeRecord } from './decode/decode.ts';

/** A trial takes some 10 ms, in which nobody else is consumed. Above it what fails together is given up together. */
const MOST_TRIALS = 200;

export interface IsolateDeps {
  /** Runs a record for those of its parts that take part, without committing. Throws what failed. */
  readonly tryRecord: (record: JournalRecord, takesPart: (index: number) => boolean) => Promise<void>;
  /** What passes by itself ends the search: the record is tried again as it is. */
  readonly isPassing: (error: unknown) => boolean;
}

export interface Isolated {
  /** By `originKey`; empty where no trial failed. */
  readonly givenUp: ReadonlySet<string>;
  /** Everything that could be given up. */
  readonly parts: ReadonlySet<string>;
  /** Of the first that was found. */
  readonly cause: unknown;
}

/** What fails by itself; where only several together fail, or too much does, all of them. Throws what passes by itself. */
export async function isolate(record: JournalRecord, { tryRecord, isPassing }: IsolateDeps): Promise<Isolated> {
  const { partition, seq } = record;
  const batch = createBatch({ records: [record], now: 0 });
  try {
    decode(batch);
  } catch (unreadable) {
    const whole = new Set([originKey(wholeRecord(record))]);
    return { givenUp: whole, parts: whole, cause: unreadable };
  }
  const beside = [...batch.statuses, ...batch.clockTells].map(({ besideIndex }) => besideIndex);
  const indexes = [...new Set([...beside, ...batch.items.map(({ origin }) => origin.index)])];
  const failing: number[] = [];
  let cause: unknown;
  let trials = 0;

  async function fails(some: readonly number[]): Promise<boolean> {
    const taking = new Set(some);
    trials += 1;
    try {
      await tryRecord(record, (index) => taking.has(index));
      return false;
    } catch (error) {
      if (isPassing(error)) throw error;
      cause ??= error;
      return true;
    }
  }
  async function search(some: readonly number[]): Promise<void> {
    if (some.length === 0 || !(await fails(some))) return;
    if (some.length === 1 || trials >= MOST_TRIALS) {
      failing.push(...some);
      return;
    }
    const found = failing.length;
    const middle = some.length >> 1;
    await search(some.slice(0, middle));
    await search(some.slice(middle));
    // Each half goes well alone: nobody can say which of them it is.
    if (failing.length === found) failing.push(...some);
  }
  await search(indexes);
  const keysOf = (some: readonly number[]) => new Set(some.map((index) => originKey({ partition, seq, index })));
  return { givenUp: keysOf(failing), parts: keysOf(indexes), cause };
}
