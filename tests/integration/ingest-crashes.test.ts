// Crashes, bugs and several workers: nothing is lost, nothing counts twice, the partition goes on.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPostgresJournal } from '../../storage/journal/postgres-journal.ts';
import { readItemTotals } from '../../storage/readings/record-counts.ts';
import { until } from '../system/until.ts';
import { createIngestScene, HOUR_MS, type IngestScene, MINUTE_MS } from './ingest-scene.ts';

const WITHIN_MS = 15_000;

let scene: IngestScene;
beforeEach(async () => {
  scene = await createIngestScene();
});
afterEach(() => scene.destroy());

const cgm = (at: number, value: number | string, more: object = {}) => ({
  kind: 'cgm',
  at,
  value,
  unit: 'mg/dL',
  ...more,
});
const workersHolding = () => count('(select distinct worker_id from journal_partitions where worker_id is not null) w');
const count = async (query: string) =>
  (await scene.rows<{ count: number }>(`select count(*)::int as count from ${query}`))[0]!.count;

describe.each(['after-store', 'after-offset'] as const)('a kill -9 %s', (point) => {
  it('changes nothing: every item has the fate it had, the signal is there once', async () => {
    const patientKey = await scene.addPatient();
    const device = await scene.addDevice('cgm', patientKey);
    const now = Date.now();
    const at = now - HOUR_MS;
    // Accepted, duplicate, corrected, superseded, rejected, and a low.
    const readings = [
      cgm(at, 100, { seq: 5 }),
      cgm(at, 100, { seq: 5 }),
      cgm(at, 90, { seq: 6 }),
      cgm(at, 80, { seq: 4 }),
      cgm(at, -1),
      cgm(now - 10 * MINUTE_MS, 50),
      cgm(now - 5 * MINUTE_MS, 49),
    ];
    await scene.publish({ device, payload: readings });
    await scene.runUntilCrash(point);
    expect(await count('readings')).toBe(3);
    await scene.start();
    // Neither over nor below the line again: no news of the low.
    await scene.publish({ device, payload: cgm(now - 4 * MINUTE_MS, 60) });
    await scene.consumed();
    await scene.stop();

    expect(await readItemTotals(scene.pool)).toEqual({
      received: 8,
      accepted: 4,
      duplicate: 1,
      corrected: 2,
      rejected: 1,
    });
    expect(await count('readings')).toBe(4);
    expect(await scene.rows('select value, reason from reading_audit order by revision')).toEqual([
      { value: 100, reason: 'corrected' },
      { value: 80, reason: 'superseded' },
    ]);
    expect(await count('rejections')).toBe(1);
    expect(await scene.rows("select verdict, version from signals where rule_id = 'CGM-01'")).toEqual([
      { verdict: 'firing', version: 1 },
    ]);
    expect(await count("episodes where rule_id = 'CGM-01'")).toBe(1);
    const [summary] = await scene.rows<{ count: number }>(
      `select sum((summary->'groups'->0->>'count')::int)::int as count from day_summaries where patient_key = $1`,
      [patientKey],
    );
    expect(summary!.count).toBe(4);
    expect(await count('dirty_days')).toBe(0);
  });
});

it('a crash after the offset leaves in the row what the queue has not heard', async () => {
  const device = await scene.addDevice('cgm', await scene.addPatient());
  const now = Date.now();
  await scene.publish({ device, payload: [cgm(now - 10 * MINUTE_MS, 50), cgm(now - 5 * MINUTE_MS, 49)] });
  await scene.runUntilCrash('after-offset');
  expect(
    await scene.rows("select handed_over, applied from signals where rule_id = 'CGM-01' and version > handed_over"),
  ).toEqual([{ handed_over: 0, applied: 0 }]);
});

describe('a bug', () => {
  it('that one item brings about again and again costs that item alone, with an ERROR', async () => {
    const device = await scene.addDevice('cgm', await scene.addPatient());
    const now = Date.now();
    await scene.rows(
      `create function refuse() returns trigger language plpgsql as
       $$ begin if new.value = 66.5 then raise exception 'a bug'; end if; return new; end $$`,
    );
    await scene.rows('create trigger refuse before insert on readings_default for each row execute function refuse()');
    await scene.rows('alter table readings_default disable trigger refuse');
    await scene.rows('alter table readings_default enable always trigger refuse');
    // A year that has no month of its own.
    const at = Date.UTC(2020, 5, 1);
    const readings = Array.from({ length: 40 }, (_, index) => cgm(at + index * MINUTE_MS, index === 23 ? 66.5 : 100));
    await scene.start();
    await scene.publish({ device, payload: readings }, { device, payload: cgm(now - MINUTE_MS, 101) });
    await scene.publish({ device, payload: cgm(now, 102) });
    await scene.consumed();
    const rejections = await scene.rows<{ code: string; item_index: number; payload: Buffer }>(
      'select code, item_index, payload from rejections',
    );
    expect(rejections).toMatchObject([{ code: 'internal_error', item_index: 23 }]);
    expect(JSON.parse(rejections[0]!.payload.toString())).toEqual(readings[23]);
    expect(await count('readings')).toBe(41);
    expect(await readItemTotals(scene.pool)).toEqual({
      received: 42,
      accepted: 41,
      duplicate: 0,
      corrected: 0,
      rejected: 1,
    });
    expect(
      scene.logLines.filter((line) => line.includes('"level":"error"') && line.includes('kept as rejections')),
    ).toHaveLength(1);
  });

  it('in a record that nobody can read costs that record, kept for whoever looks into it', async () => {
    const patientKey = await scene.addPatient();
    const device = await scene.addDevice('cgm', patientKey);
    await scene.start();
    await scene.publish({ device, payload: cgm(Date.now() - MINUTE_MS, 100) });
    await scene.consumed();
    const [{ partition }] = (await scene.rows<{ partition: number }>('select partition from record_counts')) as [
      { partition: number },
    ];
    await createPostgresJournal({ pool: scene.pool }).append([
      { partition, messageCount: 1, bytes: Buffer.from('garbage') },
    ]);
    await scene.publish({ device, payload: cgm(Date.now(), 101) });
    await scene.consumed();
    const [rejection] = await scene.rows<{ code: string; payload: Buffer }>('select code, payload from rejections');
    expect(rejection).toMatchObject({ code: 'internal_error' });
    expect(rejection!.payload.toString()).toBe('garbage');
    expect(await count('readings')).toBe(2);
  });
});

const UNREAD_DAYS = '(select 1 from dirty_days where held_mark is distinct from mark) d';

/** What a worker has forgotten because the registry changed, and not read again before it stopped, its successor reads. */
async function stopWithAllSummedUp(): Promise<void> {
  await scene.stop();
  await scene.start();
  await until('no day is marked', WITHIN_MS, async () => (await count('dirty_days')) === 0);
  await scene.stop();
}

it('two workers share the partitions, and one that stops hands its own over', async () => {
  const devices = await Promise.all(
    Array.from({ length: 24 }, async () => scene.addDevice('cgm', await scene.addPatient())),
  );
  await scene.start();
  await scene.start();
  await until(
    'both hold partitions',
    WITHIN_MS,
    async () =>
      (await count('(select distinct worker_id from journal_partitions where worker_id is not null) w')) === 2,
  );
  const start = Date.now() - HOUR_MS;
  const publishAll = (minute: number) =>
    scene.publish(...devices.map((device) => ({ device, payload: cgm(start + minute * MINUTE_MS, 100 + minute) })));
  for (let minute = 0; minute < 20; minute++) await publishAll(minute);
  await scene.consumed();
  await scene.stopOne();
  for (let minute = 20; minute < 40; minute++) await publishAll(minute);
  await scene.consumed();
  // What changed hands is read again by whoever has it now.
  await until('no day waits to be read again', WITHIN_MS, async () => (await count(UNREAD_DAYS)) === 0);
  await stopWithAllSummedUp();
  expect(await readItemTotals(scene.pool)).toEqual({
    received: 960,
    accepted: 960,
    duplicate: 0,
    corrected: 0,
    rejected: 0,
  });
  const summaries = await scene.rows<{ count: number }>(
    `select patient_key, sum((summary->'groups'->0->>'count')::int)::int as count from day_summaries group by 1`,
  );
  expect(summaries.map((row) => row.count)).toEqual(devices.map(() => 40));
});

it('readings that come through another worker’s partition reach their patient all the same', async () => {
  const patients = await Promise.all(Array.from({ length: 16 }, () => scene.addPatient()));
  const devices = await Promise.all(patients.map((patientKey) => scene.addDevice('cgm', patientKey)));
  await scene.start();
  await scene.start();
  await until('both hold partitions', WITHIN_MS, async () => (await workersHolding()) === 2);
  const now = Date.now();
  const low = (device: (typeof devices)[number], partition: number) => ({
    device,
    partition,
    payload: [cgm(now - 10 * MINUTE_MS, 50), cgm(now - 5 * MINUTE_MS, 49)],
  });
  // A broker that has not heard of the bindings yet: whatever partition, and everything twice.
  await scene.publish(...devices.map((device, index) => low(device, index % 8)));
  await scene.consumed();
  await scene.publish(...devices.map((device, index) => low(device, (index + 3) % 8)));
  await scene.consumed();
  await until(
    'all are firing',
    WITHIN_MS,
    async () => (await count("signals where rule_id = 'CGM-01' and verdict = 'firing'")) === 16,
  );
  await stopWithAllSummedUp();
  expect(await readItemTotals(scene.pool)).toEqual({
    received: 64,
    accepted: 32,
    duplicate: 32,
    corrected: 0,
    rejected: 0,
  });
  const [sum] = await scene.rows(
    `select sum((summary->'groups'->0->>'count')::int)::int as readings from day_summaries`,
  );
  expect(sum).toEqual({ readings: 32 });
});

it('a worker that was stopped for longer than its lease does not undo what happened meanwhile', {
  timeout: 90_000,
}, async () => {
  const device = await scene.addDevice('cgm', await scene.addPatient());
  const at = Date.now() - HOUR_MS;
  const worker = await scene.startProcess();
  await scene.publish({ device, payload: cgm(at, 100, { seq: 1 }) });
  await scene.consumed();
  process.kill(worker.pid, 'SIGSTOP');
  await scene.publish({ device, payload: cgm(at, 90, { seq: 2 }) }, { device, payload: cgm(at + MINUTE_MS, 91) });
  await scene.start();
  await scene.consumed();
  process.kill(worker.pid, 'SIGCONT');
  await scene.publish({ device, payload: cgm(at, 100, { seq: 1 }) }, { device, payload: cgm(at + 2 * MINUTE_MS, 92) });
  await scene.consumed();
  await until('the stopped one takes part again', WITHIN_MS, async () => (await workersHolding()) === 2);
  // What it had not flushed is read again by whoever takes over.
  await worker.end();
  await until('the other has read it again', 2 * WITHIN_MS, async () => (await count('dirty_days')) === 0);
  await scene.stop();
  expect(await scene.rows('select value from readings order by at')).toEqual([
    { value: 90 },
    { value: 91 },
    { value: 92 },
  ]);
  expect(await readItemTotals(scene.pool)).toEqual({
    received: 5,
    accepted: 3,
    duplicate: 1,
    corrected: 1,
    rejected: 0,
  });
  const [summary] = await scene.rows(`select summary->'groups'->0->'meanMgPerDl' as mean from day_summaries`);
  expect(summary).toEqual({ mean: 91 });
});
