import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDeviceDirectory, type DeviceDirectory } from '../../storage/registry/device-directory.ts';
import { patientAt } from '../../storage/registry/device-entry.ts';
import { createPatientProfiles, deviceSpans } from '../../storage/registry/patient-profiles.ts';
import { createRegistryChanges, type RegistryChanges, recordChange } from '../../storage/registry/registry-changes.ts';
import { widenClockBounds } from '../../storage/registry/widen-clock-bounds.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';

let database: TestDatabase;
let changes: RegistryChanges;
let directory: DeviceDirectory;

beforeEach(async () => {
  database = await createTestDatabase();
  changes = createRegistryChanges({ pool: database.pool, databaseUrl: database.url });
  directory = createDeviceDirectory({ pool: database.pool, changes });
  directory.follow();
  await changes.start();
});

afterEach(async () => {
  await changes.stop();
  await database.drop();
});

async function insertDevice(kind = 'cgm'): Promise<{ deviceKey: number; deviceId: string }> {
  const deviceId = randomUUID();
  const { rows } = await database.pool.query(
    'insert into devices (device_id, kind) values ($1, $2) returning device_key',
    [deviceId, kind],
  );
  return { deviceId, deviceKey: rows[0].device_key };
}

async function insertPatient(): Promise<number> {
  const { rows } = await database.pool.query(
    'insert into patients (patient_id, birth_date) values ($1, $2) returning patient_key',
    [randomUUID(), '1950-03-31'],
  );
  return rows[0].patient_key;
}

async function bind(deviceKey: number, patientKey: number, slot: string | null, from: string, to: string | null) {
  await database.pool.query(
    'insert into device_bindings (binding_id, device_key, patient_key, slot, from_at, to_at) values ($1, $2, $3, $4, $5, $6)',
    [randomUUID(), deviceKey, patientKey, slot, from, to],
  );
}

describe('the device directory', () => {
  it('knows a device by its id and by its key, with secrets, model, gateway and bindings', async () => {
    const gateway = await insertDevice('gateway');
    const device = await insertDevice();
    const patientKey = await insertPatient();
    await database.pool.query(`insert into device_models values ('dexcom', 'cgm', 'Dexcom', '{"cadenceMin": 5}')`);
    await database.pool.query(`update devices set model_id = 'dexcom', gateway_key = $1 where device_key = $2`, [
      gateway.deviceKey,
      device.deviceKey,
    ]);
    const secret = Buffer.alloc(32, 7);
    await database.pool.query('insert into device_credentials values ($1, $2, $3)', [
      randomUUID(),
      device.deviceKey,
      secret,
    ]);
    await bind(device.deviceKey, patientKey, null, '1970-01-01T00:00:00Z', null);

    const loaded = await directory.load([device.deviceId, 'not-an-id', randomUUID()]);
    expect([...loaded.keys()]).toEqual([device.deviceId]);
    const entry = directory.peek(device.deviceId);
    expect(entry).toBe(directory.peekByKey(device.deviceKey));
    expect(entry).toEqual({
      deviceKey: device.deviceKey,
      deviceId: device.deviceId,
      kind: 'cgm',
      model: { cadenceMin: 5 },
      gatewayKey: gateway.deviceKey,
      gatewayId: gateway.deviceId,
      credentialSha256s: [secret],
      retired: false,
      bindings: [{ patientKey, slot: undefined, fromAt: 0, toAt: undefined }],
      clockAheadMs: 0,
      clockBehindMs: 0,
    });
  });

  it('forgets a device within moments of a change that another process commits', async () => {
    const { deviceId, deviceKey } = await insertDevice();
    await directory.load([deviceId]);
    const invalidated: (number | undefined)[] = [];
    directory.onInvalidated((key) => invalidated.push(key));
    await recordChange(database.pool, 'device', deviceKey);
    await vi.waitFor(() => expect(invalidated).toContain(deviceKey), { timeout: 1_500 });
    expect(directory.peek(deviceId)).toBeUndefined();
    expect((await directory.load([deviceId])).get(deviceId)?.deviceKey).toBe(deviceKey);
  });

  it('forgets a device by the poll where the notification was lost', async () => {
    const { deviceId, deviceKey } = await insertDevice();
    await directory.load([deviceId]);
    await database.pool.query('alter table registry_changes disable trigger announce');
    await recordChange(database.pool, 'device', deviceKey);
    await vi.waitFor(() => expect(directory.peek(deviceId)).toBeUndefined(), { timeout: 6_000 });
  });

  it('listens again after its connection was cut', async () => {
    const { deviceId, deviceKey } = await insertDevice();
    await database.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'pulseward listen%' and datname = current_database()`,
    );
    await vi.waitFor(
      async () => {
        await directory.load([deviceId]);
        await recordChange(database.pool, 'device', deviceKey);
        await vi.waitFor(() => expect(directory.peek(deviceId)).toBeUndefined(), { timeout: 300 });
      },
      { timeout: 5_000 },
    );
  });

  it('finds a device that was registered just after somebody had asked for it in vain', async () => {
    const { deviceId, deviceKey } = await insertDevice();
    await database.pool.query('update devices set device_id = $1 where device_key = $2', [randomUUID(), deviceKey]);
    expect((await directory.load([deviceId])).size).toBe(0);
    await database.pool.query('update devices set device_id = $1 where device_key = $2', [deviceId, deviceKey]);
    directory.invalidate(deviceKey);
    expect((await directory.load([deviceId])).has(deviceId)).toBe(true);
  });

  it('does not keep what it read before a change that came while it was reading', async () => {
    const { deviceId, deviceKey } = await insertDevice();
    await directory.load([deviceId]);
    directory.invalidate(deviceKey);
    const reading = directory.loadByKeys([deviceKey]);
    directory.invalidate(deviceKey);
    expect((await reading).size).toBe(1);
    expect(directory.peek(deviceId)).toBeUndefined();
  });
});

describe('whose a reading is', () => {
  const bindings = [
    { patientKey: 1, fromAt: 0, toAt: 1_000 },
    { patientKey: 2, slot: 'A', fromAt: 1_000 },
    { patientKey: 3, slot: 'B', fromAt: 1_000 },
  ];
  it('is decided by the binding at its measured time, from included and to excluded', () => {
    expect(patientAt({ bindings }, undefined, 999)).toBe(1);
    expect(patientAt({ bindings }, 'A', 999)).toBe(1);
    expect(patientAt({ bindings }, 'A', 1_000)).toBe(2);
    expect(patientAt({ bindings }, 'B', 5_000)).toBe(3);
  });
  it('is nobody where a shared monitor does not say the slot', () => {
    expect(patientAt({ bindings }, undefined, 1_000)).toBeUndefined();
  });
});

describe('patient profiles', () => {
  it('carry dated facts and the devices whose readings are the patient’s', async () => {
    const profiles = createPatientProfiles({ pool: database.pool, changes });
    const patientKey = await insertPatient();
    const { deviceKey } = await insertDevice('bp_monitor');
    await bind(deviceKey, patientKey, 'A', '2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z');
    await database.pool.query(
      `insert into treatments (treatment_id, patient_key, class, name, from_at) values ($1, $2, 'insulin', 'x', '2026-01-05T00:00:00Z')`,
      [randomUUID(), patientKey],
    );
    await database.pool.query(
      `insert into plans (plan_id, patient_key, plan, from_at) values ($1, $3, '{"cgmExpected": true}', '2026-01-06T00:00:00Z'),
       ($2, $3, '{}', '2026-03-06T00:00:00Z')`,
      [randomUUID(), randomUUID(), patientKey],
    );
    const entry = (await profiles.load([patientKey, 999_999])).get(patientKey);
    expect(entry?.profile).toMatchObject({
      birthDate: '1950-03-31',
      timeZone: 'Asia/Shanghai',
      treatments: [{ class: 'insulin', from: Date.UTC(2026, 0, 5) }],
      cgmPeriods: [{ from: Date.UTC(2026, 0, 6) }],
      symptoms: [],
    });
    expect(deviceSpans(entry!.devices, Date.UTC(2026, 0, 20), Date.UTC(2026, 5, 1))).toEqual([
      {
        deviceKey,
        slot: 'A',
        fromAt: Date.UTC(2026, 0, 20),
        toAt: Date.UTC(2026, 1, 1),
        clockAheadMs: 0,
        clockBehindMs: 0,
      },
    ]);
    expect(deviceSpans(entry!.devices, Date.UTC(2026, 1, 1), Date.UTC(2026, 5, 1))).toEqual([]);
  });
});

describe('a clock that is found to be further off than ever', () => {
  it('widens the bounds in steps, tells the device and its patients, and never narrows them', async () => {
    const patientKey = await insertPatient();
    const { deviceKey } = await insertDevice();
    await bind(deviceKey, patientKey, null, '1970-01-01T00:00:00Z', null);
    const bounds = async () =>
      (
        await database.pool.query('select clock_ahead_ms, clock_behind_ms from devices where device_key = $1', [
          deviceKey,
        ])
      ).rows[0];
    const told = await widenClockBounds(database.pool, [{ deviceKey, clockAheadMs: 300_000, clockBehindMs: 0 }]);
    expect(told).toEqual({ deviceKeys: [deviceKey], patientKeys: [patientKey] });
    expect(await bounds()).toEqual({ clock_ahead_ms: 480_000, clock_behind_ms: 0 });
    const again = await widenClockBounds(database.pool, [{ deviceKey, clockAheadMs: 400_000, clockBehindMs: 0 }]);
    expect(again).toEqual({ deviceKeys: [], patientKeys: [] });
    const behind = await widenClockBounds(database.pool, [{ deviceKey, clockAheadMs: 0, clockBehindMs: 60_000 }]);
    expect(behind.deviceKeys).toEqual([deviceKey]);
    expect(await bounds()).toEqual({ clock_ahead_ms: 480_000, clock_behind_ms: 120_000 });
  });
});
