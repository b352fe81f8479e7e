// Days that are to be read again: by what the registry holds now, whatever a worker has heard of it, and forgotten where they could not
// be committed.
import { beforeEach, describe, expect, it } from 'vitest';
import { addDays, localDayOf } from '../../domain/local-day.ts';
import { TemporaryFailure } from '../../runtime/errors.ts';
import { partitionOfPatient } from '../../storage/journal/partition-of.ts';
import { markDirtyDays } from '../../storage/readings/dirty-days.ts';
import { DAY_MS, type IngestScene, MINUTE_MS, type SceneDevice } from './ingest-scene.ts';
import { openWorker, useOwnWorkers } from './ingest-worker-under-test.ts';

const ZONE = 'Asia/Shanghai';

const workers = useOwnWorkers();
const { open } = workers;
let scene: IngestScene;
beforeEach(() => {
  ({ scene } = workers);
});

const now = Date.now();
const cgm = (at: number, value: number) => ({ kind: 'cgm', at, value, unit: 'mg/dL' });
const mark = (patientKey: number, ...days: string[]) =>
  markDirtyDays(
    scene.pool,
    days.map((day) => ({ patientKey, day, partition: partitionOfPatient(patientKey, 8), held: false })),
  );
const countsOf = async (patientKey: number) =>
  (
    await scene.rows<{ count: number }>(
      `select coalesce(sum((summary->'groups'->0->>'count')::int), 0)::int as count from day_summaries where patient_key = $1`,
      [patientKey],
    )
  )[0]!.count;
const episodes = () =>
  scene.rows<{ rule_id: string }>(`select rule_id from episodes where rule_id = 'CGM-01' and withdrawn_at is null`);

describe('a binding that a worker has not heard of when it reads the marks', () => {
  /** In the database alone, as if its announcement were still on its way. */
  const bindSilently = ({ deviceKey }: SceneDevice, patientKey: number) =>
    scene.pool.query(
      `insert into device_bindings (binding_id, device_key, patient_key, from_at) values (gen_random_uuid(), $1, $2, to_timestamp(0))`,
      [deviceKey, patientKey],
    );

  it.each([
    ['of today', 0],
    ['of last week', 6],
  ])('counts in the days %s', async (_, daysAgo) => {
    const at = now - daysAgo * DAY_MS - 10 * MINUTE_MS;
    const right = await scene.addPatient();
    const worn = await scene.addDevice('cgm', right);
    const found = await scene.addDevice('cgm', await scene.addPatient());
    const worker = await open();
    // The patient is known to the worker, today and then.
    await scene.publish(
      { device: worn, payload: cgm(at, 110) },
      { device: worn, payload: cgm(now - MINUTE_MS, 111) },
      { device: found, payload: cgm(at + MINUTE_MS, 120) },
    );
    await worker.turn();
    await worker.turn();
    await scene.pool.query('delete from device_bindings where device_key = $1', [found.deviceKey]);
    await bindSilently(found, right);
    const days = [...new Set([localDayOf(at, ZONE), localDayOf(now - MINUTE_MS, ZONE)])];
    await mark(right, ...(daysAgo === 0 ? days : days.slice(0, 1)));
    worker.upkeep.hurry(0);
    await worker.upkeep.run(now + MINUTE_MS, now + MINUTE_MS);
    await worker.upkeep.finish(now + MINUTE_MS);
    const [{ groups }] = (await scene.rows<{ groups: { count: number }[] }>(
      `select summary->'groups' as groups from day_summaries where patient_key = $1 and day = $2`,
      [right, localDayOf(at, ZONE)],
    )) as [{ groups: { count: number }[] }];
    const expected = daysAgo === 0 && days.length === 1 ? 3 : 2;
    expect(groups.reduce((sum, { count }) => sum + count, 0)).toBe(expected);
  });
});

it('days of last week that could not be committed leave nothing in memory that was not', async () => {
  const patientKey = await scene.addPatient();
  const device = await scene.addDevice('cgm', patientKey);
  const day = addDays(localDayOf(now, ZONE), -4);
  const at = now - 4 * DAY_MS;
  const worker = await open();
  await scene.publish({ device, payload: [cgm(at, 50), cgm(at + 5 * MINUTE_MS, 49), cgm(now - MINUTE_MS, 110)] });
  await worker.consumer.consume(await worker.read());
  // The day can't be summed up: the database says no, once.
  await scene.pool.query(
    `create function refuse() returns trigger language plpgsql as $$ begin raise exception 'for a moment' using errcode = '57014'; end $$`,
  );
  await scene.pool.query('create trigger refuse before insert on day_summaries for each row execute function refuse()');
  await mark(patientKey, day);
  worker.upkeep.hurry(0);
  await expect(worker.upkeep.run(now + MINUTE_MS, now + MINUTE_MS)).rejects.toThrow(TemporaryFailure);
  expect(await episodes()).toEqual([]);
  await scene.pool.query('drop trigger refuse on day_summaries');
  await worker.heldPartitions.sync();
  worker.upkeep.hurry(0);
  await worker.upkeep.run(now + 2 * MINUTE_MS, now + 2 * MINUTE_MS);
  expect(await episodes()).toHaveLength(1);
  expect(await countsOf(patientKey)).toBeGreaterThanOrEqual(2);
});

it('days of last week that are read for patients who are not in memory leave nobody there', async () => {
  const patientKey = await scene.addPatient();
  const device = await scene.addDevice('cgm', patientKey);
  const at = now - 4 * DAY_MS;
  const before = await openWorker(scene);
  await scene.publish({ device, payload: [cgm(at, 110), cgm(now - MINUTE_MS, 110)] });
  await before.turn();
  await before.upkeep.finish(now);
  await before.close();
  const worker = await open();
  await mark(patientKey, localDayOf(at, ZONE));
  worker.upkeep.hurry(0);
  await worker.upkeep.run(now, now);
  expect(await scene.rows('select from dirty_days')).toEqual([]);
  expect([...worker.projections.all()]).toEqual([]);
});
