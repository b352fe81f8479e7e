// The loop's turns with everything around it made up: what fails is decided by the test, and so is what time it is.
import { afterEach, describe, expect, it } from 'vitest';
import { type Counters, createCounters } from '../runtime/counters.ts';
import { TemporaryFailure } from '../runtime/errors.ts';
import { createLog } from '../runtime/log.ts';
import type { JournalRecord } from '../storage/ports/journal.ts';
import { createIngestCounters } from './ingest-counters.ts';
import { createIngestLoop, type IngestLoop } from './ingest-loop.ts';
import { Projections } from './project/projections.ts';

const RECORD: JournalRecord = { partition: 0, seq: 1, messageCount: 1, bytes: Buffer.of(1) };

let loop: IngestLoop | undefined;
let counters: Counters;
afterEach(() => loop?.stop());

/** A loop whose clock moves by a second a turn. */
function begin(read: (turn: number) => readonly JournalRecord[], consume: () => never) {
  let turn = 0;
  counters = createCounters({ part: 'ingest' });
  const upkeep: { readonly turn: number; readonly now: number; readonly knownUntil: number }[] = [];
  loop = createIngestLoop({
    journal: {
      async read() {
        return [...read(turn)];
      },
    },
    consumer: { consume: async () => consume(), isSetAside: () => false },
    heldPartitions: {
      after: new Map([[0, 0]]),
      isHeld: () => true,
      epochsOf: () => [],
      epochsToCommit: () => [],
      sync: async () => {
        turn += 1;
      },
      advance: () => undefined,
      turnFailed: () => undefined,
    },
    projections: new Projections(),
    upkeep: {
      run: async (now, knownUntil) => void upkeep.push({ turn, now, knownUntil }),
      hurry: () => undefined,
      finish: async () => undefined,
    },
    live: { note: () => undefined, send: async () => undefined },
    takeRegistryChanges: async () => undefined,
    log: createLog({ part: 'ingest', level: 'fatal', write: () => undefined }),
    counters: createIngestCounters(counters),
    now: () => turn * 1_000,
  });
  loop.start();
  return upkeep;
}

describe('upkeep', () => {
  it('goes on while consuming fails with a bug, by what was known before', async () => {
    const upkeep = begin(
      (turn) => (turn === 1 ? [] : [RECORD]),
      () => {
        throw new Error('a bug');
      },
    );
    await expect.poll(() => upkeep.length, { timeout: 5_000 }).toBeGreaterThan(3);
    expect(new Set(upkeep.map(({ knownUntil }) => knownUntil))).toEqual(new Set([1_000]));
  });

  it('leaves deadlines alone after an outage, until brokers have appended what they held back', async () => {
    const upkeep = begin(
      (turn) => {
        if (turn === 3) throw new TemporaryFailure('journal_unavailable', 'away');
        return [];
      },
      () => {
        throw new Error('nothing to consume');
      },
    );
    await expect.poll(() => upkeep.length, { timeout: 5_000 }).toBeGreaterThan(8);
    expect(upkeep.slice(0, 8).map(({ turn, knownUntil }) => [turn, knownUntil])).toEqual([
      [1, 1_000],
      [2, 2_000],
      [4, 2_000],
      [5, 2_000],
      [6, 2_000],
      [7, 2_000],
      [8, 8_000],
      [9, 9_000],
    ]);
  });
});

describe('how far behind it is', () => {
  const behindSeconds = async () =>
    (await counters.snapshot()).find(({ name }) => name === 'pulseward_ingest_behind_seconds')?.values[0]?.value;

  it('grows while the store is away, from when the journal was last read to its end', async () => {
    begin(
      (turn) => (turn === 1 ? [] : [RECORD]),
      () => {
        throw new TemporaryFailure('store_unavailable', 'away');
      },
    );
    await expect.poll(behindSeconds, { timeout: 5_000 }).toBeGreaterThanOrEqual(4);
  });

  it('grows from the start on where nothing could ever be consumed', async () => {
    begin(
      () => [RECORD],
      () => {
        throw new Error('a bug');
      },
    );
    await expect.poll(behindSeconds, { timeout: 5_000 }).toBeGreaterThanOrEqual(3);
  });

  it('is nothing again as soon as the journal is read to its end', async () => {
    begin(
      (turn) => (turn > 4 ? [] : [RECORD]),
      () => {
        throw new TemporaryFailure('store_unavailable', 'away');
      },
    );
    await expect.poll(behindSeconds, { timeout: 5_000 }).toBeGreaterThanOrEqual(2);
    await expect.poll(behindSeconds, { timeout: 5_000 }).toBe(0);
  });
});
