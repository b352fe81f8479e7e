// One message, or one partition, that fails again and again: it costs itself, and nobody waits for it.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { partitionOfPatient } from '../../storage/journal/partition-of.ts';
import { readItemTotals } from '../../storage/readings/record-counts.ts';
import { until } from '../system/until.ts';
import { createIngestScene, type IngestScene, MINUTE_MS, type SceneDevice } from './ingest-scene.ts';

const WITHIN_MS = 15_000;

let scene: IngestScene;
beforeEach(async () => {
  scene = await createIngestScene();
});
afterEach(() => scene.destroy());

const now = Date.now();
const cgm = (at: number, value: number) => ({ kind: 'cgm', at, value, unit: 'mg/dL' });
const stored = async ({ deviceKey }: SceneDevice) =>
  scene.rows<{ at: number; value: number; measured_at: number }>(
    'select at, value, measured_at from readings where device_key = $1 order by at',
    [deviceKey],
  );
const rejected = () =>
  scene.rows<{ code: string; item_index: number; topic: string; payload: Buffer; origin_partition: number }>(
    'select code, item_index, topic, payload, origin_partition from rejections order by origin_index desc',
  );
const errors = () => scene.logLines.map((line) => JSON.parse(line)).filter(({ level }) => level === 'error');

/** From now on each row of the table for which `when` holds is a bug. */
async function refuse(table: string, when: string): Promise<void> {
  await scene.rows(
    `create function refuse_${table}() returns trigger language plpgsql as
     $$ begin if ${when} then raise exception 'a bug'; end if; return new; end $$`,
  );
  await scene.rows(
    `create trigger refuse before insert or update on ${table} for each row execute function refuse_${table}()`,
  );
}

async function patientIn(partition: number): Promise<number> {
  for (;;) {
    const patientKey = await scene.addPatient();
    if (partitionOfPatient(patientKey, 8) === partition) return patientKey;
  }
}

describe('a status', () => {
  it.each([
    ['a battery too small for a short float', { battery: 1e-50 }],
    ['a battery smaller still', { battery: 5e-324 }],
    ['a battery of minus nothing', '{"battery":-0.0}'],
    [
      'instants at the ends of what is taken',
      { sensorStartedAt: Date.UTC(2015, 0, 1), sentAt: now + 24 * 60 * MINUTE_MS },
    ],
    ['a firmware of 64 characters beyond the first plane', { firmware: '𠀀'.repeat(64) }],
    ['a firmware of quotes, backslashes and braces', { firmware: '"\\{}\',NULL' }],
  ])('with %s is kept, and the readings beside it count', async (_, payload) => {
    const device = await scene.addDevice('cgm', await scene.addPatient());
    await scene.start();
    await scene.publish(
      { device, payload: cgm(now - 2 * MINUTE_MS, 100) },
      { device, payload, topic: 'status', receivedAt: now },
      { device, payload: cgm(now - MINUTE_MS, 101) },
    );
    await scene.consumed();
    expect(await stored(device)).toHaveLength(2);
    expect(await rejected()).toEqual([]);
    expect(await scene.rows('select from device_status where online')).toHaveLength(1);
    expect(errors()).toEqual([]);
  });

  it.each([
    ['NUL', { firmware: 'a\0b' }],
    ['half a character', '{"firmware":"\\ud800"}'],
    ['65 characters', { firmware: 'x'.repeat(65) }],
  ])('whose firmware has %s is rejected as a device’s mistake', async (_, payload) => {
    const device = await scene.addDevice('cgm', await scene.addPatient());
    await scene.start();
    await scene.publish({ device, payload, topic: 'status' });
    await scene.consumed();
    expect(await rejected()).toMatchObject([{ code: 'wrong_type' }]);
  });
});

it('readings and messages with the oddest of values each end with a fate that is not ours', async () => {
  const device = await scene.addDevice('bp_monitor', await scene.addPatient());
  const bp = { kind: 'bp', at: now - MINUTE_MS, systolic: 120, diastolic: 80, unit: 'mmHg' };
  await scene.start();
  const odd: unknown[] = [
    '{"kind":"cgm","at":1e308,"value":1e400,"unit":"mg/dL"}',
    `{"kind":"cgm","at":${now - MINUTE_MS},"value":-0.0,"unit":"mg/dL"}`,
    `{"kind":"cgm","at":${now - MINUTE_MS},"value":1e-320,"unit":"mg/dL"}`,
    { ...cgm(now - 3 * MINUTE_MS, 100), seq: Number.MAX_SAFE_INTEGER },
    { ...cgm(Date.UTC(2015, 0, 1), 100), slot: '𠀀"\\{},NULL' },
    { ...cgm(now - 4 * MINUTE_MS, 100), slot: 'a\0' },
    { ...bp, systolic: 1e308, unit: 'kPa' },
    { ...bp, at: now - 2 * MINUTE_MS, pulse: 1e-320 },
    cgm(now - 7 * MINUTE_MS, 1e300),
    { sentAt: Date.UTC(2015, 0, 1), readings: [cgm(now - 5 * MINUTE_MS, 100)] },
    { sentAt: now + 24 * 60 * MINUTE_MS, readings: [cgm(now - 6 * MINUTE_MS, 100)] },
    { kind: '\0\u{d800}' },
    Buffer.from([0, 0xff, 0xfe]),
  ];
  const flags = [0, 4];
  for (const payload of odd)
    for (const flag of flags) await scene.publish({ device, payload, flags: flag, receivedAt: now });
  await scene.consumed();
  // With what is written behind.
  await scene.stop();
  expect((await rejected()).filter(({ code }) => code === 'internal_error')).toEqual([]);
  expect(errors()).toEqual([]);
});

describe('what a message carries beside its readings, where it can’t be written,', () => {
  it('is given up alone if it is a status: it is kept, with one ERROR, and the readings count', async () => {
    const device = await scene.addDevice('cgm', await scene.addPatient());
    const other = await scene.addDevice('cgm', device.patientKey);
    await refuse('device_status', `new.device_key = ${device.deviceKey}`);
    await scene.start();
    const status = { battery: 50, sentAt: now };
    await scene.publish(
      { device, payload: [cgm(now - 3 * MINUTE_MS, 100), cgm(now - 2 * MINUTE_MS, 101)] },
      { device, payload: status, topic: 'status', receivedAt: now },
      { device: other, payload: { battery: 51 }, topic: 'status' },
      { device, payload: cgm(now - MINUTE_MS, 102) },
    );
    await scene.consumed();
    expect(await stored(device)).toHaveLength(3);
    const rejections = await rejected();
    expect(rejections).toMatchObject([
      { code: 'internal_error', item_index: 0, topic: `v1/devices/${device.deviceId}/status` },
    ]);
    expect(JSON.parse(rejections[0]!.payload.toString())).toEqual(status);
    expect(await scene.rows('select device_key from device_status')).toEqual([{ device_key: other.deviceKey }]);
    expect(await readItemTotals(scene.pool)).toMatchObject({ received: 4, accepted: 3, rejected: 1 });
    expect(errors()).toHaveLength(1);
  });

  it('is given up alone if it tells a clock: the readings count, with the times that it told', async () => {
    const device = await scene.addDevice('cgm', await scene.addPatient());
    await refuse('device_clocks', 'true');
    await scene.start();
    const aheadMs = 30 * MINUTE_MS;
    const readings = [cgm(now + aheadMs - 2 * MINUTE_MS, 100), cgm(now + aheadMs - MINUTE_MS, 101)];
    await scene.publish({ device, payload: { sentAt: now + aheadMs, readings }, receivedAt: now });
    await scene.consumed();
    expect((await stored(device)).map(({ measured_at }) => measured_at)).toEqual([
      now - 2 * MINUTE_MS,
      now - MINUTE_MS,
    ]);
    const rejections = await rejected();
    expect(rejections).toMatchObject([{ code: 'internal_error', item_index: 2 }]);
    expect(JSON.parse(rejections[0]!.payload.toString())).toEqual({ sentAt: now + aheadMs });
    expect(await readItemTotals(scene.pool)).toMatchObject({ received: 3, accepted: 2, rejected: 1 });
    expect(errors()).toHaveLength(1);
  });
});

it('a record that fails although none of its parts does is kept item by item, and the records after it are consumed', async () => {
  const device = await scene.addDevice('cgm', await scene.addPatient());
  // Rehearsals end before a commit: only at its end does this say no.
  await scene.rows(
    `create function refuse_at_the_end() returns trigger language plpgsql as
     $$ begin if new.accepted > 1 then raise exception 'a bug'; end if; return new; end $$`,
  );
  await scene.rows(
    `create constraint trigger refuse after insert on record_counts deferrable initially deferred for each row execute function refuse_at_the_end()`,
  );
  await scene.start();
  const readings = [cgm(now - 3 * MINUTE_MS, 100), cgm(now - 2 * MINUTE_MS, 101)];
  await scene.publish({ device, payload: readings });
  await scene.publish({ device, payload: cgm(now - MINUTE_MS, 102) });
  await scene.consumed();
  expect((await rejected()).map(({ payload }) => JSON.parse(payload.toString()))).toEqual(readings.toReversed());
  expect(await readItemTotals(scene.pool)).toMatchObject({ received: 3, accepted: 1, rejected: 2 });
  expect(errors()).toHaveLength(1);
});

it('a record of which no item can be kept is kept as a whole, every byte of it', async () => {
  const device = await scene.addDevice('cgm', await scene.addPatient());
  await refuse('rejections', 'new.device_key is not null');
  await scene.start();
  const topicsAside = Array.from({ length: 20 }, (_, index) => ({ kind: 'nothing', index, padding: 'x'.repeat(400) }));
  await scene.publish({ device, payload: topicsAside });
  await scene.publish({ device, payload: cgm(now - MINUTE_MS, 102) });
  await scene.consumed();
  const rejections = await rejected();
  expect(rejections).toMatchObject([{ code: 'internal_error' }]);
  expect(rejections[0]!.payload.includes(JSON.stringify(topicsAside))).toBe(true);
  expect(await stored(device)).toHaveLength(1);
});

describe('a partition in which nothing can be written any more', () => {
  it('keeps neither a low in another one nor a deadline from being told in time, and is consumed when it can be', async () => {
    const poisoned = await scene.addDevice('cgm', await patientIn(0));
    const low = await scene.addDevice('cgm', await patientIn(7));
    const pressed = await scene.addDevice('bp_monitor', await patientIn(3));
    await scene.start();
    const firing = async ({ patientKey }: SceneDevice, ruleId: string) =>
      (
        await scene.rows(`select from signals where patient_key = $1 and rule_id = $2 and verdict = 'firing'`, [
          patientKey,
          ruleId,
        ])
      ).length > 0;
    // Its repeat does not come: it fires in 6 s.
    const startedAt = Date.now();
    const at = startedAt - 15 * MINUTE_MS + 6_000;
    await scene.publish({
      device: pressed,
      payload: { kind: 'bp', at, systolic: 186, diastolic: 95, unit: 'mmHg' },
      receivedAt: at + 1_000,
    });
    await scene.consumed();
    await refuse('record_counts', 'new.partition = 0');
    await scene.publish({ device: poisoned, payload: cgm(now - MINUTE_MS, 100) });
    await until('the partition is given up for a while', WITHIN_MS, () => errors().length > 0);
    const publishedAt = performance.now();
    await scene.publish({ device: low, payload: [cgm(now - 10 * MINUTE_MS, 50), cgm(now - 5 * MINUTE_MS, 49)] });
    await until('the low is told', WITHIN_MS, () => firing(low, 'CGM-01'));
    expect(performance.now() - publishedAt).toBeLessThan(2_000);
    await until('the deadline is met', WITHIN_MS, () => firing(pressed, 'BP-01'));
    expect(Date.now() - startedAt).toBeLessThan(6_000 + 3_000);
    expect(await stored(poisoned)).toHaveLength(1);
    expect(errors()).toMatchObject([{ partition: 0 }]);

    await scene.rows('drop trigger refuse on record_counts');
    await scene.consumed();
    expect(await readItemTotals(scene.pool)).toMatchObject({ received: 4, accepted: 4, duplicate: 0, rejected: 0 });
  });
});
