// Redis comes back as another one, or loses streams under our hands: nobody appends where a record would count as consumed.
import { expect, test } from 'vitest';
import { streamKey } from '../../storage/journal/redis-keys.ts';
import type { Journal } from '../../storage/ports/journal.ts';
import { requireEngine } from '../production-engine.ts';
import { redisVersion } from '../start-test-redis.ts';
import { readAll } from './read-all.ts';
import { record, useRedisJournal } from './redis-journal-scene.ts';

requireEngine(
  redisVersion ? undefined : 'no redis-server (PATH or REDIS_SERVER): lost and restored journals are not tested',
);
const scene = useRedisJournal();

async function expectRefused(journal: Journal, code: string): Promise<void> {
  for (const attempt of [
    () => journal.append([record(0, 'refused'), record(2, 'refused with it')]),
    () => journal.read(new Map([[2, 0]]), 1_000),
    () => journal.heads(),
  ])
    await expect(attempt()).rejects.toMatchObject({ name: 'TemporaryFailure', code });
}

/** What the ERROR tells a person to type. */
async function followAdvice(message: string): Promise<void> {
  const [, key = '', id = ''] = /redis-cli XADD (\S+) (\S+) n 0 b ""/.exec(message) ?? [];
  await scene.redis.client.xadd(key, id, 'n', '0', 'b', '');
}

const goesOn = (journal: Journal, text: string) => comesToPass(() => journal.append([record(2, text)]));
/** Each process looks again by itself, a second after it was refused last. */
const readsAgain = (journal: Journal, after: ReadonlyMap<number, number>) =>
  comesToPass(() => journal.read(after, 1_000));

async function comesToPass(work: () => Promise<unknown>): Promise<void> {
  const succeeds = () =>
    work().then(
      () => true,
      () => false,
    );
  await expect.poll(succeeds, { timeout: 5_000 }).toBe(true);
}

test('a stream that was deleted is neither appended to nor begun anew; one ERROR says how to go on', async () => {
  const [broker, worker] = [scene.open(), scene.open()];
  for (const text of ['one', 'two', 'three']) await broker.append([record(2, text)]);
  await scene.commit(2, 2);
  await worker.read(new Map([[2, 2]]), 1_000);
  await scene.redis.client.del(streamKey(2));

  await expectRefused(broker, 'journal_lost');
  await expectRefused(worker, 'journal_lost');
  await expectRefused(broker, 'journal_lost');
  expect(await scene.redis.client.exists(streamKey(2))).toBe(0);
  expect(await scene.redis.client.xlen(streamKey(0))).toBe(0);
  const errors = scene.errors();
  expect(errors).toHaveLength(2);
  expect(errors[0]).toMatch(/Partition 2 has no stream, but 2 was consumed.*restore/);

  await followAdvice(errors[0]!);
  await goesOn(broker, 'four');
  await readsAgain(worker, new Map([[2, 2]]));
  expect(await readAll(worker, new Map([[2, 2]]))).toMatchObject([{ seq: 3, bytes: Buffer.from('four') }]);
});

test('a deleted stream of which nothing was consumed is not begun anew either', async () => {
  const broker = scene.open();
  await broker.append([record(2, 'one')]);
  await scene.redis.client.del(streamKey(2));
  await expectRefused(broker, 'journal_lost');
  await followAdvice(scene.errors()[0]!);
  await goesOn(broker, 'after the loss');
  expect(await scene.texts(scene.open(), 2)).toEqual(['after the loss']);
});

test('a Redis restored from a copy that is older than what was consumed is refused until a person has acted', async () => {
  const [broker, worker] = [scene.open(), scene.open()];
  for (const text of ['one', 'two', 'three']) await broker.append([record(2, text)]);
  const copy = await scene.redis.backUp();
  for (const text of ['four', 'five']) await broker.append([record(2, text)]);
  await scene.commit(2, 5);
  expect(await worker.read(new Map([[2, 5]]), 1_000)).toEqual([]);
  await scene.redis.kill();
  await copy.restore();
  await scene.redis.start();

  await expectRefused(broker, 'journal_lost');
  await expectRefused(worker, 'journal_lost');
  expect(await scene.redis.client.xlen(streamKey(2))).toBe(3);
  const told = scene.errors().find((message) => message.includes('ends with record 3, but 5 was consumed'));
  await followAdvice(told!);
  await goesOn(broker, 'six');
  await readsAgain(worker, new Map([[2, 5]]));
  expect(await readAll(worker, new Map([[2, 5]]))).toMatchObject([{ seq: 6, bytes: Buffer.from('six') }]);
});

test('a copy that lacks only what nobody had consumed is gone on from, and the loss is an ERROR', async () => {
  const broker = scene.open();
  await broker.append([record(2, 'one')]);
  const copy = await scene.redis.backUp();
  await broker.append([record(2, 'lost')]);
  await scene.redis.kill();
  await copy.restore();
  await scene.redis.start();
  await goesOn(broker, 'two');
  expect(await scene.texts(scene.open(), 2)).toEqual(['one', 'two']);
  expect(scene.errors()).toEqual(['Redis has lost records of the journal that were acknowledged']);
});

test('a Redis that was emptied takes nothing, in whatever order brokers and workers come', async () => {
  const broker = scene.open();
  await broker.append([record(2, 'one')]);
  await scene.redis.client.flushall();
  await expectRefused(broker, 'journal_lost');
  await expectRefused(scene.open(), 'journal_lost');
  for (const partition of [0, 1, 2, 3]) expect(scene.errors()[0]).toContain(`Partition ${partition} has no stream`);
});

test('records that vanished from the middle, or were trimmed before they were consumed, stop the reader', async () => {
  const broker = scene.open();
  for (const text of ['one', 'two', 'three', 'four']) await broker.append([record(1, text), record(2, text)]);
  await scene.redis.client.xdel(streamKey(1), '0-3');
  await scene.redis.client.xtrim(streamKey(2), 'MINID', '0-3');
  for (const [partition, missing] of [
    [1, 'Records 3 to 3 of partition 1'],
    [2, 'Records 1 to 2 of partition 2'],
  ] as const) {
    const worker = scene.open();
    await expect(worker.read(new Map([[partition, 0]]), 1_000)).rejects.toMatchObject({ code: 'journal_lost' });
    expect(scene.errors().at(-1)).toContain(missing);
  }
  await scene.commit(2, 2);
  expect(await readAll(scene.open(), new Map([[2, 2]]))).toMatchObject([{ seq: 3 }, { seq: 4 }]);
});

test('a Redis that came back without its durable settings takes nothing until it has them', async () => {
  const broker = scene.open();
  await broker.append([record(2, 'one')]);
  await scene.redis.kill();
  await scene.redis.start('--appendfsync', 'everysec');
  await expectRefused(broker, 'journal_unsafe');
  expect(scene.errors()).toHaveLength(1);
  expect(scene.errors()[0]).toContain('appendfsync');
  await scene.redis.client.config('SET', 'appendfsync', 'always');
  await goesOn(broker, 'two');
});

test('settings that somebody makes unsafe while it runs are found out within 15 s', async () => {
  const broker = scene.open();
  await broker.append([record(2, 'one')]);
  await scene.redis.client.config('SET', 'appendfsync', 'everysec');
  const outcome = () =>
    broker.append([record(2, 'more')]).then(
      () => 'taken',
      (error: { readonly code?: string }) => error.code,
    );
  await expect.poll(outcome, { timeout: 15_000, interval: 200 }).toBe('journal_unsafe');
});

test('empty streams and their numbers survive a rewrite of the append-only file', async () => {
  const broker = scene.open();
  await broker.append([record(2, 'one')]);
  await scene.commit(2, 1);
  await scene.redis.client.xtrim(streamKey(2), 'MAXLEN', 0);
  await scene.redis.client.bgrewriteaof();
  await expect
    .poll(async () => /aof_rewrite_in_progress:0/.test(await scene.redis.client.info('persistence')))
    .toBe(true);
  await scene.redis.kill();
  await scene.redis.start();
  await goesOn(broker, 'two');
  expect(await readAll(scene.open(), new Map([[2, 1]]))).toMatchObject([{ seq: 2 }]);
});
