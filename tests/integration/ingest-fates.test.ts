// What becomes of every item: counted once, kept as a rejection, or known for what it is when it comes again.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MESSAGE_FLAGS } from '../../storage/journal/record-frame.ts';
import { foldRecordCounts, readItemTotals } from '../../storage/readings/record-counts.ts';
import { createIngestScene, DAY_MS, HOUR_MS, type IngestScene, MINUTE_MS, type SceneDevice } from './ingest-scene.ts';

let scene: IngestScene;
let device: SceneDevice;
beforeAll(async () => {
  scene = await createIngestScene();
  await scene.start();
});
afterAll(() => scene.destroy());
beforeEach(async () => {
  device = await scene.addDevice('cgm', await scene.addPatient());
});

const now = Date.now();
const cgm = (at: number, value: number | string, more: object = {}) => ({
  kind: 'cgm',
  at,
  value,
  unit: 'mg/dL',
  ...more,
});
const stored = () =>
  scene.rows<{ at: number; value: number; revision: number }>(
    'select at, value, revision from readings where device_key = $1 and voided_at is null order by at',
    [device.deviceKey],
  );
const audited = () =>
  scene.rows<{ value: number; reason: string; flags: number }>(
    'select value, reason, flags from reading_audit where device_key = $1 order by revision',
    [device.deviceKey],
  );
const codes = async () =>
  (
    await scene.rows<{ code: string }>(
      'select code from rejections where device_key = $1 order by origin_seq, origin_index',
      [device.deviceKey],
    )
  ).map(({ code }) => code);
/** What the counts rose by. */
async function countsOf(act: () => Promise<void>) {
  const before = await readItemTotals(scene.pool);
  await act();
  await scene.consumed();
  const after = await readItemTotals(scene.pool);
  const risen = Object.entries(after).map(([name, count]) => [name, count - before[name as keyof typeof before]]);
  return Object.fromEntries(risen) as typeof after;
}

describe('an item that is rejected', () => {
  const at = now - HOUR_MS;
  const good = cgm(at, 100);
  const cases: readonly (readonly [string, unknown, string])[] = [
    ['is no JSON', '{"kind":"cgm",', 'malformed_json'],
    ['is no text', Buffer.from([0xff, 0xfe, 0x00]), 'malformed_json'],
    ['is empty', '', 'malformed_json'],
    ['is a number', '42', 'not_a_reading'],
    ['is null', 'null', 'not_a_reading'],
    ['is an array of nothing', '[]', 'not_a_reading'],
    ['is an array in an array', [[good]], 'not_a_reading'],
    ['has no kind', { at, value: 5, unit: 'mg/dL' }, 'missing_field'],
    ['has a kind that nobody knows', { ...good, kind: 'ecg' }, 'unknown_kind'],
    ['has a kind that every object knows', { ...good, kind: 'constructor' }, 'unknown_kind'],
    ['has no time', { ...good, at: undefined }, 'missing_field'],
    ['has no value', { ...good, value: undefined }, 'missing_field'],
    ['has no unit', { ...good, unit: undefined }, 'missing_field'],
    ['has its value in quotes', { ...good, value: '100' }, 'wrong_type'],
    ['has a code that nobody knows', { ...good, value: 'low' }, 'wrong_type'],
    ['has null for a value', { ...good, value: null }, 'wrong_type'],
    ['has a unit that is a number', { ...good, unit: 1 }, 'wrong_type'],
    ['has a time that is an object', { ...good, at: {} }, 'wrong_type'],
    ['has a sequence that is a fraction', { ...good, seq: 1.5 }, 'wrong_type'],
    ['has a slot that no index could hold', { ...good, slot: '\0' }, 'wrong_type'],
    ['has flags that are no list', { ...good, flags: 'control_solution' }, 'wrong_type'],
    ['has a unit that nobody knows', { ...good, unit: 'mmol' }, 'unknown_unit'],
    ['has a unit of another kind', { ...good, unit: 'mmHg' }, 'unknown_unit'],
    ['has 120 mmol/L', { ...good, value: 120, unit: 'mmol/L' }, 'implausible_value'],
    ['has a negative value', { ...good, value: -3 }, 'implausible_value'],
    ['has its pressures swapped', { kind: 'bp', at, systolic: 80, diastolic: 120, unit: 'mmHg' }, 'implausible_value'],
    ['has a time without an offset', { ...good, at: '2026-11-20T08:00:00' }, 'invalid_time'],
    ['has a time that is a word', { ...good, at: 'yesterday' }, 'invalid_time'],
    ['has a time in seconds', { ...good, at: Math.floor(at / 1000) }, 'invalid_time'],
    ['has a time before 2015', { ...good, at: '2014-12-31T23:59:59Z' }, 'invalid_time'],
    ['has a fraction of a millisecond', { ...good, at: at + 0.5 }, 'invalid_time'],
    ['has a time two days ahead', { ...good, at: now + 2 * DAY_MS }, 'time_in_future'],
    ['has a time beyond all years', { ...good, at: Number.MAX_SAFE_INTEGER }, 'time_in_future'],
    ['is one of 1,001', Array.from({ length: 1001 }, (_, index) => cgm(at + index, 100)), 'too_many_readings'],
  ];

  it.each(cases)('because it %s keeps its bytes, its code and a word of help', async (_, payload, code) => {
    const counts = await countsOf(() => scene.publish({ device, payload }));
    expect(counts).toMatchObject({ received: 1, rejected: 1 });
    const [row] = await scene.rows<{ code: string; detail: string; payload: Buffer; topic: string }>(
      'select code, detail, payload, topic from rejections where device_key = $1',
      [device.deviceKey],
    );
    expect(row).toMatchObject({ code, topic: `v1/devices/${device.deviceId}/readings` });
    expect(row!.detail.length).toBeGreaterThan(10);
    const bytes = Buffer.isBuffer(payload)
      ? payload
      : Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload));
    if (!Array.isArray(payload) || code === 'too_many_readings') expect(row!.payload.equals(bytes)).toBe(true);
    expect(await stored()).toEqual([]);
  });

  it('because its device had nobody is told so, and a binding made a moment before counts', async () => {
    const nobodys = await scene.addDevice('cgm');
    const counts = await countsOf(() => scene.publish({ device: nobodys, payload: good }));
    expect(counts).toMatchObject({ received: 1, rejected: 1 });
    const patientKey = await scene.addPatient();
    // No announcement: the database alone knows.
    await scene.pool.query(
      `insert into device_bindings (binding_id, device_key, patient_key, from_at) values (gen_random_uuid(), $1, $2, to_timestamp(0))`,
      [nobodys.deviceKey, patientKey],
    );
    expect(await countsOf(() => scene.publish({ device: nobodys, payload: good }))).toMatchObject({
      received: 1,
      accepted: 1,
    });
  });

  it('by the broker keeps its beginning, its hash and its length', async () => {
    const payload = Buffer.alloc(300_000, ' ');
    await scene.publish({ device, payload, flags: MESSAGE_FLAGS.tooLarge });
    await scene.consumed();
    const [row] = await scene.rows<{ code: string; payload: Buffer; payload_bytes: number; payload_sha256: Buffer }>(
      'select * from rejections where device_key = $1',
      [device.deviceKey],
    );
    expect(row).toMatchObject({ code: 'too_large', payload_bytes: 300_000 });
    expect(row!.payload).toHaveLength(4096);
    expect(row!.payload_sha256).toHaveLength(32);
  });

  it('does not cost the readings beside it: of a thousand with one bad and two equal, 998 are kept', async () => {
    const readings = Array.from({ length: 1_000 }, (_, index) =>
      cgm(now - DAY_MS + index * MINUTE_MS, 100 + (index % 50)),
    );
    readings[500] = readings[499]!;
    readings[700] = { ...readings[700]!, value: -3 };
    const counts = await countsOf(() => scene.publish({ device, payload: { sentAt: now, readings }, receivedAt: now }));
    expect(counts).toEqual({ received: 1_000, accepted: 998, duplicate: 1, corrected: 0, rejected: 1 });
    expect(await stored()).toHaveLength(998);
    const [row] = await scene.rows<{ item_index: number; payload: Buffer }>(
      'select * from rejections where device_key = $1',
      [device.deviceKey],
    );
    expect(row!.item_index).toBe(700);
    expect(JSON.parse(row!.payload.toString())).toEqual({ sentAt: now, readings: [readings[700]] });
  });

  it('is the sentAt alone where that is wrong: the readings count', async () => {
    const counts = await countsOf(() => scene.publish({ device, payload: { sentAt: 'noon', readings: [good] } }));
    expect(counts).toEqual({ received: 2, accepted: 1, duplicate: 0, corrected: 0, rejected: 1 });
    expect(await codes()).toEqual(['invalid_time']);
  });
});

describe('a reading', () => {
  it('keeps what only its device knows: fields and flags that nobody here knows are ignored', async () => {
    const odd = JSON.parse(
      '{"kind":"smbg","at":0,"value":5.5,"unit":"mmol/L","__proto__":{"kind":"bp"},"context":"brunch","flags":["new",7]}',
    );
    await scene.publish({ device, payload: { ...odd, at: now - MINUTE_MS } });
    await scene.consumed();
    expect(await stored()).toEqual([{ at: now - MINUTE_MS, value: 5.5, revision: 0 }]);
  });

  it('that comes again is a duplicate, whether it was sent again or written otherwise', async () => {
    const at = now - HOUR_MS;
    const counts = await countsOf(async () => {
      await scene.publish({ device, payload: cgm(at, 100) });
      await scene.consumed();
      await scene.publish({ device, payload: cgm(at, 100) });
      await scene.publish({ device, payload: [cgm(new Date(at).toISOString() as never, 100.0)] });
    });
    expect(counts).toEqual({ received: 3, accepted: 1, duplicate: 2, corrected: 0, rejected: 0 });
  });

  it('of the control solution is stored and never counts', async () => {
    await scene.publish({ device, payload: cgm(now - MINUTE_MS, 40, { flags: ['control_solution'] }) });
    await scene.consumed();
    expect(await stored()).toHaveLength(1);
    expect(await scene.rows('select 1 from dirty_days where patient_key = $1', [device.patientKey])).toEqual([]);
  });

  it('off the scale is kept as its code and counted as the bound', async () => {
    await scene.publish({ device, payload: cgm(now - MINUTE_MS, 'LOW') });
    await scene.consumed();
    expect(await stored()).toMatchObject([{ value: 39 }]);
  });
});

describe('another value for the same identity', () => {
  const at = now - HOUR_MS;
  const publishEach = async (...payloads: unknown[]) => {
    for (const payload of payloads) {
      await scene.publish({ device, payload });
      await scene.consumed();
    }
  };

  it('wins with the higher seq, whichever comes first', async () => {
    const [first, second] = [cgm(at, 100, { seq: 1 }), cgm(at, 90, { seq: 2 })];
    const inOrder = await countsOf(() => publishEach(first, second));
    expect(await stored()).toMatchObject([{ value: 90 }]);
    expect(await audited()).toMatchObject([{ value: 100, reason: 'corrected' }]);

    device = await scene.addDevice('cgm', await scene.addPatient());
    const reversed = await countsOf(() => publishEach(second, first));
    expect(await stored()).toMatchObject([{ value: 90 }]);
    expect(await audited()).toMatchObject([{ value: 100, reason: 'superseded' }]);
    expect(reversed).toEqual(inOrder);
    expect(inOrder).toEqual({ received: 2, accepted: 1, duplicate: 0, corrected: 1, rejected: 0 });
  });

  it('wins with the later sentAt where there is no seq', async () => {
    const at1 = { sentAt: now - 2_000, readings: [cgm(at, 100)] };
    const at2 = { sentAt: now - 1_000, readings: [cgm(at, 90)] };
    await publishEach(at2, at1);
    expect(await stored()).toMatchObject([{ value: 90 }]);
  });

  it('replaces the former where nothing tells their order, and what was replaced never wins again', async () => {
    const counts = await countsOf(() => publishEach(cgm(at, 100), cgm(at, 90), cgm(at, 100), cgm(at, 90)));
    expect(counts).toEqual({ received: 4, accepted: 1, duplicate: 2, corrected: 1, rejected: 0 });
    expect(await stored()).toMatchObject([{ value: 90, revision: 1 }]);
  });

  it('is told apart also within one message', async () => {
    const counts = await countsOf(() =>
      scene.publish({ device, payload: [cgm(at, 100), cgm(at, 90), cgm(at, 100), cgm(at + 1, 80)] }),
    );
    expect(counts).toEqual({ received: 4, accepted: 2, duplicate: 1, corrected: 1, rejected: 0 });
    expect(await stored()).toMatchObject([{ value: 90 }, { value: 80 }]);
  });

  it('is rejected where a clock stands still and a thousand have come, and the readings beside it count', async () => {
    const values = Array.from({ length: 1_000 }, (_, index) => cgm(at, 100 + index / 100));
    const counts = await countsOf(() =>
      publishEach(values, [cgm(at, 50), cgm(at + MINUTE_MS, 101), cgm(at, 51), cgm(at, 100)]),
    );
    expect(counts).toEqual({ received: 1_004, accepted: 2, duplicate: 1, corrected: 999, rejected: 2 });
    expect(await codes()).toEqual(['too_many_readings', 'too_many_readings']);
    expect(await stored()).toMatchObject([{ value: 109.99 }, { value: 101 }]);
  });

  it('is seen by whoever reads the summary of the day', async () => {
    await publishEach(cgm(at, 100, { seq: 1 }));
    await publishEach(cgm(at, 60, { seq: 2 }));
    const [row] = await scene.rows<{ summary: { groups: { meanMgPerDl: number }[] } }>(
      'select summary from day_summaries where patient_key = $1',
      [device.patientKey],
    );
    expect(row!.summary.groups[0]!.meanMgPerDl).toBe(60);
  });
});

describe('a device whose clock is wrong', () => {
  it('has its readings moved to when they were made, and they are found there', async () => {
    const ahead = 30 * MINUTE_MS;
    const payload = { sentAt: now + ahead, readings: [cgm(now + ahead - MINUTE_MS, 100)] };
    await scene.publish({ device, payload, receivedAt: now });
    await scene.consumed();
    const rows = await scene.rows('select at, measured_at from readings where device_key = $1', [device.deviceKey]);
    expect(rows).toEqual([{ at: now + ahead - MINUTE_MS, measured_at: now - MINUTE_MS }]);
    const [bounds] = await scene.rows<{ clock_ahead_ms: number }>(
      'select clock_ahead_ms from devices where device_key = $1',
      [device.deviceKey],
    );
    expect(bounds!.clock_ahead_ms).toBeGreaterThanOrEqual(ahead);
  });

  it('that never tells its time has what lies ahead taken as made when it came', async () => {
    await scene.publish({ device, payload: cgm(now + 10 * MINUTE_MS, 100), receivedAt: now });
    await scene.consumed();
    const rows = await scene.rows('select measured_at, flags from readings where device_key = $1', [device.deviceKey]);
    expect(rows).toEqual([{ measured_at: now, flags: 16 }]);
  });

  it('is not moved by one message that waited for hours on its way', async () => {
    const late = { sentAt: now - 5 * HOUR_MS, readings: [cgm(now - 5 * HOUR_MS, 100)] };
    await scene.publish(
      { device, payload: { sentAt: now, readings: [cgm(now - MINUTE_MS, 101)] }, receivedAt: now },
      { device, payload: late, receivedAt: now },
    );
    await scene.consumed();
    const rows = await scene.rows<{ at: number; measured_at: number }>(
      'select at, measured_at from readings where device_key = $1',
      [device.deviceKey],
    );
    for (const row of rows) expect(row.measured_at).toBe(row.at);
  });
});

describe('a status', () => {
  it('is merged into what is known of the device, and is no item', async () => {
    const counts = await countsOf(async () => {
      await scene.publish({ device, topic: 'status', payload: { battery: 87, firmware: '1.2', sentAt: now } });
      await scene.publish({ device, topic: 'status', payload: { battery: 86 } });
    });
    expect(counts.received).toBe(0);
    const [row] = await scene.rows(
      'select battery_percent, firmware, online from device_status where device_key = $1',
      [device.deviceKey],
    );
    expect(row).toEqual({ battery_percent: 86, firmware: '1.2', online: true });
  });

  it('that can not be read is rejected', async () => {
    expect(
      await countsOf(() => scene.publish({ device, topic: 'status', payload: { battery: 'full' } })),
    ).toMatchObject({ rejected: 1 });
    expect(await codes()).toEqual(['wrong_type']);
  });
});

it('what is folded into days is not lost from the totals', async () => {
  const before = await readItemTotals(scene.pool);
  await foldRecordCounts(scene.pool, Date.now() + 1);
  expect(await scene.rows('select 1 from record_counts')).toEqual([]);
  await scene.publish({ device, payload: cgm(now - MINUTE_MS, 100) });
  await scene.consumed();
  await foldRecordCounts(scene.pool, Date.now() + 1);
  expect(await readItemTotals(scene.pool)).toEqual({
    ...before,
    received: before.received + 1,
    accepted: before.accepted + 1,
  });
});
