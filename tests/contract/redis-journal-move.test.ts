// An installation moves its journal to Redis once, when nothing is left in Postgres, and to its own Redis only.
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { ConfigurationError } from '../../runtime/errors.ts';
import { refuseToLeaveRedis } from '../../storage/journal/journal-engine.ts';
import { createPostgresJournal } from '../../storage/journal/postgres-journal.ts';
import { requireEngine } from '../production-engine.ts';
import { redisVersion } from '../start-test-redis.ts';
import { createTestDatabase } from '../test-database.ts';
import { readAll } from './read-all.ts';
import { record, useRedisJournal } from './redis-journal-scene.ts';

requireEngine(
  redisVersion ? undefined : 'no redis-server (PATH or REDIS_SERVER): moving the journal to Redis is not tested',
);
const scene = useRedisJournal();

async function refusalOf(attempt: Promise<unknown>): Promise<string> {
  const error = await attempt.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  expect(error).toBeInstanceOf(ConfigurationError);
  return String(error);
}

test('while something unconsumed lies in Postgres the move is refused; afterwards numbers go on from what was consumed', async () => {
  const { pool } = scene.database;
  const postgres = createPostgresJournal({ pool });
  for (const text of ['one', 'two']) await postgres.append([record(1, text)]);
  expect(await refusalOf(scene.open().checkDurability())).toMatch(/REDIS_URL.*partitions 1.*until \/readyz/s);
  await refuseToLeaveRedis(pool);

  await scene.commit(1, 2);
  const redis = scene.open();
  await redis.checkDurability();
  expect((await redis.heads()).heads).toMatchObject([{ seq: 0 }, { seq: 2 }, { seq: 0 }, { seq: 0 }]);
  await redis.append([record(1, 'three')]);
  expect(await readAll(scene.open(), new Map([[1, 2]]))).toMatchObject([{ seq: 3, bytes: Buffer.from('three') }]);
});

test('after the move nothing is appended to Postgres any more, not even by a process that has not heard of it', async () => {
  const { pool } = scene.database;
  const postgres = createPostgresJournal({ pool });
  await postgres.append([record(0, 'before')]);
  await scene.commit(0, 1);
  await scene.open().checkDurability();
  await expect(postgres.append([record(0, 'after')])).rejects.toThrow('moved_to_redis');
  const refusal = await refusalOf(refuseToLeaveRedis(pool));
  expect(refusal).toContain('REDIS_URL: given nothing');
});

test('the way back that docs/architecture.md describes leads to a Postgres journal whose numbers go on', async () => {
  const { pool } = scene.database;
  const redis = scene.open();
  for (const text of ['one', 'two', 'three']) await redis.append([record(1, text)]);
  await scene.commit(1, 3);
  const page = await readFile(new URL('../../docs/architecture.md', import.meta.url), 'utf8');
  const [, statements = ''] = /(alter table journal_head drop[^`]+)`/.exec(page) ?? [];
  await pool.query(statements);
  await refuseToLeaveRedis(pool);
  const postgres = createPostgresJournal({ pool });
  await postgres.append([record(1, 'four')]);
  expect(await readAll(postgres, new Map([[1, 3]]))).toMatchObject([{ seq: 4, bytes: Buffer.from('four') }]);
});

test('four roles that start at once on a new installation agree on one set of streams', async () => {
  const journals = Array.from({ length: 4 }, () => scene.open());
  await Promise.all(journals.map((journal) => journal.checkDurability()));
  await Promise.all(journals.map((journal, index) => journal.append([record(0, `role ${index}`)])));
  expect((await scene.texts(scene.open(), 0)).toSorted()).toEqual(['role 0', 'role 1', 'role 2', 'role 3']);
});

test("another installation's Redis is refused, another database of it is not", async () => {
  await scene.open().checkDurability();
  const other = await createTestDatabase();
  try {
    expect(await refusalOf(scene.open({ pool: other.pool }).checkDurability())).toContain(
      "another installation's journal",
    );
    await scene.open({ pool: other.pool }, `${scene.redis.url}/1`).checkDurability();
  } finally {
    await other.drop();
  }
});

test('a password that Redis does not take is a mistake in REDIS_URL, told without showing it', async () => {
  await scene.redis.client.config('SET', 'requirepass', 'the right one');
  for (const url of [scene.redis.url, scene.redis.url.replace('//', '//:hush@')]) {
    const refusal = await refusalOf(scene.open({}, url).checkDurability());
    expect(refusal).toContain('REDIS_URL: given (hidden)');
    expect(refusal).not.toContain('hush');
  }
  await scene.open({}, scene.redis.url.replace('//', '//:the%20right%20one@')).checkDurability();
});

test('a user without the right to read the settings is told which right is missing', async () => {
  await scene.redis.client.acl('SETUSER', 'pulseward', 'on', '>secret', '~pulseward:*', '&*', '+@all', '-config');
  const refusal = await refusalOf(
    scene.open({}, scene.redis.url.replace('//', '//pulseward:secret@')).checkDurability(),
  );
  expect(refusal).toContain('+config|get');
  await scene.redis.client.acl('SETUSER', 'pulseward', '+config|get');
  const journal = scene.open({}, scene.redis.url.replace('//', '//pulseward:secret@'));
  await journal.checkDurability();
  await journal.append([record(0, 'with the rights of an application')]);
});
