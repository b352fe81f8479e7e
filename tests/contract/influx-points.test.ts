// Readings in InfluxDB against readings in Postgres, and what a stranger sees who queries the bucket.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { READING_KINDS } from '../../domain/reading.ts';
import type { DeviceSpan, StoredReading } from '../../storage/ports/time-series.ts';
import { identityKey } from '../../storage/readings/identity-key.ts';
import type { InfluxTimeSeries } from '../../storage/readings/influx-time-series.ts';
import { createPostgresTimeSeries } from '../../storage/readings/postgres-time-series.ts';
import { requireEngine } from '../production-engine.ts';
import { storedReadings } from '../readings/arbitrary-stored-readings.ts';
import { missingInflux } from '../start-test-influxdb.ts';
import { type InfluxScene, openInfluxScene } from './influx-scene.ts';
import { cgm, DAY, MINUTE, newDevice, pressure, replaced, START, span, stored } from './time-series-samples.ts';

requireEngine(missingInflux);

let scene: InfluxScene;
let series: InfluxTimeSeries;
beforeAll(async () => {
  if (missingInflux) return;
  scene = await openInfluxScene();
  series = scene.open();
  await series.checkSettings();
});
afterAll(() => scene?.close());

/** Three more follow that are nobody else's. */
const newDevices = (): number => 1_000_000 + newDevice() * 10;
const HOUR = 60 * MINUTE;
/** All fields of all points of a device, by field. */
async function seenByAStranger(deviceKey: number): Promise<Record<string, unknown[]>> {
  const rows = await scene.flux(
    `from(bucket: "BUCKET") |> range(start: 2000-01-01T00:00:00Z, stop: 2100-01-01T00:00:00Z) |> filter(fn: (r) => r.device == "${deviceKey}")`,
  );
  const byField = Map.groupBy(rows, ({ _field }) => String(_field));
  return Object.fromEntries([...byField].map(([field, own]) => [field, own.map(({ _value }) => _value)]));
}

describe('readings in InfluxDB are the same as in Postgres', () => {
  it('to the last bit, in the same order, whatever devices tell: read, found and newest', async () => {
    const postgres = createPostgresTimeSeries({ pool: (await scene.anotherDatabase()).pool });
    const slots = fc.constantFrom(undefined, 'A');
    await fc.assert(
      fc.asyncProperty(storedReadings([1, 2, 3], START, START + DAY), slots, async (readings, slot) => {
        const first = newDevices();
        const own = readings.map((each) => ({
          ...each,
          reading: {
            ...each.reading,
            deviceKey: first + each.reading.deviceKey,
            slot: each.reading.slot && (slot ?? each.reading.slot),
          },
        }));
        await Promise.all([series.write(own, []), postgres.write(own, [])]);
        const devices = [1, 2, 3].map((each) => first + each);
        const spans: DeviceSpan[] = [
          { ...span(devices[0]!, START + 3 * HOUR, START + 9 * HOUR), slot },
          span(devices[1]!, START - HOUR, START + 12 * HOUR),
          span(devices[1]!, START + 12 * HOUR, START + 25 * HOUR),
          // Of a device whose clock is said to be right: both find the same, and neither finds all.
          { ...span(devices[2]!, START + 1, START + 24 * HOUR), clockAheadMs: 0, clockBehindMs: 0 },
        ];
        for (const kinds of [READING_KINDS, ['cgm'], ['bp', 'smbg']] as const)
          expect(await series.read(spans, kinds)).toEqual(await postgres.read(spans, kinds));
        const identities = own.map(({ reading }) => reading);
        expect(await series.find(identities)).toEqual(await postgres.find(identities));
        expect(await series.newestAt(devices, START + 6 * HOUR)).toEqual(
          await postgres.newestAt(devices, START + 6 * HOUR),
        );
      }),
      { numRuns: 40 },
    );
  });

  it('also after random corrections, voids and values that came too late', async () => {
    const postgres = createPostgresTimeSeries({ pool: (await scene.anotherDatabase()).pool });
    const change = fc.record({
      which: fc.nat({ max: 9 }),
      what: fc.constantFrom('corrected' as const, 'superseded' as const, 'voided' as const),
      value: fc.double({ min: 1, max: 600, noNaN: true }),
      clockMs: fc.constantFrom(0, 0, 7 * MINUTE, -DAY),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 12 }), async (changes) => {
        const deviceKey = newDevice();
        const current = Array.from({ length: 10 }, (_, index) =>
          stored(cgm(deviceKey, START + index * MINUTE, 100 + index)),
        );
        const revisions = current.map(() => 0);
        const both = async (...batch: Parameters<InfluxTimeSeries['write']>) =>
          Promise.all([series.write(...batch), postgres.write(...batch)]);
        await both(current, []);
        for (const { which, what, value, clockMs } of changes) {
          const before = current[which]!;
          const revision = ++revisions[which]!;
          const { reading } = before;
          const next: StoredReading = {
            reading: { ...cgm(deviceKey, reading.at, value), measuredAt: reading.at + clockMs },
            origin: { partition: 1, seq: 100 + revision, index: which },
            revision,
          };
          if (what === 'superseded') await both([], [replaced(next, what)]);
          else {
            const winner = what === 'voided' ? { ...before, revision, voidedAt: START + DAY } : next;
            await both([winner], [replaced(before, what)]);
            current[which] = winner;
          }
        }
        const spans = [
          { ...span(deviceKey, START, START + 5 * MINUTE), clockBehindMs: 2 * DAY, clockAheadMs: 2 * DAY },
        ];
        expect(await series.read(spans, ['cgm'])).toEqual(await postgres.read(spans, ['cgm']));
        const identities = current.map(({ reading }) => reading);
        expect(await series.find(identities)).toEqual(await postgres.find(identities));
        expect((await seenByAStranger(deviceKey)).value).toEqual(
          current.map(({ reading }) => reading.kind !== 'bp' && reading.value),
        );
      }),
      { numRuns: 15 },
    );
  });

  it('of years ago, and of a device whose clock is ahead of ours: nothing stops at now', async () => {
    const deviceKey = newDevice();
    const [old, ahead] = [cgm(deviceKey, Date.UTC(2015, 0, 1), 100), cgm(deviceKey, Date.now() + 20 * HOUR, 101)];
    await series.write([stored(old), stored(ahead)], []);
    const spans = [span(deviceKey, 0, Date.now() + 2 * DAY)];
    expect((await series.read(spans, ['cgm'])).map(({ reading }) => reading.at)).toEqual([old.at, ahead.at]);
    expect(await series.newestAt([deviceKey], 0)).toEqual(new Map([[deviceKey, { cgm: ahead.at }]]));
    expect((await series.find([ahead])).size).toBe(1);
  });

  it('where what was stored before InfluxDB came lies in Postgres', async () => {
    const database = await scene.anotherDatabase();
    const before = createPostgresTimeSeries({ pool: database.pool });
    const deviceKey = newDevice();
    const early = stored(cgm(deviceKey, START, 100));
    const corrected = stored(cgm(deviceKey, START + MINUTE, 91), undefined, 1);
    await before.write([early, stored(cgm(deviceKey, START + MINUTE, 101))], []);
    await before.write([corrected], [replaced(stored(cgm(deviceKey, START + MINUTE, 101)), 'corrected')]);
    const after = scene.open({ database, settings: scene.server.another() });
    const late = stored(cgm(deviceKey, START + 2 * MINUTE, 102));
    await after.write([late], []);
    expect(await after.read([span(deviceKey)], ['cgm'])).toEqual([early, corrected, late]);
    expect(await after.newestAt([deviceKey], START)).toEqual(new Map([[deviceKey, { cgm: late.reading.at }]]));
    await after.write([stored(cgm(deviceKey, START, 90), undefined, 1)], [replaced(early, 'corrected')]);
    expect((await after.find([early.reading])).get(identityKey(early.reading))).toMatchObject({
      current: { revision: 1 },
      previous: [early],
    });
    await after.erase([span(deviceKey)]);
    expect(await after.read([span(deviceKey)], ['cgm'])).toEqual([]);
  });
});

describe('whoever queries the bucket', () => {
  it('sees one point of a corrected reading, with nothing in it of the value before', async () => {
    const deviceKey = newDevice();
    const first = stored(
      cgm(deviceKey, START, 39, {
        code: 'LOW',
        context: 'fasting',
        flags: ['control_solution'],
        slot: 'A',
        seq: 1,
        sentAt: START + MINUTE,
        measuredAt: START - MINUTE,
      }),
      { partition: 1, seq: 10, index: 0 },
    );
    const second = stored(cgm(deviceKey, START, 5.6, { unit: 'mmol/L' }), { partition: 1, seq: 11, index: 2 }, 1);
    await series.write([first], []);
    await series.write([second], [replaced(first, 'corrected')]);
    expect(await seenByAStranger(deviceKey)).toEqual({ value: [5.6], codes: [1], detail: ['1500;1;11;2;1;0;;;;'] });
    const beat = { ...pressure(deviceKey, START, 132, 84), pulsePerMin: undefined, flags: [] };
    await series.write([stored(pressure(deviceKey, START, 180, 110))], []);
    await series.write(
      [stored(beat, undefined, 1)],
      [replaced(stored(pressure(deviceKey, START, 180, 110)), 'corrected')],
    );
    expect(await seenByAStranger(deviceKey)).toMatchObject({ systolic: [132], diastolic: [84] });
  });

  it('can leave out what is voided, by a bit of its codes', async () => {
    const deviceKey = newDevice();
    const [kept, voided] = [stored(cgm(deviceKey, START, 100)), stored(cgm(deviceKey, START + MINUTE, 20))];
    await series.write([kept, voided], []);
    await series.write([{ ...voided, revision: 1, voidedAt: START + DAY }], [replaced(voided, 'voided')]);
    const rows = await scene.flux(`import "bitwise"
      from(bucket: "BUCKET") |> range(start: ${new Date(START).toISOString()}, stop: ${new Date(START + DAY).toISOString()})
        |> filter(fn: (r) => r._measurement == "cgm" and r.device == "${deviceKey}")
        |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")
        |> filter(fn: (r) => bitwise.sand(a: r.codes, b: ${1 << 30}) == 0)`);
    expect(rows.map(({ value }) => value)).toEqual([100]);
  });

  it('finds pressures in kPa as the device told them', async () => {
    const deviceKey = newDevice();
    const inKpa = { unit: 'kPa', receivedSystolic: 17.6, receivedDiastolic: 11.2 } as const;
    await series.write([stored({ ...pressure(deviceKey, START, 132, 84), ...inKpa })], []);
    expect(await seenByAStranger(deviceKey)).toMatchObject({ systolic: [17.6], diastolic: [11.2] });
  });

  it('sees the correction again after a worker that was stopped has overwritten it; readers never see anything else', async () => {
    const deviceKey = newDevice();
    const first = stored(cgm(deviceKey, START, 100), { partition: 1, seq: 10, index: 0 });
    const second = stored(cgm(deviceKey, START, 90), { partition: 1, seq: 11, index: 0 }, 1);
    await series.write([first], []);
    await series.write([second], [replaced(first, 'corrected')]);
    const stoppedWorker = scene.open();
    await stoppedWorker.write([first], []);
    expect((await seenByAStranger(deviceKey)).value).toEqual([100]);
    expect(await series.read([span(deviceKey)], ['cgm'])).toEqual([second]);
    await expect.poll(async () => (await seenByAStranger(deviceKey)).value).toEqual([90]);
    expect((await series.find([first.reading])).get(identityKey(first.reading))).toEqual({
      current: second,
      previous: [first],
    });
    expect(await series.newestAt([deviceKey], START)).toEqual(new Map([[deviceKey, { cgm: START }]]));
    expect(scene.logged).toContainEqual(expect.objectContaining({ level: 'warn', repaired: 1 }));
  });

  it('finds nothing of what was erased, whichever user of the monitor, and all of what belongs to others', async () => {
    const deviceKey = newDevice();
    const users = ['A', 'A', 'B', 'A', 'B', 'B', 'A'];
    const readings = users.map((slot, index) => ({ ...pressure(deviceKey, START + index, 130 + index, 80), slot }));
    await series.write(
      readings.map((reading) => stored(reading)),
      [],
    );
    const corrected = stored({ ...readings[0]!, receivedSystolic: 99, systolicMmHg: 99 }, undefined, 1);
    await series.write([corrected], [replaced(stored(readings[0]!), 'corrected')]);
    const everything = { ...span(deviceKey, 0, Number.MAX_SAFE_INTEGER), slot: 'A' };
    await series.erase([everything]);
    expect((await seenByAStranger(deviceKey)).systolic).toEqual([132, 134, 135]);
    expect((await series.read([span(deviceKey)], ['bp'])).map(({ reading }) => reading.slot)).toEqual(['B', 'B', 'B']);
    expect((await scene.database.pool.query('select from readings where device_key = $1', [deviceKey])).rowCount).toBe(
      0,
    );
    expect(
      (await scene.database.pool.query('select from reading_audit where device_key = $1', [deviceKey])).rowCount,
    ).toBe(0);
  });
});
