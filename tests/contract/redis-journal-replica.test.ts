// With a replica a record counts only when the replica has it on disk, too: a fail-over loses nothing that was acknowledged.
import { connect, type Socket } from 'node:net';
import { Redis } from 'ioredis';
import { afterEach, expect, test } from 'vitest';
import { ConfigurationError } from '../../runtime/errors.ts';
import { streamKey } from '../../storage/journal/redis-keys.ts';
import { requireEngine } from '../production-engine.ts';
import { redisVersion, startTestRedis, type TestRedis } from '../start-test-redis.ts';
import { until } from '../system/until.ts';
import { outcomeOf } from './outcome-of.ts';
import { record, useRedisJournal } from './redis-journal-scene.ts';

const [major, minor] = redisVersion ?? [0, 0];
const hasWaitaof = major > 7 || (major === 7 && minor >= 2);
const missing = `no redis-server of 7.2 or newer (REDIS_SERVER; found ${redisVersion?.join('.') ?? 'none'}): acknowledging by replicas is not tested`;

let replica: TestRedis | undefined;
afterEach(async () => {
  await replica?.destroy();
  replica = undefined;
});

async function startReplica(port: number): Promise<TestRedis> {
  const started = await startTestRedis('--replicaof', '127.0.0.1', String(port), '--repl-diskless-sync-delay', '0');
  replica = started;
  await until('it follows', 20_000, async () => /master_link_status:up/.test(await started.client.info('replication')));
  return started;
}

requireEngine(hasWaitaof ? undefined : missing);
const scene = useRedisJournal();

test('what is acknowledged is on the replica: promoted, it has every record', async () => {
  const follower = await startReplica(scene.redis.port);
  const broker = scene.open();
  for (let commit = 0; commit < 50; commit++) await broker.append([record(0, `commit ${commit}`)]);
  await scene.redis.kill();
  await follower.client.replicaof('NO', 'ONE');
  expect(await follower.client.xlen(streamKey(0))).toBe(50);
});

test('while the replica is away nothing is acknowledged, what Redis has already is not written again, and it goes on by itself', async () => {
  const follower = await startReplica(scene.redis.port);
  const [broker, asked] = [scene.open(), scene.open()];
  await broker.append([record(0, 'before')]);
  expect((await asked.heads()).refusal).toBeUndefined();
  follower.freeze();
  const waiting = [record(0, 'waits')];
  expect(await outcomeOf(broker.append(waiting))).toBe('journal_unavailable');
  const askedAt = performance.now();
  expect((await asked.heads()).refusal).toMatch(/no replica/);
  expect(performance.now() - askedAt).toBeLessThan(2_000);
  expect(await outcomeOf(broker.append(waiting))).toBe('journal_unavailable');
  follower.thaw();
  await until('it is acknowledged', 20_000, async () => (await outcomeOf(broker.append(waiting))) === 'done');
  expect(await scene.texts(broker, 0)).toEqual(['before', 'waits']);
}, 60_000);

test('when the only replica has gone nothing is acknowledged until it is back, and whoever asks is told so', async () => {
  const follower = await startReplica(scene.redis.port);
  const [broker, asked] = [scene.open(), scene.open()];
  await broker.append([record(0, 'before')]);
  await asked.heads();
  await follower.kill();
  await until('it is gone', 20_000, async () =>
    /connected_slaves:0/.test(await scene.redis.client.info('replication')),
  );
  expect((await asked.heads()).refusal).toMatch(/no replica/);
  await broker.heads();
  const waiting = [record(0, 'waits')];
  expect(await outcomeOf(broker.append(waiting))).toBe('journal_unavailable');
  await follower.start();
  await until('it is acknowledged', 20_000, async () => (await outcomeOf(broker.append(waiting))) === 'done');
  expect((await asked.heads()).refusal).toBeUndefined();
  expect(await follower.client.xlen(streamKey(0))).toBe(2);
}, 60_000);

test('of what was acknowledged at a second attempt the loss is told, too', async () => {
  const follower = await startReplica(scene.redis.port);
  const broker = scene.open();
  await broker.append([record(0, 'before')]);
  const copy = await scene.redis.backUp();
  follower.freeze();
  const late = [record(0, 'acknowledged late')];
  expect(await outcomeOf(broker.append(late))).toBe('journal_unavailable');
  follower.thaw();
  await until('it is acknowledged', 20_000, async () => (await outcomeOf(broker.append(late))) === 'done');
  expect(await scene.redis.client.xlen(streamKey(0))).toBe(2);
  await scene.redis.kill();
  await copy.restore();
  await scene.redis.start();
  await until('it goes on', 20_000, async () => (await outcomeOf(broker.append([record(0, 'after')]))) === 'done');
  expect(scene.errors()).toEqual(['Redis has lost records of the journal that were acknowledged']);
}, 60_000);

test('a backup is no replica: while it runs and after it records are acknowledged and read as before', async () => {
  const [broker, worker] = [scene.open(), scene.open()];
  await broker.append([record(0, 'before')]);
  // So long more might come that want one, too.
  await scene.redis.client.config('SET', 'repl-diskless-sync-delay', 600);
  const backup = takeBackup(scene.redis.port);
  try {
    await until('it runs', 20_000, async () => /state=wait_bgsave/.test(await scene.redis.client.info('replication')));
    for (const journal of [broker, worker]) expect((await journal.heads()).refusal).toBeUndefined();
    expect(await outcomeOf(broker.append([record(0, 'meanwhile')]))).toBe('done');
    expect(await outcomeOf(scene.open().append([record(0, 'by who came meanwhile')]))).toBe('done');
    expect(await worker.read(new Map([[0, 0]]), 1_000)).toHaveLength(3);
  } finally {
    backup.destroy();
  }
  await until('it is over', 20_000, async () =>
    /connected_slaves:0/.test(await scene.redis.client.info('replication')),
  );
  await broker.heads();
  expect(await outcomeOf(broker.append([record(0, 'after')]))).toBe('done');
  expect(await worker.read(new Map([[0, 0]]), 1_000)).toHaveLength(4);
});

/** As `redis-cli --rdb` asks for it; ends with its connection. */
function takeBackup(port: number): Socket {
  const backup = connect(port, '127.0.0.1').on('error', () => {});
  backup.write('REPLCONF rdb-only 1\r\n');
  backup.once('data', () => backup.write('SYNC\r\n'));
  return backup;
}

test('with min-replicas-to-write roles that start while the replica is away neither acknowledge nor consume without it', async () => {
  await scene.open().append([record(0, 'before')]);
  await scene.redis.client.config('SET', 'min-replicas-to-write', 1);
  const [broker, worker] = [scene.open(), scene.open()];
  const read = () => worker.read(new Map([[0, 0]]), 1_000);
  expect(await outcomeOf(broker.append([record(0, 'refused')]))).toBe('journal_unavailable');
  expect(await outcomeOf(read())).toBe('journal_unavailable');
  await startReplica(scene.redis.port);
  await until('it is taken', 20_000, async () => (await outcomeOf(broker.append([record(0, 'after')]))) === 'done');
  expect((await read()).map(({ bytes }) => bytes.toString())).toEqual(['before', 'after']);
}, 60_000);

test('with a replica, too, a full Redis is read, so that what is consumed makes room, and takes no more', async () => {
  await startReplica(scene.redis.port);
  const [broker, worker] = [scene.open(), scene.open()];
  await broker.append([record(0, 'before')]);
  const used = Number(/used_memory:(\d+)/.exec(await scene.redis.client.info('memory'))?.[1]);
  // What a replica is sent doesn't count.
  await scene.redis.client.config('SET', 'maxmemory', Math.floor(used / 2));
  expect(await outcomeOf(broker.append([record(0, 'too much')]))).toBe('journal_full');
  expect(await worker.read(new Map([[0, 0]]), 1_000)).toHaveLength(1);
  expect((await worker.heads()).refusal).toMatch(/memory .* full/);
});

test('a replica without a durable append-only file confirms nothing', async () => {
  const follower = await startReplica(scene.redis.port);
  await follower.client.config('SET', 'appendonly', 'no');
  expect(await outcomeOf(scene.open().append([record(0, 'only in memory there')]))).toBe('journal_unavailable');
}, 30_000);

test('a primary that became a replica takes no records and is left for the new one', async () => {
  const follower = await startReplica(scene.redis.port);
  const broker = scene.open();
  await broker.append([record(0, 'before')]);
  await follower.client.replicaof('NO', 'ONE');
  await scene.redis.client.replicaof('127.0.0.1', String(follower.port));
  expect(['journal_unavailable', 'journal_unsafe']).toContain(await outcomeOf(broker.append([record(0, 'refused')])));
  await expect(scene.open().checkDurability()).rejects.toThrow(ConfigurationError);
  const client = new Redis(follower.port, '127.0.0.1');
  expect(await client.xlen(streamKey(0))).toBe(1);
  client.disconnect();
});
