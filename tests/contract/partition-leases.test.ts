import type { PoolClient } from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConfigurationError } from '../../runtime/errors.ts';
import {
  checkEpochs,
  commitOffsets,
  PartitionLeaseLost,
  readOffsets,
} from '../../storage/journal/committed-offsets.ts';
import { settleJournalPartitions } from '../../storage/journal/journal-partitions.ts';
import { createPartitionLeases, type PartitionLeases } from '../../storage/journal/partition-leases.ts';
import { commitQuietBatch } from '../../storage/readings/commit-quiet-batch.ts';
import { until } from '../system/until.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';

const LEASE_MS = 400;
let database: TestDatabase;

beforeEach(async () => {
  database = await createTestDatabase();
  await settleJournalPartitions(database.pool, 8);
});
afterEach(() => database.drop());

/** Without `start` a worker is one that stopped renewing, as by SIGSTOP: it acts only when `renew` is called. */
const createWorker = (leaseMs = LEASE_MS) => createPartitionLeases({ pool: database.pool, leaseMs });
const partitionsOf = (worker: PartitionLeases) => [...worker.held().keys()].sort((one, other) => one - other);
const heldBy = (worker: PartitionLeases, partition: number) => ({
  partition,
  epoch: worker.held().get(partition)?.epoch ?? -1,
});

async function inTransaction(work: (client: PoolClient) => Promise<void>) {
  const client = await database.pool.connect();
  try {
    await client.query('begin');
    await work(client);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
}

test('the number of partitions is fixed at the first start of an installation', async () => {
  expect(await settleJournalPartitions(database.pool, 8)).toBe(8);
  await expect(settleJournalPartitions(database.pool, 16)).rejects.toThrow(ConfigurationError);
  await expect(settleJournalPartitions(database.pool, 16)).rejects.toThrow(/given 16; allowed: 8/);
});

test('a lone worker holds every partition and renews it under the same epoch', async () => {
  const worker = createWorker();
  await worker.renew();
  const first = new Map(worker.held());
  expect(partitionsOf(worker)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  await worker.renew();
  for (const [partition, { epoch, leaseEndsAtLocal }] of worker.held()) {
    expect(epoch).toBe(first.get(partition)?.epoch);
    expect(leaseEndsAtLocal).toBeGreaterThan(first.get(partition)!.leaseEndsAtLocal);
  }
});

test('three workers come to an even division, and no partition is ever held by two', async () => {
  const workers = [createWorker(), createWorker(), createWorker()];
  for (let round = 0; round < 6; round++) {
    for (const worker of workers) {
      await worker.renew();
      const all = workers.flatMap(partitionsOf);
      expect(new Set(all).size).toBe(all.length);
    }
  }
  expect(workers.map((worker) => partitionsOf(worker).length).sort()).toEqual([2, 3, 3]);
});

test('a partition to be handed over is no longer consumed, but what was under way may still commit', async () => {
  const [older, newer] = [createWorker(), createWorker()];
  await older.renew();
  const before = new Map(older.held());
  await newer.renew();
  await older.renew();
  const leaving = [...before.keys()].filter((partition) => !older.held().has(partition));
  expect(leaving).toHaveLength(4);
  await newer.renew();
  expect(partitionsOf(newer)).toEqual([]);
  const [partition] = leaving as [number];
  await inTransaction((client) =>
    commitOffsets(client, [{ partition, epoch: before.get(partition)!.epoch, after: 0, seq: 5 }]),
  );
  await older.renew();
  await newer.renew();
  expect(partitionsOf(newer)).toEqual(leaving.sort());
  expect((await readOffsets(database.pool)).get(partition)).toBe(5);
});

test('a worker that was stopped for longer than its lease can neither commit nor write, and its successor is undisturbed', async () => {
  const stopped = createWorker();
  await stopped.renew();
  const old = heldBy(stopped, 3);
  const successor = createWorker();
  // The stopped one counts as alive, and as the holder, until its lease has run out.
  await expect
    .poll(
      async () => {
        await successor.renew();
        return partitionsOf(successor).length;
      },
      { interval: 50 },
    )
    .toBe(8);
  await inTransaction((client) => commitOffsets(client, [{ ...heldBy(successor, 3), after: 0, seq: 100 }]));

  expect(stopped.mayStartWrite(old, 1)).toBe(false);
  expect(partitionsOf(stopped)).toEqual([]);
  const late = inTransaction(async (client) => {
    await client.query(`insert into dirty_days (patient_key, day, partition, mark) values (1, '2026-11-22', 3, 1)`);
    await commitOffsets(client, [{ ...old, after: 0, seq: 90 }]);
  });
  await expect(late).rejects.toThrow(PartitionLeaseLost);
  await expect(late).rejects.toMatchObject({ partitions: [3] });
  await expect(inTransaction((client) => checkEpochs(client, [old]))).rejects.toThrow(PartitionLeaseLost);
  expect((await database.pool.query('select from dirty_days')).rowCount).toBe(0);
  expect((await readOffsets(database.pool)).get(3)).toBe(100);

  await stopped.renew();
  expect(partitionsOf(stopped)).toEqual([]);
});

test('of several partitions one that was lost refuses the whole commit', async () => {
  const worker = createWorker();
  await worker.renew();
  await database.pool.query('update journal_partitions set epoch = epoch + 1 where partition = 6');
  const commit = inTransaction((client) =>
    commitOffsets(client, [
      { ...heldBy(worker, 5), after: 0, seq: 10 },
      { ...heldBy(worker, 6), after: 0, seq: 10 },
    ]),
  );
  await expect(commit).rejects.toMatchObject({ partitions: [6] });
  expect((await readOffsets(database.pool)).get(5)).toBe(0);
});

test('nobody takes a partition while its holder is committing, however long ago the lease ran out', async () => {
  const [holder, other] = [createWorker(50), createWorker(50)];
  await holder.renew();
  for (const hold of [
    (client: PoolClient) => commitOffsets(client, [{ ...heldBy(holder, 0), after: 0, seq: 7 }]),
    (client: PoolClient) => checkEpochs(client, [heldBy(holder, 0)]),
  ]) {
    await holder.renew();
    await inTransaction(async (client) => {
      await hold(client);
      await expect
        .poll(
          async () => {
            await other.renew();
            return partitionsOf(other).length;
          },
          { interval: 10 },
        )
        .toBe(7);
      expect(partitionsOf(other)).not.toContain(0);
    });
    await other.renew();
    await other.stop();
    await database.pool.query('update journal_partitions set worker_id = null, lease_ends_at = null');
    await database.pool.query('delete from journal_workers');
  }
});

test('an offset moves only from where its records were read: what was committed without an answer is not committed again', async () => {
  const worker = createWorker();
  await worker.renew();
  const commit = (after: number, seq: number) =>
    inTransaction((client) =>
      commitOffsets(client, [
        { ...heldBy(worker, 1), after, seq },
        { ...heldBy(worker, 2), after, seq },
      ]),
    );
  await commit(0, 20);
  await expect(commit(0, 20)).rejects.toThrow(PartitionLeaseLost);
  await expect(commit(0, 30)).rejects.toMatchObject({ partitions: [1, 2] });
  await expect(commit(10, 15)).rejects.toThrow(PartitionLeaseLost);
  expect((await readOffsets(database.pool)).get(1)).toBe(20);
  await commit(20, 30);
  expect((await readOffsets(database.pool)).get(2)).toBe(30);
});

test('a commit waits for one of the same records that is still under way on another connection, and then yields to it', async () => {
  const worker = createWorker();
  await worker.renew();
  const [quiet, loud] = [heldBy(worker, 4), heldBy(worker, 5)];
  const counts = [{ partition: 4, seq: 9, accepted: 3, duplicate: 0, corrected: 0, rejected: 0 }];
  let second: Promise<PromiseSettledResult<unknown>[]> | undefined;
  await inTransaction(async (client) => {
    await commitOffsets(client, [
      { ...quiet, after: 0, seq: 7 },
      { ...loud, after: 0, seq: 7 },
    ]);
    // Looked after from here on: they may be refused before this transaction has answered.
    second = Promise.allSettled([
      commitQuietBatch(
        database.pool,
        { moved: [{ ...quiet, after: 0, seq: 9 }], others: [], counts, marks: [] },
        Date.now(),
      ),
      inTransaction((other) => commitOffsets(other, [{ ...loud, after: 0, seq: 9 }])),
    ]);
    await until('both wait', 10_000, async () => {
      const waiting = await database.pool.query(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return waiting.rowCount === 2;
    });
  });
  const outcomes = await second;
  expect(outcomes).toHaveLength(2);
  for (const outcome of outcomes!)
    expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(PartitionLeaseLost) });
  expect((await readOffsets(database.pool)).get(4)).toBe(7);
  expect((await readOffsets(database.pool)).get(5)).toBe(7);
  expect((await database.pool.query('select from record_counts')).rowCount).toBe(0);
});

test('a batch that leads to nothing but counts moves its offsets on the same conditions, and those of others not at all', async () => {
  const worker = createWorker();
  await worker.renew();
  const count = { partition: 1, accepted: 3, duplicate: 0, corrected: 0, rejected: 0 };
  const commit = (after: number, seq: number, other = heldBy(worker, 2)) =>
    commitQuietBatch(
      database.pool,
      { moved: [{ ...heldBy(worker, 1), after, seq }], others: [other], counts: [{ ...count, seq }], marks: [] },
      Date.now(),
    );
  await commit(0, 20);
  await expect(commit(0, 20)).rejects.toThrow(PartitionLeaseLost);
  await expect(commit(0, 30)).rejects.toThrow(PartitionLeaseLost);
  await expect(commit(20, 30, { partition: 2, epoch: 77 })).rejects.toThrow(PartitionLeaseLost);
  await commit(20, 30);
  expect((await readOffsets(database.pool)).get(1)).toBe(30);
  expect((await readOffsets(database.pool)).get(2)).toBe(0);
  const { rows } = await database.pool.query('select seq, accepted from record_counts order by seq');
  expect(rows).toEqual([
    { seq: 20, accepted: 3 },
    { seq: 30, accepted: 3 },
  ]);
});

test('renewals and commits of one worker in opposite order never end in a deadlock', async () => {
  const worker = createWorker(10_000);
  await worker.renew();
  const commitOneAfterTheOther = async () => {
    for (let seq = 1; seq <= 60; seq++)
      await inTransaction((client) =>
        commitOffsets(
          client,
          (seq % 2 ? [7, 3, 0] : [0, 3, 7]).map((partition) => ({ ...heldBy(worker, partition), after: seq - 1, seq })),
        ),
      );
  };
  const renewals = Array.from({ length: 20 }, () => worker.renew());
  await Promise.all([commitOneAfterTheOther(), ...renewals]);
  expect((await readOffsets(database.pool)).get(3)).toBe(60);
});

test('a write outside of the transaction starts only with twice its time-out left on the lease', async () => {
  const worker = createWorker(10_000);
  await worker.renew();
  const held = heldBy(worker, 0);
  expect(worker.mayStartWrite(held, 4_000)).toBe(true);
  expect(worker.mayStartWrite(held, 5_001)).toBe(false);
  expect(worker.mayStartWrite({ partition: 99, epoch: held.epoch }, 1)).toBe(false);
  // Lost and taken again meanwhile: what was read under the former lease may be old.
  expect(worker.mayStartWrite({ partition: 0, epoch: held.epoch - 1 }, 1)).toBe(false);
});

test('a worker that is stopped in order hands over at once, whoever takes over is told', async () => {
  const [leaving, staying] = [createWorker(60_000), createWorker(60_000)];
  await leaving.start();
  let changes = 0;
  const forget = staying.onChange(() => changes++);
  await staying.renew();
  expect(partitionsOf(staying)).toEqual([]);
  await leaving.stop();
  await leaving.stop();
  await staying.renew();
  await staying.renew();
  expect(partitionsOf(staying)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(changes).toBe(1);
  forget();
});

test('what a killed worker held is divided among the others in less than 10 s, of the lease 8 s, and a newcomer has its share in 3 s', async () => {
  const killed = createPartitionLeases({ pool: database.pool });
  const survivors = [createPartitionLeases({ pool: database.pool }), createPartitionLeases({ pool: database.pool })];
  // Never started: it renews no more after its second round, as a killed one.
  await killed.renew();
  let renewedAt = performance.now();
  try {
    await Promise.all(survivors.map((worker) => worker.start()));
    await killed.renew();
    await killed.renew();
    renewedAt = performance.now();
    await expect
      .poll(() => survivors.map((worker) => worker.held().size), { timeout: 15_000, interval: 20 })
      .toEqual([4, 4]);
    const tookMs = performance.now() - renewedAt;
    console.log(`divided ${Math.round(tookMs)} ms after its last sign of life`);
    expect(tookMs).toBeLessThan(9_000);

    const newcomer = createPartitionLeases({ pool: database.pool });
    survivors.push(newcomer);
    const cameAt = performance.now();
    await newcomer.start();
    await expect.poll(() => newcomer.held().size, { timeout: 10_000, interval: 20 }).toBeGreaterThanOrEqual(2);
    expect(performance.now() - cameAt).toBeLessThan(3_000);
  } finally {
    await Promise.all(survivors.map((worker) => worker.stop()));
  }
});
