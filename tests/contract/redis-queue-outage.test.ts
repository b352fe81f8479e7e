// The job queue while its Redis is killed, frozen, full, or loses single keys: workers go on by themselves, and nobody waits for it.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createCounters } from '../../runtime/counters.ts';
import { createLog } from '../../runtime/log.ts';
import { createBullmqJobQueue } from '../../storage/job-queue/bullmq-job-queue.ts';
import { createRedisQueueBackend } from '../../storage/job-queue/redis-queue-backend.ts';
import type { Job, JobQueue } from '../../storage/ports/job-queue.ts';
import { requireEngine } from '../production-engine.ts';
import { redisVersion, startTestRedis, type TestRedis } from '../start-test-redis.ts';
import { until } from '../system/until.ts';

requireEngine(
  redisVersion ? undefined : 'no redis-server (PATH or REDIS_SERVER): outages of the job queue on Redis are not tested',
);

const log = createLog({ part: 'test', level: 'silent' });
const job = (id: string, extra: Partial<Job> = {}): Job => ({ queue: 'work', id, data: { id }, ...extra });
const seen: string[] = [];
let redis: TestRedis;
let queue: JobQueue;

beforeEach(async () => {
  seen.length = 0;
  redis = await startTestRedis();
  queue = createBullmqJobQueue({
    backend: createRedisQueueBackend({ redisUrl: redis.url, name: 'outage test', log }),
    log,
    counters: createCounters({ part: 'test' }),
  });
  await queue.work('work', 1, async ({ id }) => void seen.push(id));
  await queue.add([job('before')]);
  await until('the first is handled', 10_000, () => seen.includes('before'));
});
afterEach(async () => {
  redis?.thaw();
  await queue?.close();
  await redis?.destroy();
});

/** Adds two at a time, which take another way than one alone, until one of them was handled. */
async function expectToGoOn(withinMs: number): Promise<void> {
  const before = seen.length;
  let n = 0;
  await until('jobs are handled again', withinMs, async () => {
    await queue.add([job(`after-${before}-${n}`), job(`after-${before}-${n++}-too`)]);
    return seen.length >= before + 2;
  });
}

test('a Redis that is killed and comes back is worked on and added to as before', async () => {
  for (let kill = 0; kill < 3; kill++) {
    await redis.kill();
    await redis.start();
    await expectToGoOn(10_000);
  }
  await expect(queue.ping()).resolves.toBeUndefined();
}, 60_000);

test('a frozen Redis is not waited for longer than 6 s, and is worked on again once it is thawed', async () => {
  redis.freeze();
  const begunAt = performance.now();
  await queue.add([job('meanwhile')]);
  expect(performance.now() - begunAt).toBeLessThan(6_000);
  // Longer than a worker's own watch over its blocked connection.
  await new Promise((resolve) => setTimeout(resolve, 12_000));
  redis.thaw();
  await expectToGoOn(15_000);
}, 60_000);

test('while Redis is away adding fails at once and keeps nothing for later', async () => {
  await redis.kill();
  await queue.add([job('finds out')]);
  await queue.add(Array.from({ length: 1_000 }, (_, n) => job(`lost-${n}`)));
  await redis.start();
  await expectToGoOn(10_000);
  expect(seen.filter((id) => id.startsWith('lost'))).toEqual([]);
}, 40_000);

test.each([['marker'], ['meta'], ['wait'], ['prioritized'], ['events'], ['stalled-check'], ['active'], ['id'], ['pc']])(
  'the loss of the key %s alone stops nothing',
  async (key) => {
    await queue.add([job('waits-a-little', { delayMs: 300 })]);
    await redis.client.del(`pulseward:queue:work:${key}`);
    await expectToGoOn(10_000);
  },
);

test('a worker that starts while Redis is away begins when it is there', async () => {
  await redis.kill();
  const started: string[] = [];
  const another = createBullmqJobQueue({
    backend: createRedisQueueBackend({ redisUrl: redis.url, name: 'outage test', log }),
    log,
    counters: createCounters({ part: 'test' }),
  });
  try {
    await another.work('meanwhile', 1, async ({ id }) => void started.push(id));
    await redis.start();
    let n = 0;
    await until('it works', 10_000, async () => {
      await another.add([job(`after-${n++}`, { queue: 'meanwhile' })]);
      return started.length > 0;
    });
  } finally {
    await another.close();
  }
}, 30_000);

test('a queue whose Redis is away for good can still be closed', async () => {
  await redis.kill();
  const begunAt = performance.now();
  await queue.close();
  expect(performance.now() - begunAt).toBeLessThan(8_000);
});

test('a Redis that was full goes on when it has room again', async () => {
  await redis.client.config('SET', 'maxmemory', '1mb');
  await queue.add([job('too-much')]);
  await redis.client.config('SET', 'maxmemory', 0);
  await expectToGoOn(10_000);
});
