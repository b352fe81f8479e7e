// What a turn may commit: only what it read, only as the holder it was when it read, and once, whatever happens to the answer.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TemporaryFailure } from '../../runtime/errors.ts';
import { openPool } from '../../storage/database.ts';
import { PartitionLeaseLost, readOffsets } from '../../storage/journal/committed-offsets.ts';
import { readItemTotals } from '../../storage/readings/record-counts.ts';
import { until } from '../system/until.ts';
import { createCuttingProxy } from './cutting-proxy.ts';
import { createIngestScene, type IngestScene, MINUTE_MS, type SceneDevice } from './ingest-scene.ts';
import { openWorker, type WorkerUnderTest } from './ingest-worker-under-test.ts';

const WITHIN_MS = 15_000;

let scene: IngestScene;
let device: SceneDevice;
let cleanUps: (() => Promise<unknown>)[];
beforeEach(async () => {
  cleanUps = [];
  scene = await createIngestScene();
  cleanUps.push(() => scene.destroy());
  device = await scene.addDevice('cgm', await scene.addPatient());
});
afterEach(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
});

const cgm = (at: number, value: number) => ({ kind: 'cgm', at, value, unit: 'mg/dL' });
const counted = async () => {
  const { received, accepted, duplicate } = await readItemTotals(scene.pool);
  return { received, accepted, duplicate };
};
async function worker(options?: Parameters<typeof openWorker>[1]): Promise<WorkerUnderTest> {
  const opened = await openWorker(scene, options);
  cleanUps.push(() => opened.close());
  return opened;
}

it('records that are consumed one by one move the offset one by one: a failure in the middle repeats and skips none', async () => {
  let isOut = true;
  const { consumer, heldPartitions, read } = await worker({
    timeSeries: (series) => ({
      ...series,
      async write(readings, replaced) {
        if (readings.length > 1) throw new Error('a bug that only several together bring about');
        const [first] = readings;
        if (isOut && first?.reading.kind === 'cgm' && first.reading.value === 102)
          throw new TemporaryFailure('out', 'for a moment');
        return series.write(readings, replaced);
      },
    }),
  });
  const now = Date.now();
  for (const value of [101, 102, 103])
    await scene.publish({ device, payload: cgm(now - (110 - value) * MINUTE_MS, value) });
  const records = await read();
  expect(records).toHaveLength(3);
  for (let tries = 0; tries < 3; tries++) await expect(consumer.consume(records)).rejects.toThrow(TemporaryFailure);

  const { partition, seq } = records[0]!;
  expect((await readOffsets(scene.pool)).get(partition)).toBe(seq);
  expect(heldPartitions.after.get(partition)).toBe(seq);
  expect(await counted()).toEqual({ received: 1, accepted: 1, duplicate: 0 });
  isOut = false;
  const left = await read();
  expect(left).toEqual(records.slice(1));
  for (const record of left) await consumer.consume([record]);
  expect(await counted()).toEqual({ received: 3, accepted: 3, duplicate: 0 });
});

it('a lease that is lost and taken again within one turn does not let the old turn commit', async () => {
  let loseOnce = true;
  const { leases, heldPartitions, consumer, read } = await worker({
    timeSeries: (series) => ({
      ...series,
      async write(readings, replaced) {
        await series.write(readings, replaced);
        if (!loseOnce) return;
        loseOnce = false;
        // Another had it for a moment.
        await scene.pool.query('update journal_partitions set epoch = epoch + 2');
        await leases.renew();
      },
    }),
  });
  await scene.publish({ device, payload: cgm(Date.now() - MINUTE_MS, 100) });
  await expect(consumer.consume(await read())).rejects.toThrow(PartitionLeaseLost);
  expect(await counted()).toEqual({ received: 0, accepted: 0, duplicate: 0 });
  await heldPartitions.sync();
  await consumer.consume(await read());
  expect(await counted()).toEqual({ received: 1, accepted: 1, duplicate: 0 });
});

it('a lease that was lost and taken again before the store was asked does not let the old turn write', async () => {
  let loseOnce = true;
  const { leases, consumer, read } = await worker({
    timeSeries: (series) => ({
      ...series,
      async find(identities) {
        const found = await series.find(identities);
        if (loseOnce) {
          loseOnce = false;
          await scene.pool.query('update journal_partitions set epoch = epoch + 2');
          await leases.renew();
        }
        return found;
      },
    }),
  });
  // The same twice: the second is looked for.
  const at = Date.now() - MINUTE_MS;
  await scene.publish({ device, payload: [cgm(at, 100), cgm(at - MINUTE_MS, 99)] });
  await expect(consumer.consume(await read())).rejects.toThrow('lease');
  expect(await scene.rows('select from readings')).toEqual([]);
});

describe('a commit whose answer is lost', () => {
  async function behindProxy() {
    const proxy = await createCuttingProxy(scene.databaseUrl);
    const pool = openPool(proxy.url, { max: 10, applicationName: 'cut off' });
    const opened = await openWorker(scene, { pool });
    cleanUps.push(async () => {
      await opened.close();
      await pool.end();
      await proxy.close();
    });
    opened.loop.start();
    // What a worker does first, and its first upkeep, are over when a second record is consumed.
    for (const minute of [9, 8]) {
      await scene.publish({ device, payload: cgm(now - minute * MINUTE_MS, 110 - minute) });
      await scene.consumed();
    }
    return proxy;
  }
  const now = Date.now();
  const readings = () => scene.rows<{ value: number }>('select value from readings order by at');

  it.each([
    ['of readings alone', 'commit-quiet-batch', []],
    ['with a rejection', 'commit\0', [{ kind: 'nothing' }]],
  ])('%s: everything counts once, nothing is read twice or skipped', async (_, marker, beside) => {
    const proxy = await behindProxy();
    proxy.muteNext(marker);
    await scene.publish({ device, payload: [cgm(now - 5 * MINUTE_MS, 105), ...beside] });
    await until(
      'it is committed without an answer',
      WITHIN_MS,
      async () => proxy.hasMuted() && (await counted()).received > 2,
    );
    await scene.publish({ device, payload: cgm(now - 4 * MINUTE_MS, 106) });
    proxy.cut();
    await scene.publish({ device, payload: cgm(now - 3 * MINUTE_MS, 107) });
    await scene.consumed();
    expect(await readItemTotals(scene.pool)).toEqual({
      received: 5 + beside.length,
      accepted: 5,
      duplicate: 0,
      corrected: 0,
      rejected: beside.length,
    });
    expect((await readings()).map(({ value }) => value)).toEqual([101, 102, 105, 106, 107]);
  });

  it('and that is still under way when the records are read again is not counted twice', async () => {
    const proxy = await behindProxy();
    const waiting = async () =>
      (
        await scene.rows(
          `select from pg_stat_activity where datname = current_database() and application_name = 'cut off' and wait_event_type = 'Lock'`,
        )
      ).length;
    const obstacle = await scene.pool.connect();
    cleanUps.push(async () => obstacle.release(true));
    await obstacle.query('begin; lock table record_counts in access exclusive mode');
    proxy.muteNext('commit-quiet-batch');
    await scene.publish({ device, payload: cgm(now - 5 * MINUTE_MS, 105) });
    await until('the commit waits', WITHIN_MS, async () => proxy.hasMuted() && (await waiting()) === 1);
    await scene.publish({ device, payload: cgm(now - 4 * MINUTE_MS, 106) });
    proxy.cut();
    await until('the records, read again, wait to be committed, too', WITHIN_MS, async () => (await waiting()) === 2);
    await obstacle.query('rollback');
    await scene.publish({ device, payload: cgm(now - 3 * MINUTE_MS, 107) });
    await scene.consumed();
    expect(await counted()).toEqual({ received: 5, accepted: 5, duplicate: 0 });
    expect((await readings()).map(({ value }) => value)).toEqual([101, 102, 105, 106, 107]);
  });
});
