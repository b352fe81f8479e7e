// What devices and strangers get wrong: each ends as the wire's table says, its neighbours are kept, nothing stops.
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createClinic, createDevice, createPatient, type DeviceAccess } from '../system/clinic.ts';
import { connectDevice, type TestDevice } from '../system/mqtt-device.ts';
import { openDatabase, type RunningSystem, startSystem } from '../system/running-system.ts';
import { until } from '../system/until.ts';

const MINUTE_MS = 60_000;
let system: RunningSystem;
let teamId: string;
let patientId: string;
let access: DeviceAccess;
let device: TestDevice;

interface RejectionOnTheApi {
  readonly rejectionId: string;
  readonly code: string;
  readonly detail: string;
}

beforeAll(async () => {
  system = await startSystem();
  ({ teamId } = await createClinic(system.api));
  patientId = await createPatient(system.api, teamId);
  access = await createDevice(system.api, 'cgm', patientId);
  device = await connectDevice(system.mqttPort, access);
});
afterAll(async () => {
  await device?.close();
  await system?.destroy();
});

const rejectionsOf = async (deviceId: string) =>
  (await system.api.get<{ items: RejectionOnTheApi[] }>(`/rejections?deviceId=${deviceId}&limit=1000`)).items;
const readingsOf = async (patient: string) =>
  (await system.api.get<{ items: { value: unknown }[] }>(`/patients/${patient}/readings?kind=cgm&limit=1000`)).items;

describe('a reading that is refused', () => {
  const at = Date.now() - 60 * MINUTE_MS;
  const cases: readonly [string, unknown, string][] = [
    ['malformed JSON', '{"kind":"cgm",', 'malformed_json'],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00, 0x80]), 'malformed_json'],
    ['a number instead of a reading', '42', 'not_a_reading'],
    ['an unknown kind', { kind: 'ecg', at, value: 5, unit: 'mmol/L' }, 'unknown_kind'],
    ['a missing unit', { kind: 'cgm', at, value: 5.5 }, 'missing_field'],
    ['a value in quotes', { kind: 'cgm', at, value: '5.5', unit: 'mmol/L' }, 'wrong_type'],
    ['an unknown unit', { kind: 'cgm', at, value: 5.5, unit: 'mmol' }, 'unknown_unit'],
    ['120 mmol/L, never converted', { kind: 'cgm', at, value: 120, unit: 'mmol/L' }, 'implausible_value'],
    ['a time without offset', { kind: 'cgm', at: '2026-11-20T08:00:00', value: 5.5, unit: 'mmol/L' }, 'invalid_time'],
    ['a time before 2015', { kind: 'cgm', at: '2014-12-31T23:59:59Z', value: 5.5, unit: 'mmol/L' }, 'invalid_time'],
    [
      'a time two days ahead',
      { kind: 'cgm', at: Date.now() + 48 * 60 * MINUTE_MS, value: 5.5, unit: 'mmol/L' },
      'time_in_future',
    ],
    ['300 KiB', `[${' '.repeat(300 * 1024)}]`, 'too_large'],
    [
      '1,001 readings',
      Array.from({ length: 1001 }, (_, index) => ({ kind: 'cgm', at: at + index, value: 5.5, unit: 'mmol/L' })),
      'too_many_readings',
    ],
  ];
  test.each(cases)(
    '%s is acknowledged, kept as a rejection with its code, and told to the device',
    async (_, payload, code) => {
      const own = await createDevice(system.api, 'cgm', patientId, {});
      const connection = await connectDevice(system.mqttPort, own);
      const bytes = typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload);
      await connection.publishBytes(`v1/devices/${own.deviceId}/readings`, bytes);
      const [rejection] = await until('the rejection is listed', 5000, async () => {
        const found = await rejectionsOf(own.deviceId);
        return found.length > 0 && found;
      });
      expect(rejection?.code).toBe(code);
      expect(rejection?.detail.length).toBeGreaterThan(10);
      const told = await until('the device is told', 5000, () => connection.inbox[0]);
      expect(told.payload).toMatchObject([{ code }]);
      await connection.close();
    },
  );
});

test('of a thousand readings with one bad and two equal, 998 are kept, one is a duplicate, one is rejected', async () => {
  const patient = await createPatient(system.api, teamId, { name: 'Backlog Patient' });
  const own = await createDevice(system.api, 'cgm', patient);
  const connection = await connectDevice(system.mqttPort, own);
  const start = Date.now() - 24 * 60 * MINUTE_MS;
  const readings = Array.from({ length: 1000 }, (_, index) => ({
    kind: 'cgm',
    at: start + index * MINUTE_MS,
    value: 100 + (index % 50),
    unit: 'mg/dL',
  }));
  readings[500] = { ...readings[499]! };
  readings[700] = { ...readings[700]!, value: -3 };
  await connection.publish(readings);
  const stored = await until('they are stored', 10_000, async () => {
    const found = await readingsOf(patient);
    return found.length >= 998 && found;
  });
  await connection.close();
  expect(stored).toHaveLength(998);
  // Written with the offset, after the readings.
  const rejections = await until('one is rejected', 10_000, async () => {
    const found = await rejectionsOf(own.deviceId);
    return found.length > 0 && found;
  });
  expect(rejections.map((rejection) => rejection.code)).toEqual(['implausible_value']);
});

test('a rejection can be replayed after review, and then counts', async () => {
  const patient = await createPatient(system.api, teamId, { name: 'Reviewed Patient' });
  const own = await createDevice(system.api, 'cgm', patient);
  const connection = await connectDevice(system.mqttPort, own);
  await connection.publish({ kind: 'cgm', at: Date.now() - MINUTE_MS, value: 620, unit: 'mg/dL' });
  const [rejection] = await until('it is rejected', 5000, async () => {
    const found = await rejectionsOf(own.deviceId);
    return found.length > 0 && found;
  });
  await connection.close();
  await system.api.post(`/rejections/${rejection?.rejectionId}/replay`);
  await until('it is stored', 5000, async () => (await readingsOf(patient))[0]?.value === 620);
});

test("publishing on another device's topic closes the connection and is audited", async () => {
  const other = await createDevice(system.api, 'cgm', patientId);
  const connection = await connectDevice(system.mqttPort, access);
  const refused = await Promise.race([
    connection.publish({ kind: 'cgm', at: Date.now(), value: 5, unit: 'mmol/L' }, other.deviceId).then(
      () => 'acknowledged',
      () => 'refused',
    ),
    new Promise((resolve) => setTimeout(() => resolve('no answer'), 1500)),
  ]);
  await connection.close();
  expect(refused).not.toBe('acknowledged');
  const database = await openDatabase(system);
  const audited = await until('it is in the audit', 5000, async () => {
    const { rows } = await database.query(
      `select count from audit_log where action like '%foreign%' or action like '%topic%'`,
    );
    return rows.length > 0 && rows;
  });
  await database.end();
  expect(audited.length).toBeGreaterThan(0);
});

test('garbage on the MQTT port and a wrong password cost only their own connection', async () => {
  for (const bytes of [
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    Buffer.alloc(64, 0xff),
    Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]),
  ]) {
    await new Promise<void>((resolve) => {
      const socket = connect(system.mqttPort, '127.0.0.1', () => socket.write(bytes));
      socket.on('error', () => resolve());
      socket.on('close', () => resolve());
    });
  }
  await expect(
    connectDevice(system.mqttPort, {
      deviceId: access.deviceId,
      mqtt: { username: access.mqtt.username, password: 'wrong' },
    }),
  ).rejects.toThrow();
  await device.publish({ kind: 'cgm', at: Date.now(), value: 6.1, unit: 'mmol/L' });
  await until('the next reading is stored', 5000, async () =>
    (await readingsOf(patientId)).some((reading) => reading.value === 6.1),
  );
  expect(await system.ready()).toBe(true);
});
