// A device changes from nobody to a patient while its former messages are still unread, and two workers meet its readings.
import { beforeEach, expect, it } from 'vitest';
import { partitionOfDevice, partitionOfPatient } from '../../storage/journal/partition-of.ts';
import { readItemTotals } from '../../storage/readings/record-counts.ts';
import { until } from '../system/until.ts';
import { type IngestScene, MINUTE_MS, type SceneDevice } from './ingest-scene.ts';
import { useOwnWorkers, type WorkerUnderTest } from './ingest-worker-under-test.ts';

const WITHIN_MS = 15_000;
const PARTITIONS = 8;

const workers = useOwnWorkers();
const { open } = workers;
let scene: IngestScene;
beforeEach(() => {
  ({ scene } = workers);
});

async function openTwo(): Promise<[WorkerUnderTest, WorkerUnderTest]> {
  const two = [await open(), await open()] as const;
  await until('each holds its half', WITHIN_MS, async () => {
    for (const { leases, heldPartitions } of two) {
      await leases.renew();
      await heldPartitions.sync();
    }
    return two.every(({ heldPartitions }) => heldPartitions.after.size === PARTITIONS / 2);
  });
  return [...two];
}

it('a reading that came before and after its device was bound is the same reading to both workers', async () => {
  const [own, patients] = await openTwo();
  // A device whose own partition is the one worker's, a patient whose partition is the other's.
  const find = async <T>(add: () => Promise<T>, isRight: (added: T) => boolean): Promise<T> => {
    for (;;) {
      const added = await add();
      if (isRight(added)) return added;
    }
  };
  const patientKey = await find(
    () => scene.addPatient(),
    (key) => patients.heldPartitions.isHeld(partitionOfPatient(key, PARTITIONS)),
  );
  const device: SceneDevice = await find(
    () => scene.addDevice('cgm'),
    ({ deviceKey }) => own.heldPartitions.isHeld(partitionOfDevice(deviceKey, PARTITIONS)),
  );
  const now = Date.now();
  const cgm = (minute: number) => ({
    kind: 'cgm',
    at: now - minute * MINUTE_MS,
    value: 100 + minute,
    unit: 'mg/dL',
  });
  const before = partitionOfDevice(device.deviceKey, PARTITIONS);
  const after = partitionOfPatient(patientKey, PARTITIONS);

  await scene.publish({ device, payload: cgm(4), partition: before });
  await scene.bind(device, patientKey, '-infinity');
  await scene.publish({ device, payload: cgm(5), partition: after });
  await patients.turn();
  await own.turn();
  // The device has not heard of its first message, and sends it again.
  await scene.publish({ device, payload: [cgm(4), cgm(3)], partition: after });
  await patients.turn();
  const { received, accepted, duplicate } = await readItemTotals(scene.pool);
  expect({ received, accepted, duplicate }).toEqual({ received: 4, accepted: 3, duplicate: 1 });
  expect(await scene.rows('select value from readings order by at')).toEqual([
    { value: 105 },
    { value: 104 },
    { value: 103 },
  ]);
  // It was looked for, not written and found out.
  expect(await patients.counter('pulseward_ingest_temporary_failures_total')).toBe(0);
});
