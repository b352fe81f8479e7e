// A worker in a process of its own that says when it has begun a job and then never finishes it: somebody kills it.
import { createCounters } from '../../runtime/counters.ts';
import { createLog } from '../../runtime/log.ts';
import { createBullmqJobQueue } from '../../storage/job-queue/bullmq-job-queue.ts';
import { createPostgresQueueBackend } from '../../storage/job-queue/postgres-queue-backend.ts';
import { createRedisQueueBackend } from '../../storage/job-queue/redis-queue-backend.ts';
import type { JobQueue } from '../../storage/ports/job-queue.ts';

const [engine = '', url = ''] = process.argv.slice(2);
const name = 'hanging worker';
const log = createLog({ part: name, level: 'silent' });
const counters = createCounters({ part: name });
const ENGINES: Readonly<Record<string, () => JobQueue>> = {
  postgres: () =>
    createBullmqJobQueue({
      backend: createPostgresQueueBackend({ databaseUrl: url, applicationName: name, log }),
      log,
      counters,
    }),
  redis: () => createBullmqJobQueue({ backend: createRedisQueueBackend({ redisUrl: url, name, log }), log, counters }),
};
const open = ENGINES[engine];
if (!open) throw new Error(`no job queue is known on ${engine}`);
await open().work('work', 1, async ({ id }) => {
  process.send?.(id);
  await new Promise(() => {});
});
