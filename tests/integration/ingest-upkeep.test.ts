// Upkeep goes on for everybody else where it fails for one patient, and for as many as memory has no room for.
import { beforeEach, describe, expect, it } from 'vitest';
import { localDayOf } from '../../domain/local-day.ts';
import { partitionOfPatient } from '../../storage/journal/partition-of.ts';
import { markDirtyDays } from '../../storage/readings/dirty-days.ts';
import { until } from '../system/until.ts';
import { type IngestScene, MINUTE_MS, type SceneDevice } from './ingest-scene.ts';
import { useOwnWorkers } from './ingest-worker-under-test.ts';

const WITHIN_MS = 15_000;

const workers = useOwnWorkers();
const { open } = workers;
let scene: IngestScene;
beforeEach(() => {
  ({ scene } = workers);
});

const now = Date.now();
const cgm = (at: number, value: number) => ({ kind: 'cgm', at, value, unit: 'mg/dL' });
const summarised = async () =>
  (
    await scene.rows<{ patient_key: number }>('select distinct patient_key from day_summaries order by patient_key')
  ).map(({ patient_key }) => patient_key);
const errorsIn = (lines: readonly string[]) =>
  lines.map((line) => JSON.parse(line)).filter(({ level }) => level === 'error');

describe('a burst of more patients than memory has room for', () => {
  const PATIENTS = 120;
  /** Of about twenty patients with a few readings each. */
  const ROOM_BYTES = 126_000;

  it.each([
    ['just now', 0],
    ['that is caught up with', 60 * MINUTE_MS],
  ])('%s does not take more of it than is allowed, and loses nothing', async (_, ageMs) => {
    const devices = await Promise.all(
      Array.from({ length: PATIENTS }, async () => scene.addDevice('cgm', await scene.addPatient())),
    );
    const worker = await open({ maxProjectionBytes: ROOM_BYTES });
    const { projections } = worker;
    const held: number[] = [];
    const low = (minute: number) => (minute < 2 ? 50 : 110);
    for (let minute = 0; minute < 4; minute++) {
      const at = now - ageMs - (10 - minute) * MINUTE_MS;
      await scene.publish(
        ...devices.map((device) => ({ device, payload: cgm(at, low(minute)), receivedAt: at + 1_000 })),
      );
      await worker.turn();
      held.push(projections.bytes);
      const counted = [...projections.all()].reduce((sum, { bytes }) => sum + bytes, 0);
      expect(projections.bytes).toBe(counted);
    }
    expect(Math.max(...held)).toBeLessThanOrEqual(ROOM_BYTES);
    expect(Math.min(...held)).toBeGreaterThan(0);
    await worker.upkeep.finish(now);
    const summaries = await scene.rows<{ readings: number }>(
      `select sum((summary->'groups'->0->>'count')::int)::int as readings from day_summaries group by patient_key`,
    );
    expect(summaries).toHaveLength(PATIENTS);
    expect(new Set(summaries.map(({ readings }) => readings))).toEqual(new Set([4]));
    const [{ count }] = (await scene.rows<{ count: number }>(
      "select count(distinct patient_key)::int as count from episodes where rule_id = 'CGM-01'",
    )) as [{ count: number }];
    expect(count).toBe(PATIENTS);
  });
});

describe('a patient whose upkeep fails', () => {
  /** No calendar knows where this one lives. */
  const addLost = () => scene.addPatient({ timeZone: 'Nowhere/Land', plan: { cgmExpected: true } });

  it('does not keep the days of others from being written, and is named in the log once', async () => {
    const patients = [await scene.addPatient(), await scene.addPatient(), await scene.addPatient()] as const;
    const devices: SceneDevice[] = [];
    for (const patientKey of patients) devices.push(await scene.addDevice('cgm', patientKey));
    const worker = await open();
    await scene.publish(...devices.map((device) => ({ device, payload: cgm(now - MINUTE_MS, 100) })));
    await worker.consumer.consume(await worker.read());
    const [first, bad, last] = patients;
    await scene.pool.query(
      `create function refuse() returns trigger language plpgsql as
       $$ begin if new.patient_key = ${bad} then raise exception 'a bug'; end if; return new; end $$`,
    );
    await scene.pool.query(
      'create trigger refuse before insert on day_summaries for each row execute function refuse()',
    );
    for (const minutes of [1, 3, 5]) await worker.upkeep.run(now + minutes * MINUTE_MS, now);
    expect(await summarised()).toEqual([first, last]);
    const errors = errorsIn(worker.logLines);
    expect(errors).toMatchObject([{ task: 'flush_days', patientKey: bad }]);
    expect(await worker.counter('pulseward_ingest_patients_set_aside_total')).toBeGreaterThan(1);
    await scene.pool.query('drop trigger refuse on day_summaries');
    await worker.upkeep.run(now + 10 * MINUTE_MS, now);
    expect(await summarised()).toEqual([first, bad, last]);
  });

  it('does not keep others from being asked when their deadline has passed', async () => {
    const lost = [await addLost(), await addLost()];
    const patientKey = await scene.addPatient({ plan: { cgmExpected: true } });
    await scene.start();
    await until('the silence of the other is noticed', WITHIN_MS, async () => {
      const rows = await scene.rows<{ patient_key: number }>(
        "select patient_key from signals where verdict = 'firing'",
      );
      return rows.some((row) => row.patient_key === patientKey);
    });
    const errors = errorsIn(scene.logLines);
    expect(errors.map(({ patientKey: named }) => named).toSorted()).toEqual(lost);
  });

  it('does not keep the marked days of others from being read again', async () => {
    const patients = [await addLost(), await scene.addPatient()] as const;
    const [, patientKey] = patients;
    await scene.addDevice('cgm', patientKey);
    const day = localDayOf(now, 'Asia/Shanghai');
    await markDirtyDays(
      scene.pool,
      patients.map((key) => ({ patientKey: key, day, partition: partitionOfPatient(key, 8), held: false })),
    );
    await scene.start();
    await until('the day of the other was read again', WITHIN_MS, async () =>
      (await summarised()).includes(patientKey),
    );
    const marked = await scene.rows('select patient_key from dirty_days');
    expect(marked).toEqual([{ patient_key: patients[0] }]);
  });
});
