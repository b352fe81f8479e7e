// The journal's contract over Redis Streams, with the settings that ship.
import { createLog } from '../../runtime/log.ts';
import { createRedisJournal, REDIS_RETENTION } from '../../storage/journal/redis-journal.ts';
import type { Journal } from '../../storage/ports/journal.ts';
import { openRedis, type RedisConnection } from '../../storage/redis-connection.ts';
import { requireEngine } from '../production-engine.ts';
import { redisVersion, startTestRedis, type TestRedis } from '../start-test-redis.ts';
import { createTestDatabase } from '../test-database.ts';
import { describeJournal } from './journal.contract.ts';

requireEngine(redisVersion ? undefined : 'no redis-server (PATH or REDIS_SERVER): the journal on Redis is not tested');

const log = createLog({ part: 'test', level: 'silent' });

describeJournal('the journal on Redis', async () => {
  const [redis, database] = await Promise.all([startTestRedis(), createTestDatabase()]);
  const connections: RedisConnection[] = [];
  const journals: Journal[] = [];
  let unsafe: TestRedis | undefined;
  let now = 0;
  const open = (url: string, limits?: { readonly maxUnconsumedBytes?: number }) => {
    const connection = openRedis(url, { name: 'journal contract', log });
    connections.push(connection);
    const journal = createRedisJournal({ redis: connection, pool: database.pool, log, now: () => now, ...limits });
    journals.push(journal);
    return journal;
  };
  return {
    pool: database.pool,
    open: (limits) => open(redis.url, limits),
    openUnreachable: () => open('redis://127.0.0.1:1'),
    async openUnsafe() {
      unsafe = await startTestRedis('--appendfsync', 'everysec', '--maxmemory-policy', 'allkeys-lru');
      return { journal: open(unsafe.url), settings: ['appendfsync', 'maxmemory-policy'] };
    },
    async passRetention() {
      for (const journal of journals) await journal.trim(new Map());
      now += REDIS_RETENTION.keepMs + 1;
    },
    async close() {
      for (const connection of connections) connection.close();
      await Promise.all([redis.destroy(), unsafe?.destroy(), database.drop()]);
    },
  };
});
