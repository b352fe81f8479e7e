// A node of a Redis Cluster, which would take neither a commit of several partitions nor a job, is refused before anything is written.
import { expect, test } from 'vitest';
import { ConfigurationError } from '../../runtime/errors.ts';
import { requireEngine } from '../production-engine.ts';
import { redisVersion } from '../start-test-redis.ts';
import { useRedisJournal } from './redis-journal-scene.ts';

requireEngine(redisVersion ? undefined : 'no redis-server (PATH or REDIS_SERVER): a Redis Cluster is not tried');

const scene = useRedisJournal('--cluster-enabled', 'yes');

test('a Redis Cluster ends a start, which says what to use', async () => {
  const refused = await scene
    .open()
    .checkDurability()
    .catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(ConfigurationError);
  expect(refused).toMatchObject({
    problems: [
      { name: 'REDIS_URL', given: 'a node of a Redis Cluster', allowed: expect.stringContaining('single Redis') },
    ],
  });
  expect(await scene.redis.client.dbsize()).toBe(0);
});
