// A process that uses journal and queue on the Redis that it is told of, as a role would; tells its parent what became of it.
import { createCounters } from '../../runtime/counters.ts';
import { ConfigurationError } from '../../runtime/errors.ts';
import { createLog } from '../../runtime/log.ts';
import { openPool } from '../../storage/database.ts';
import { createBullmqJobQueue } from '../../storage/job-queue/bullmq-job-queue.ts';
import { createRedisQueueBackend } from '../../storage/job-queue/redis-queue-backend.ts';
import { createRedisJournal } from '../../storage/journal/redis-journal.ts';
import { openRedis } from '../../storage/redis-connection.ts';

const [databaseUrl = '', redisUrl = ''] = process.argv.slice(2);
const name = 'over tls';
const log = createLog({ part: name, level: 'silent' });
const pool = openPool(databaseUrl, { max: 2, applicationName: name });
const redis = openRedis(redisUrl, { name, log });
const journal = createRedisJournal({ redis, pool, log });
const queue = createBullmqJobQueue({
  backend: createRedisQueueBackend({ redisUrl, name, log }),
  log,
  counters: createCounters({ part: name }),
});

async function useBoth(): Promise<string> {
  await journal.checkDurability();
  await journal.append([{ partition: 0, messageCount: 1, bytes: Buffer.from('over the line') }]);
  const [record] = await journal.read(new Map([[0, 0]]), 1_000);
  const worked = Promise.withResolvers<string>();
  await queue.work('work', 1, async ({ id }) => worked.resolve(id));
  await queue.add([{ queue: 'work', id: 'nudged', data: {} }]);
  return `${Buffer.from(record?.bytes ?? '')}, ${await worked.promise}`;
}

const outcome = await useBoth().catch((error: unknown) =>
  error instanceof ConfigurationError ? error.message : `not told: ${error}`,
);
process.send?.(outcome);
await queue.close();
redis.close();
await pool.end();
process.disconnect?.();
