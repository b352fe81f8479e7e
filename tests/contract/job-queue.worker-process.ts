// A worker in a process of its own that says when it has begun a job and then never finishes it: somebody kills it.
import { createCounters } from '../../runtime/counters.ts';
import { createLog } from '../../runtime/log.ts';
import { createBullmqJobQueue } from '../../storage/job-queue/bullmq-job-queue.ts';
import { createPostgresQueueBackend } from '../../storage/job-queue/postgres-queue-backend.ts';

const [engine, url = ''] = process.argv.slice(2);
if (engine !== 'postgres') throw new Error(`no job queue is known on ${engine}`);
const log = createLog({ part: 'hanging worker', level: 'silent' });
const backend = createPostgresQueueBackend({ databaseUrl: url, applicationName: 'hanging worker', log });
const queue = createBullmqJobQueue({ backend, log, counters: createCounters({ part: 'hanging worker' }) });
await queue.work('work', 1, async ({ id }) => {
  process.send?.(id);
  await new Promise(() => {});
});
