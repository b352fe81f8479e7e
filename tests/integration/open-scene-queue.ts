// The queue of a scene: the real one, on the scene's Postgres or on a Redis.
import { createCounters } from '../../runtime/counters.ts';
import type { Log } from '../../runtime/log.ts';
import { createBullmqJobQueue } from '../../storage/job-queue/bullmq-job-queue.ts';
import { createPostgresQueueBackend } from '../../storage/job-queue/postgres-queue-backend.ts';
import { createRedisQueueBackend } from '../../storage/job-queue/redis-queue-backend.ts';
import type { JobQueue } from '../../storage/ports/job-queue.ts';

export interface SceneQueueOptions {
  readonly databaseUrl: string;
  /** Absent: on Postgres. */
  readonly redisUrl?: string | undefined;
  readonly log: Log;
}

export function openSceneQueue({ databaseUrl, redisUrl, log }: SceneQueueOptions): JobQueue {
  const shared = { log, counters: createCounters({ part: 'test' }) };
  const name = 'alerting test';
  if (redisUrl !== undefined)
    return createBullmqJobQueue({ ...shared, backend: createRedisQueueBackend({ redisUrl, name, log }) });
  const backend = createPostgresQueueBackend({ databaseUrl, applicationName: name, log });
  return createBullmqJobQueue({ ...shared, backend });
}
