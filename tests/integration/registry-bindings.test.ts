// Whose a device's readings are: the rules by which bindings begin and end, and what has to be computed again.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDevice, createPatient, createTeam, createTestApi, type TestApi } from '../dashboards/test-api.ts';

interface BindingOnTheApi {
  readonly bindingId: string;
  readonly patientId: string;
  readonly slot?: string;
  readonly from?: string;
  readonly to?: string;
}

const NOW = Date.UTC(2026, 10, 22, 4);
const DAY_MS = 86_400_000;
const iso = (instant: number) => new Date(instant).toISOString();

let api: TestApi;
let teamId: string;
let first: string;
let second: string;

beforeAll(async () => {
  api = await createTestApi();
  api.setNow(NOW);
  teamId = await createTeam(api.admin, 'Team');
});
afterAll(() => api.close());
beforeEach(async () => {
  [first, second] = await Promise.all([createPatient(api.admin, teamId), createPatient(api.admin, teamId)]);
});

const bind = (deviceId: string, patientId: string, more: object = {}) =>
  api.admin.post(`/devices/${deviceId}/bindings`, { patientId, ...more });
const bindings = async (deviceId: string) =>
  (await api.admin.get<{ items: BindingOnTheApi[] }>(`/devices/${deviceId}/bindings`)).body.items;

describe('a device’s first binding', () => {
  it('made with the device holds from the beginning, so that a backlog counts', async () => {
    const deviceId = await createDevice(api.admin, { patientId: first });
    expect(await bindings(deviceId)).toEqual([{ bindingId: expect.any(String), deviceId, patientId: first }]);
  });

  it('made later without from holds from the beginning too', async () => {
    const deviceId = await createDevice(api.admin);
    const { status, body } = await bind(deviceId, first);
    expect([status, body.from]).toEqual([201, undefined]);
  });

  it('with from holds from then on', async () => {
    const deviceId = await createDevice(api.admin);
    const { body } = await bind(deviceId, first, { from: '2026-11-01T08:00:00+08:00' });
    expect(body.from).toBe('2026-11-01T00:00:00.000Z');
  });
});

describe('a later binding', () => {
  it('without from starts now and ends the one before', async () => {
    const deviceId = await createDevice(api.admin, { patientId: first });
    expect((await bind(deviceId, second)).body.from).toBe(iso(NOW));
    expect(await bindings(deviceId)).toMatchObject([
      { patientId: first, to: iso(NOW) },
      { patientId: second, from: iso(NOW) },
    ]);
  });

  it('that overlaps another is refused with the name of the other', async () => {
    const deviceId = await createDevice(api.admin, { patientId: first });
    const [present] = await bindings(deviceId);
    const refused = await bind(deviceId, second, { from: NOW - DAY_MS });
    expect(refused.status).toBe(409);
    expect(refused.body.detail).toContain(present?.bindingId);
    expect(await bindings(deviceId)).toHaveLength(1);
  });

  it('fits in beside what was ended', async () => {
    const deviceId = await createDevice(api.admin, { patientId: first });
    const [present] = await bindings(deviceId);
    const end = NOW - 3 * DAY_MS;
    const ended = await api.admin.patch(`/devices/${deviceId}/bindings/${present?.bindingId}`, { to: end });
    expect(ended.body).toMatchObject({ to: iso(end) });
    expect((await bind(deviceId, second, { from: end })).status).toBe(201);
  });

  it('that would end before it begins is refused', async () => {
    const deviceId = await createDevice(api.admin);
    const refused = await bind(deviceId, first, { from: NOW, to: NOW - 1 });
    expect([refused.status, refused.body.errors]).toMatchObject([400, [{ field: 'to' }]]);
  });
});

describe('a shared monitor', () => {
  it('gives each slot its own patient, each from the beginning, and changes one without the other', async () => {
    const deviceId = await createDevice(api.admin, { kind: 'bp_monitor' });
    expect((await bind(deviceId, first, { slot: 'A' })).body.from).toBeUndefined();
    expect((await bind(deviceId, second, { slot: 'B' })).body.from).toBeUndefined();
    const third = await createPatient(api.admin, teamId);
    await bind(deviceId, third, { slot: 'B' });
    const open = (await bindings(deviceId)).filter(({ to }) => to === undefined);
    expect(open).toMatchObject([
      { patientId: first, slot: 'A' },
      { patientId: third, slot: 'B', from: iso(NOW) },
    ]);
  });

  it('that is taken over by one patient ends the bindings of all slots', async () => {
    const deviceId = await createDevice(api.admin, { kind: 'bp_monitor' });
    await bind(deviceId, first, { slot: 'A' });
    await bind(deviceId, second, { slot: 'B' });
    await bind(deviceId, first);
    const open = (await bindings(deviceId)).filter(({ to }) => to === undefined);
    expect(open).toMatchObject([{ patientId: first, from: iso(NOW) }]);
  });
});

it('a gateway has no wearer', async () => {
  const gatewayId = await createDevice(api.admin, { kind: 'gateway' });
  expect((await bind(gatewayId, first)).status).toBe(400);
  expect((await api.admin.post('/devices', { kind: 'gateway', patientId: first })).status).toBe(400);
  const deviceId = await createDevice(api.admin, { gatewayId });
  expect((await api.admin.get(`/devices/${deviceId}`)).body.gatewayId).toBe(gatewayId);
  const refused = await api.admin.post('/devices', { kind: 'cgm', gatewayId: deviceId });
  expect(refused.body.errors).toMatchObject([{ field: 'gatewayId' }]);
});

it('a model has to exist and be of the device’s kind', async () => {
  const { body } = await api.admin.get<{ items: { modelId: string }[] }>('/device-models');
  expect(body.items.map(({ modelId }) => modelId)).toContain('dexcom');
  expect((await api.admin.post('/devices', { kind: 'cgm', model: 'dexcom' })).body.model).toBe('dexcom');
  expect((await api.admin.post('/devices', { kind: 'glucometer', model: 'dexcom' })).status).toBe(400);
  expect((await api.admin.post('/devices', { kind: 'cgm', model: 'nonesuch' })).status).toBe(400);
});

describe('a device’s secret', () => {
  const credentials = async (deviceId: string) =>
    (
      await api.database.pool.query(
        'select secret_sha256 from device_credentials join devices using (device_key) where device_id = $1 and revoked_at is null',
        [deviceId],
      )
    ).rows;

  it('is shown once, kept as a hash, and replaced when it is rotated', async () => {
    const { body } = await api.admin.post<{ deviceId: string; mqtt: { username: string; password: string } }>(
      '/devices',
      {
        kind: 'cgm',
      },
    );
    expect(body.mqtt).toEqual({ username: body.deviceId, password: expect.stringMatching(/^[\w-]{43}$/) });
    const before = await credentials(body.deviceId);
    const rotated = await api.admin.post<typeof body>(`/devices/${body.deviceId}/rotate-secret`);
    expect(rotated.body.mqtt.password).not.toBe(body.mqtt.password);
    const after = await credentials(body.deviceId);
    expect([before.length, after.length]).toEqual([1, 1]);
    expect(after[0].secret_sha256).not.toEqual(before[0].secret_sha256);
    expect(JSON.stringify((await api.admin.get(`/devices/${body.deviceId}`)).body)).not.toContain('mqtt');
  });

  it('is gone when credentials are deleted', async () => {
    const deviceId = await createDevice(api.admin);
    expect((await api.admin.delete(`/devices/${deviceId}/credentials`)).status).toBe(204);
    expect(await credentials(deviceId)).toEqual([]);
    expect((await api.admin.get(`/devices/${deviceId}`)).body.canSignIn).toBe(false);
  });
});

describe('a binding that changes hands', () => {
  it('marks the days with readings, today and yesterday on both sides to be computed again', async () => {
    const deviceId = await createDevice(api.admin, { patientId: first });
    const { deviceKey } = (await keys('select device_key as "deviceKey" from devices where device_id = $1', deviceId))!;
    const measuredAt = NOW - 10 * DAY_MS;
    await api.services.storage.timeSeries.write(
      [
        {
          reading: {
            deviceKey,
            kind: 'cgm',
            at: measuredAt,
            measuredAt,
            receivedAt: measuredAt,
            flags: [],
            value: 100,
            unit: 'mg/dL',
          },
          origin: { partition: 0, seq: 1, index: 0 },
          revision: 0,
        },
      ],
      [],
    );
    await api.database.pool.query('delete from dirty_days');
    const [present] = await bindings(deviceId);
    await api.admin.patch(`/devices/${deviceId}/bindings/${present?.bindingId}`, { to: NOW - 20 * DAY_MS });
    await bind(deviceId, second, { from: NOW - 20 * DAY_MS });
    const { rows } = await api.database.pool.query(
      'select patient_id, day, evaluate from dirty_days join patients using (patient_key) order by day',
    );
    for (const patientId of [first, second]) {
      const days = rows.filter((row) => row.patient_id === patientId).map((row) => row.day);
      expect(days).toEqual(['2026-11-12', '2026-11-21', '2026-11-22']);
    }
  });

  const keys = async (query: string, id: string) => (await api.database.pool.query(query, [id])).rows[0];
});

it('a device that never reported marks nothing but today and yesterday', async () => {
  await api.database.pool.query('delete from dirty_days');
  await createDevice(api.admin, { patientId: first });
  const { rows } = await api.database.pool.query('select day from dirty_days order by day');
  expect(rows.map(({ day }) => day)).toEqual(['2026-11-21', '2026-11-22']);
});
