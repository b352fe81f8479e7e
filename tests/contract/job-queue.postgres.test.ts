// The job queue's contract over BullMQ on Postgres, with the settings that ship.
import { createCounters } from '../../runtime/counters.ts';
import { createLog } from '../../runtime/log.ts';
import { createBullmqJobQueue } from '../../storage/job-queue/bullmq-job-queue.ts';
import { createPostgresQueueBackend } from '../../storage/job-queue/postgres-queue-backend.ts';
import { createTestDatabase } from '../test-database.ts';
import { describeJobQueue } from './job-queue.contract.ts';

const log = createLog({ part: 'test', level: 'silent' });
const openAt = (databaseUrl: string) =>
  createBullmqJobQueue({
    backend: createPostgresQueueBackend({ databaseUrl, applicationName: 'job queue test', log }),
    log,
    counters: createCounters({ part: 'test' }),
  });

describeJobQueue('postgres', async () => {
  const database = await createTestDatabase();
  return {
    open: () => openAt(database.url),
    openUnreachable: () => openAt('postgres://nobody@127.0.0.1:1/none'),
    async loseEverything() {
      await database.pool.query('truncate bullmq.job cascade');
    },
    async disconnect() {
      await database.pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
      );
    },
    destroy: () => database.drop(),
    processArguments: ['postgres', database.url],
  };
});
