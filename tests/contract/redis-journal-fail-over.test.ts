// A primary dies while its replica lags behind: what ingest consumed is on the replica under the same numbers, so nothing that the new
// primary acknowledges counts as consumed already.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { streamKey } from '../../storage/journal/redis-keys.ts';
import type { Journal, JournalRecord } from '../../storage/ports/journal.ts';
import { requireEngine } from '../production-engine.ts';
import { redisVersion, startTestRedis, type TestRedis } from '../start-test-redis.ts';
import { until } from '../system/until.ts';
import { outcomeOf } from './outcome-of.ts';
import { type Link, openLink } from './redis-journal-link.ts';
import { record, useRedisJournal } from './redis-journal-scene.ts';

const [major, minor] = redisVersion ?? [0, 0];
const hasWaitaof = major > 7 || (major === 7 && minor >= 2);
const missing = `no redis-server of 7.2 or newer (REDIS_SERVER; found ${redisVersion?.join('.') ?? 'none'}): a fail-over to a lagging replica is not tested`;

requireEngine(hasWaitaof ? undefined : missing);
const scene = useRedisJournal();

/** Between the primary and its replica. */
let replication: Link;
/** What REDIS_URL names. */
let front: Link;
let replica: TestRedis;

beforeEach(async () => {
  [replication, front] = await Promise.all([openLink(scene.redis.port), openLink(scene.redis.port)]);
  const settings = ['--replicaof', '127.0.0.1', String(replication.port), '--repl-diskless-sync-delay', '0'];
  replica = await startTestRedis(...settings);
  await until('it follows', 20_000, async () => /master_link_status:up/.test(await replica.client.info('replication')));
});
afterEach(async () => {
  await Promise.all([replica.destroy(), replication.close(), front.close()]);
});

const openRole = () => scene.open({}, `redis://127.0.0.1:${front.port}`);

async function failOver(): Promise<void> {
  await scene.redis.kill();
  await replication.close();
  await replica.client.replicaof('NO', 'ONE');
  front.leadTo(replica.port);
}

const read = (journal: Journal, after: number) => journal.read(new Map([[0, after]]), 1_000);
const textsOf = (records: readonly JournalRecord[]) => records.map(({ bytes }) => bytes.toString());

/** One record is consumed; the next one only the primary has, which nobody was told is kept. Answers what a worker gets of it. */
async function writeBeyondReplica(): Promise<readonly JournalRecord[]> {
  const [broker, worker] = [openRole(), openRole()];
  await broker.append([record(0, 'consumed')]);
  expect(textsOf(await read(worker, 0))).toEqual(['consumed']);
  await scene.commit(0, 1);
  replication.hold();
  const appended = outcomeOf(broker.append([record(0, 'on the primary alone')]));
  await until('the primary has it', 5_000, async () => (await scene.redis.client.xlen(streamKey(0))) === 2);
  const handedOut = await read(worker, 1).catch(() => []);
  expect(await appended).toBe('journal_unavailable');
  return handedOut;
}

const commitAll = async (handedOut: readonly JournalRecord[]) => {
  for (const { seq } of handedOut) await scene.commit(0, seq);
};

test('what no replica has is not consumed: after a fail-over to the replica everything goes on by itself', async () => {
  await commitAll(await writeBeyondReplica());
  await failOver();
  expect(await outcomeOf(openRole().append([record(0, 'after')]))).toBe('done');
  expect(textsOf(await read(openRole(), 1))).toEqual(['after']);
  expect(scene.errors()).toEqual([]);
}, 60_000);

test('a turn that was under way during the fail-over does not count as consumed what another broker appends after it', async () => {
  const handedOut = await writeBeyondReplica();
  await failOver();
  expect(await outcomeOf(openRole().append([record(0, 'acknowledged')]))).toBe('done');
  await commitAll(handedOut);
  const { rows } = await scene.database.pool.query('select seq from journal_partitions where partition = 0');
  expect(textsOf(await read(openRole(), Number(rows[0].seq)))).toEqual(['acknowledged']);
}, 60_000);

test('while the replica lags reading fails, so that nobody takes it for silence, and goes on with the record once it is there', async () => {
  expect(await writeBeyondReplica()).toEqual([]);
  const worker = openRole();
  expect(await outcomeOf(read(worker, 1))).toBe('journal_unavailable');
  expect(await read(worker, 2)).toEqual([]);
  replication.release();
  await until('it is handed out', 20_000, async () => (await outcomeOf(read(worker, 1))) === 'done');
  expect(textsOf(await read(worker, 1))).toEqual(['on the primary alone']);
}, 60_000);
