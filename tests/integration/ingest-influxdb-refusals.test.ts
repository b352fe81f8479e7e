// A reading that InfluxDB refuses, on its way through ingest: it becomes a rejection that can be replayed, and costs its neighbours nothing.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLog } from '../../runtime/log.ts';
import { openInflux } from '../../storage/readings/influx-connection.ts';
import { createInfluxTimeSeries, type InfluxTimeSeries } from '../../storage/readings/influx-time-series.ts';
import { readItemTotals } from '../../storage/readings/record-counts.ts';
import { replayRejection } from '../../storage/readings/replay-rejection.ts';
import { requireEngine } from '../production-engine.ts';
import { missingInflux, startTestInflux, type TestInflux } from '../start-test-influxdb.ts';
import { createIngestScene, DAY_MS, type IngestScene, MINUTE_MS, type SceneDevice } from './ingest-scene.ts';
import { openWorker, type WorkerUnderTest } from './ingest-worker-under-test.ts';

requireEngine(missingInflux);

const KEPT_DAYS = 90;
const now = Date.now();
const tooOldAt = now - 200 * DAY_MS;
/** Of this day the bucket has another's texts where our numbers go; a shard holds a day where a bucket keeps 90. */
const foreignAt = Math.floor((now - 30 * DAY_MS) / DAY_MS) * DAY_MS + DAY_MS / 2;

let influxd: TestInflux;
let bucketId: string;
let scene: IngestScene;
let series: InfluxTimeSeries;
let worker: WorkerUnderTest;

beforeAll(async () => {
  if (missingInflux) return;
  influxd = await startTestInflux();
  const { org, bucket: name } = influxd.settings;
  const { orgs } = JSON.parse(await influxd.ask('GET', `/api/v2/orgs?org=${org}`));
  const retentionRules = [{ type: 'expire', everySeconds: (KEPT_DAYS * DAY_MS) / 1_000 }];
  ({ id: bucketId } = JSON.parse(
    await influxd.ask('POST', '/api/v2/buckets', { orgID: orgs[0].id, name, retentionRules }),
  ));
  scene = await createIngestScene();
  const log = createLog({ part: 'test', level: 'silent' });
  series = createInfluxTimeSeries({ influx: openInflux(influxd.settings), pool: scene.pool, log });
  worker = await openWorker(scene, { timeSeries: () => series });
  await series.checkSettings();
  await write(`cgm,device=stranger value="a text" ${foreignAt}`);
  worker.loop.start();
});
afterAll(async () => {
  await worker?.close();
  await series?.close();
  await scene?.destroy();
  await influxd?.destroy();
});

const cgm = (at: number, value = 101.5) => ({ kind: 'cgm', at, value, unit: 'mg/dL' });
async function keepFor(days: number): Promise<void> {
  const retentionRules = [{ type: 'expire', everySeconds: (days * DAY_MS) / 1_000 }];
  await influxd.ask('PATCH', `/api/v2/buckets/${bucketId}`, { retentionRules });
}
async function replay(device: SceneDevice): Promise<void> {
  const [rejection] = await rejectionsOf(device);
  const deps = { ...worker.storage, pool: scene.pool };
  expect(await replayRejection(deps, rejection!.rejection_id, Date.now())).toBe('replayed');
  await scene.consumed();
}
async function write(line: string): Promise<void> {
  const { org, bucket } = influxd.settings;
  await influxd.ask('POST', `/api/v2/write?org=${org}&bucket=${bucket}&precision=ms`, line);
}
const storedOf = async ({ deviceKey }: SceneDevice) => {
  const span = { deviceKey, fromAt: 0, toAt: now + DAY_MS, clockAheadMs: 0, clockBehindMs: 0 };
  return (await series.read([span], ['cgm'])).map(({ reading }) => [
    reading.at,
    reading.kind === 'cgm' && reading.value,
  ]);
};
const rejectionsOf = ({ deviceKey }: SceneDevice) =>
  scene.rows<{ rejection_id: string; code: string; payload: Buffer }>(
    'select rejection_id, code, payload from rejections where device_key = $1 order by rejection_id',
    [deviceKey],
  );

const rejectedAt = [
  { what: 'older than the bucket keeps', at: tooOldAt },
  { what: 'of a day in which the bucket has texts of somebody else as values', at: foreignAt },
];
const RECENT = Array.from({ length: 500 }, (_, index) => cgm(now - (500 - index) * MINUTE_MS, 100 + index / 8));
const STORED = RECENT.map(({ at, value }) => [at, value]);
/** By the instant of the reading that was refused: whose it is. */
const devices = new Map<number, SceneDevice>();

describe.each(rejectedAt)('a reading $what', ({ at }) => {
  it('is kept as internal_error, and the others of its message, its device and its record count', async () => {
    const [device, neighbour, elsewhere] = await Promise.all(
      Array.from({ length: 3 }, async () => scene.addDevice('cgm', await scene.addPatient())),
    );
    devices.set(at, device!);
    const before = await readItemTotals(scene.pool);
    await scene.publish(
      { device: device!, payload: RECENT.slice(0, 100), partition: 0 },
      { device: device!, payload: RECENT.slice(100, 300).toSpliced(70, 0, cgm(at)), partition: 0 },
      { device: device!, payload: RECENT.slice(300), partition: 0 },
      { device: neighbour!, payload: RECENT, partition: 0 },
      { device: elsewhere!, payload: RECENT, partition: 1 },
    );
    await scene.publish({ device: device!, payload: cgm(now, 99), partition: 0 });
    await scene.consumed();

    expect(await storedOf(device!)).toEqual([...STORED, [now, 99]]);
    expect(await storedOf(neighbour!)).toEqual(STORED);
    expect(await storedOf(elsewhere!)).toEqual(STORED);
    const rejections = await rejectionsOf(device!);
    expect(rejections).toMatchObject([{ code: 'internal_error' }]);
    expect(JSON.parse(rejections[0]!.payload.toString())).toEqual(cgm(at));
    const counted = 3 * RECENT.length + 1;
    expect(await readItemTotals(scene.pool)).toEqual({
      ...before,
      received: before.received + counted + 1,
      accepted: before.accepted + counted,
      rejected: before.rejected + 1,
    });
    const told = worker.logLines.filter((line) => line.includes(`device ${device!.deviceKey} at ${at}`));
    const errors = told.map((line) => JSON.parse(line)).filter(({ level }) => level === 'error');
    expect(errors).toMatchObject([{ items: 1 }]);
    expect(told.join()).not.toContain('101.5');
  });

  it('is kept again where it is replayed too early', async () => {
    const device = devices.get(at)!;
    await replay(device);
    expect(await rejectionsOf(device)).toHaveLength(2);
    expect(await storedOf(device)).toEqual([...STORED, [now, 99]]);
  });
});

it('400 readings older than the bucket keeps, scattered over a message of 1,000, cost none of the other 600', async () => {
  const device = await scene.addDevice('cgm', await scene.addPatient());
  const isOld = (index: number) => index % 5 < 2;
  const mixed = Array.from({ length: 1_000 }, (_, index) =>
    cgm(isOld(index) ? tooOldAt + index * MINUTE_MS : now - (1_000 - index) * MINUTE_MS, 100 + index / 8),
  );
  const before = await readItemTotals(scene.pool);
  const logged = worker.logLines.length;
  await scene.publish({ device, payload: mixed, partition: 0 });
  await scene.consumed();

  const recent = mixed.filter((_, index) => !isOld(index));
  expect(await storedOf(device)).toEqual(recent.map(({ at, value }) => [at, value]));
  const rejections = await rejectionsOf(device);
  expect(rejections.map(({ code }) => code)).toEqual(Array.from({ length: 400 }, () => 'internal_error'));
  const kept = rejections.map(({ payload }) => JSON.parse(payload.toString()).at).sort((a, b) => a - b);
  expect(kept).toEqual(mixed.filter((_, index) => isOld(index)).map(({ at }) => at));
  expect(await readItemTotals(scene.pool)).toEqual({
    ...before,
    received: before.received + 1_000,
    accepted: before.accepted + 600,
    rejected: before.rejected + 400,
  });
  const told = worker.logLines.slice(logged).map((line) => JSON.parse(line));
  expect(told.filter(({ level }) => level === 'error')).toMatchObject([{ items: 400 }]);
});

it('a reading that was refused is stored when it is replayed to a bucket that keeps it', async () => {
  const device = devices.get(tooOldAt)!;
  await keepFor(0);
  await replay(device);
  expect(await storedOf(device)).toEqual([[tooOldAt, 101.5], ...STORED, [now, 99]]);
  expect(await rejectionsOf(device)).toHaveLength(2);
});

it('a correction that InfluxDB refuses counts all the same: what replaces a value is in Postgres before it is a point', async () => {
  const device = devices.get(tooOldAt)!;
  const before = await readItemTotals(scene.pool);
  await keepFor(KEPT_DAYS);
  await scene.publish({ device, payload: cgm(tooOldAt, 110) });
  await scene.consumed();
  expect((await storedOf(device))[0]).toEqual([tooOldAt, 110]);
  expect(await readItemTotals(scene.pool)).toEqual({
    ...before,
    received: before.received + 1,
    corrected: before.corrected + 1,
  });
  expect(
    await scene.rows('select value, reason from reading_audit where device_key = $1', [device.deviceKey]),
  ).toMatchObject([{ value: 101.5, reason: 'corrected' }]);
});
