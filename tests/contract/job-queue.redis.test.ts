// The job queue's contract over BullMQ on Redis, with the settings that ship.
import { createCounters } from '../../runtime/counters.ts';
import { createLog } from '../../runtime/log.ts';
import { createBullmqJobQueue } from '../../storage/job-queue/bullmq-job-queue.ts';
import { createRedisQueueBackend } from '../../storage/job-queue/redis-queue-backend.ts';
import { requireEngine } from '../production-engine.ts';
import { redisVersion, startTestRedis } from '../start-test-redis.ts';
import { describeJobQueue } from './job-queue.contract.ts';

requireEngine(
  redisVersion ? undefined : 'no redis-server (PATH or REDIS_SERVER): the job queue on Redis is not tested',
);

const log = createLog({ part: 'test', level: 'silent' });
const openAt = (redisUrl: string) =>
  createBullmqJobQueue({
    backend: createRedisQueueBackend({ redisUrl, name: 'job queue test', log }),
    log,
    counters: createCounters({ part: 'test' }),
  });

describeJobQueue('redis', async () => {
  const redis = await startTestRedis();
  return {
    open: () => openAt(redis.url),
    openUnreachable: () => openAt('redis://127.0.0.1:1'),
    async loseEverything() {
      await redis.client.flushall();
    },
    async disconnect() {
      await redis.client.client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    },
    destroy: () => redis.destroy(),
    processArguments: ['redis', redis.url],
  };
});
