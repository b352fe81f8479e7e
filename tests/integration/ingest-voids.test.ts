// A person voids a reading while its device corrects it: whoever comes second notices, nothing is lost, and what is voided stays voided.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readItemTotals } from '../../storage/readings/record-counts.ts';
import { voidReading } from '../../storage/readings/void-reading.ts';
import { createIngestScene, type IngestScene, MINUTE_MS, openSceneStorage, type SceneDevice } from './ingest-scene.ts';
import { openWorker } from './ingest-worker-under-test.ts';

const USER = '0198c0de-0000-7000-8000-000000000001';

let scene: IngestScene;
let device: SceneDevice;
/** As the API's process has it. */
let api: Awaited<ReturnType<typeof openSceneStorage>>;
let cleanUps: (() => Promise<unknown>)[];
beforeEach(async () => {
  scene = await createIngestScene();
  api = await openSceneStorage(scene.pool, scene.databaseUrl, []);
  cleanUps = [() => scene.destroy(), () => api.close()];
  device = await scene.addDevice('cgm', await scene.addPatient());
});
afterEach(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
});

const at = Date.now() - 10 * MINUTE_MS;
const cgm = (value: number, seq: number) => ({ kind: 'cgm', at, value, unit: 'mg/dL', seq });
const voidIt = (deps = api.storage, now = at + MINUTE_MS) =>
  voidReading(deps, { deviceId: device.deviceId, kind: 'cgm', at }, USER, now);
const stored = () => scene.rows('select value, revision, voided_at from readings');
const audited = () => scene.rows('select value, revision, reason, replaced_by from reading_audit order by revision');
const fates = async () => {
  const { accepted, duplicate, corrected } = await readItemTotals(scene.pool);
  return { accepted, duplicate, corrected };
};
const ORIGINAL_VOIDED = { value: 51, revision: 0, reason: 'voided', replaced_by: USER };

it('a void that comes while a correction is being settled holds, and the correction is in the audit', async () => {
  let isVoiding = false;
  const worker = await openWorker(scene, {
    timeSeries: (series) => ({
      ...series,
      async find(identities) {
        const found = await series.find(identities);
        if (isVoiding) await voidIt();
        isVoiding = false;
        return found;
      },
    }),
  });
  cleanUps.push(() => worker.close());
  await scene.publish({ device, payload: cgm(51, 1) });
  await worker.turn();
  isVoiding = true;
  await scene.publish({ device, payload: cgm(90, 2) });
  await worker.turn();
  expect(await stored()).toEqual([{ value: 51, revision: 1, voided_at: at + MINUTE_MS }]);
  expect(await audited()).toEqual([
    ORIGINAL_VOIDED,
    { value: 90, revision: 2, reason: 'superseded', replaced_by: null },
  ]);
  expect(await fates()).toEqual({ accepted: 1, duplicate: 0, corrected: 1 });
});

it('a correction that comes while a reading is being voided is voided with it', async () => {
  const worker = await openWorker(scene);
  cleanUps.push(() => worker.close());
  await scene.publish({ device, payload: cgm(51, 1) });
  await worker.turn();
  let isCorrecting = true;
  const { timeSeries } = api.storage;
  const voided = await voidIt({
    ...api.storage,
    timeSeries: {
      ...timeSeries,
      async find(identities) {
        const found = await timeSeries.find(identities);
        if (isCorrecting) {
          isCorrecting = false;
          await scene.publish({ device, payload: cgm(90, 2) });
          await worker.turn();
        }
        return found;
      },
    },
  });
  expect(voided).toMatchObject({ voidedAt: at + MINUTE_MS });
  expect(await stored()).toEqual([{ value: 90, revision: 2, voided_at: at + MINUTE_MS }]);
  expect(await audited()).toEqual([
    { value: 51, revision: 0, reason: 'corrected', replaced_by: null },
    { value: 90, revision: 1, reason: 'voided', replaced_by: USER },
  ]);
  expect(await fates()).toEqual({ accepted: 1, duplicate: 0, corrected: 1 });
});

it('what a device corrects after the void is kept in the audit and counts nowhere else', async () => {
  await scene.start();
  await scene.publish({ device, payload: cgm(51, 1) });
  await scene.consumed();
  await voidIt();
  await scene.publish({ device, payload: cgm(90, 2) });
  await scene.publish({ device, payload: [cgm(90, 2), cgm(51, 1)] });
  await scene.consumed();
  expect(await stored()).toEqual([{ value: 51, revision: 1, voided_at: at + MINUTE_MS }]);
  expect(await audited()).toEqual([
    ORIGINAL_VOIDED,
    { value: 90, revision: 2, reason: 'superseded', replaced_by: null },
  ]);
  expect(await fates()).toEqual({ accepted: 1, duplicate: 2, corrected: 1 });
  const summaries = await scene.rows<{ groups: unknown[] }>(`select summary->'groups' as groups from day_summaries`);
  expect(summaries.flatMap(({ groups }) => groups)).toEqual([]);
});
