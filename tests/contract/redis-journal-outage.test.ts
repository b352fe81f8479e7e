// Redis killed, frozen, away and full while brokers append: what was acknowledged is there, nobody waits for ever, and it goes on at once.
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { streamKey } from '../../storage/journal/redis-keys.ts';
import type { Journal } from '../../storage/ports/journal.ts';
import { requireEngine } from '../production-engine.ts';
import { redisVersion } from '../start-test-redis.ts';
import { until } from '../system/until.ts';
import { outcomeOf } from './outcome-of.ts';
import { PARTITIONS, record, useRedisJournal } from './redis-journal-scene.ts';

requireEngine(
  redisVersion ? undefined : 'no redis-server (PATH or REDIS_SERVER): outages of the journal on Redis are not tested',
);
const scene = useRedisJournal();

/** As a broker's append queue: the next commit begins when the last is acknowledged, one that fails is tried again. */
function keepAppending(journal: Journal, name: string) {
  const acknowledged: string[] = [];
  let running = true;
  const ended = (async () => {
    for (let commit = 0; running; commit++) {
      const text = `${name} ${commit}`;
      const records = Array.from({ length: PARTITIONS }, (_, partition) => record(partition, text));
      while (running) {
        try {
          await journal.append(records);
          acknowledged.push(text);
          break;
        } catch {
          await delay(20);
        }
      }
    }
  })();
  return {
    acknowledged,
    stop() {
      running = false;
      return ended;
    },
  };
}

async function expectEverything(acknowledged: readonly string[]): Promise<void> {
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const found = await scene.texts(scene.open(), partition);
    const inOrder = [...new Set(found)].filter((text) => acknowledged.includes(text));
    expect(inOrder).toEqual(acknowledged);
  }
}

test('Redis is killed five times while records are appended: each acknowledged one is there, in order', async () => {
  const appending = keepAppending(scene.open(), 'commit');
  for (let kill = 0; kill < 5; kill++) {
    const before = appending.acknowledged.length;
    await until('some are acknowledged', 20_000, () => appending.acknowledged.length > before + 20);
    await scene.redis.kill();
    await scene.redis.start();
  }
  await until('they are taken again', 20_000, () => appending.acknowledged.length > 120);
  await appending.stop();
  await expectEverything(appending.acknowledged);
}, 90_000);

test('a frozen Redis fails appends and reads within 12 s; thawed it goes on within 2 s and repeats a record at most once', async () => {
  const [broker, worker] = [scene.open(), scene.open()];
  await broker.append([record(0, 'before')]);
  await worker.read(new Map([[0, 1]]), 1_000);
  scene.redis.freeze();
  const frozenAt = performance.now();
  const stuck = [record(0, 'in between')];
  const [append, read] = await Promise.all([
    outcomeOf(broker.append(stuck)),
    outcomeOf(worker.read(new Map([[0, 1]]), 1_000)),
  ]);
  expect([append, read]).toEqual(['journal_unavailable', 'journal_unavailable']);
  expect(performance.now() - frozenAt).toBeLessThan(12_000);
  // Its new connection is not answered: nothing more is sent to it.
  expect(await outcomeOf(broker.append(stuck))).toBe('journal_unavailable');
  scene.redis.thaw();
  const thawedAt = performance.now();
  await until('it goes on', 10_000, async () => (await outcomeOf(broker.append(stuck))) === 'done');
  expect(performance.now() - thawedAt).toBeLessThan(2_000);
  const texts = await scene.texts(worker, 0);
  expect(texts[0]).toBe('before');
  expect([1, 2]).toContain(texts.filter((text) => text === 'in between').length);
}, 60_000);

test('Redis is away for 10 s: each attempt fails within 4 s, nothing piles up, and the first after its return succeeds', async () => {
  const broker = scene.open();
  await broker.append([record(0, 'before')]);
  await scene.redis.kill();
  const awayAt = performance.now();
  while (performance.now() - awayAt < 10_000) {
    const begunAt = performance.now();
    expect(await outcomeOf(broker.append([record(0, 'meanwhile')]))).toBe('journal_unavailable');
    expect(performance.now() - begunAt).toBeLessThan(4_000);
  }
  const returning = scene.redis.start();
  await until(
    'it takes records again',
    10_000,
    async () => (await outcomeOf(broker.append([record(0, 'after')]))) === 'done',
  );
  await returning;
  expect(await scene.texts(broker, 0)).toEqual(['before', 'after']);
}, 60_000);

test('a full Redis takes no more until something is let go of, and says that it is full, also to whoever asks', async () => {
  const broker = scene.open();
  await broker.append([record(0, 'before')]);
  const used = Number(/used_memory:(\d+)/.exec(await scene.redis.client.info('memory'))?.[1]);
  await scene.redis.client.config('SET', 'maxmemory', used - 1);
  expect(await outcomeOf(broker.append([record(0, 'too much')]))).toBe('journal_full');
  expect(await broker.read(new Map([[0, 0]]), 1_000)).toHaveLength(1);
  // Only a worker that can consume lets go of something, and it may come just now.
  const late = scene.open();
  expect(await late.read(new Map([[0, 0]]), 1_000)).toHaveLength(1);
  expect((await late.heads()).refusal).toMatch(/memory .* full/);
  await scene.redis.client.config('SET', 'maxmemory', 0);
  expect((await late.heads()).refusal).toBeUndefined();
  expect(await outcomeOf(broker.append([record(0, 'after')]))).toBe('done');
});

test('of a Redis with a limit half is for what nobody has consumed, so that the job queue goes on', async () => {
  await scene.redis.client.config('SET', 'maxmemory', '64mb');
  const broker = scene.open();
  expect((await broker.heads()).maxUnconsumedBytes).toBe(32 * 1024 ** 2);
});

test('consumed records beyond their bytes are trimmed before their time, oldest first, unconsumed ones never', async () => {
  const journal = scene.open({ retention: { keepMs: 600_000, maxBytes: 200_000 } });
  const text = 'x'.repeat(1_000);
  for (let count = 0; count < 300; count++) await journal.append([record(0, text), record(1, text)]);
  await scene.commit(0, 300);
  await scene.commit(1, 100);
  await journal.trim(
    new Map([
      [0, 300],
      [1, 100],
    ]),
  );
  const left = async (partition: number) => {
    const [first] = await scene.redis.client.xrange(streamKey(partition), '-', '+', 'COUNT', 1);
    return { first: first?.[0], count: await scene.redis.client.xlen(streamKey(partition)) };
  };
  const [one, two] = [await left(0), await left(1)];
  expect(one.count).toBeGreaterThan(100);
  expect(one.count).toBeLessThan(200);
  expect(two.count).toBeGreaterThanOrEqual(200);
  expect(two.count).toBeLessThan(260);
  const { heads, unconsumedBytes } = await journal.heads();
  expect(heads.slice(0, 2)).toEqual([
    { partition: 0, seq: 300 },
    { partition: 1, seq: 300 },
  ]);
  expect(unconsumedBytes).toBeGreaterThan(150_000);
});
