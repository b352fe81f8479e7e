// The whole system with its readings in InfluxDB, which goes away: devices are acknowledged, ingest waits, and nothing is missing or
// counted twice when it is back.
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createRandom } from '../../simulators/traces/random.ts';
import { requireEngine } from '../production-engine.ts';
import { missingInfluxd, startTestInflux, type TestInflux } from '../start-test-influxdb.ts';
import { createClinic, createDevice, createPatient, type DeviceAccess } from '../system/clinic.ts';
import { connectDevice } from '../system/mqtt-device.ts';
import { openDatabase, type RunningSystem, startSystem } from '../system/running-system.ts';
import { until } from '../system/until.ts';
import { accountForReadings } from './account-for-readings.ts';
import { createReadingLedger } from './reading-ledger.ts';
import { LOAD_DEVICES, LOAD_KINDS, type LoadDevice, startSteadyLoad } from './steady-load.ts';

requireEngine(missingInfluxd);

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const AWAY_MS = 10 * SECOND_MS;

interface Item {
  readonly readingId: string;
  readonly at: string;
  readonly value: number;
}

let influx: TestInflux;
let system: RunningSystem;
let patientId: string;
let device: DeviceAccess;
let published = 0;

beforeAll(async () => {
  if (missingInfluxd) return;
  influx = await startTestInflux();
  system = await startSystem({ env: environmentOf(influx) });
  const { teamId } = await createClinic(system.api);
  patientId = await createPatient(system.api, teamId);
  device = await createDevice(system.api, 'cgm', patientId);
});
afterAll(async () => {
  await system?.destroy();
  await influx?.destroy();
});

function environmentOf({ settings: { url, token, org, bucket } }: TestInflux) {
  return { INFLUX_URL: url, INFLUX_TOKEN: token, INFLUX_ORG: org, INFLUX_BUCKET: bucket };
}

const FIRST_AT = Date.now() - 20 * 60 * MINUTE_MS;
/** Each a minute after the one before. */
const next = () => ({
  kind: 'cgm',
  at: FIRST_AT + published++ * MINUTE_MS,
  value: 100 + (published % 50),
  unit: 'mg/dL',
});

async function readings(): Promise<readonly Item[]> {
  return (await system.api.get<{ items: Item[] }>(`/patients/${patientId}/readings?kind=cgm&limit=1000`)).items;
}
const allAreThere = (withinMs: number) =>
  until('every reading is on the API', withinMs, async () => (await readings()).length === published, 200);

async function dependency(name: string): Promise<{ readonly ready: boolean } | undefined> {
  const response = await fetch(`${system.httpUrl}/readyz`);
  const { dependencies } = (await response.json()) as { dependencies: { name: string; ready: boolean }[] };
  return dependencies.find((each) => each.name === name);
}

test('readings are in the bucket, corrections and voids on the API', async () => {
  const connection = await connectDevice(system.mqttPort, device);
  const readingsSent = [next(), next(), next()];
  await connection.publish(readingsSent);
  await connection.publish({ ...readingsSent[0], value: 55 });
  await until('the correction is on the API', 5_000, async () => (await readings())[0]?.value === 55);
  const [, voided] = await readings();
  await system.api.post(`/readings/${voided!.readingId}/void`, { reason: 'a child' });
  expect((await readings()).map(({ value }) => value)).toEqual([55, readingsSent[2]!.value]);
  published -= 1;
  const { org, bucket } = influx.settings;
  const flux = `from(bucket: "${bucket}") |> range(start: -30d, stop: 1d) |> filter(fn: (r) => r._field == "value")`;
  const csv = await influx.ask('POST', `/api/v2/query?org=${org}`, flux, { 'content-type': 'application/vnd.flux' });
  expect(csv.split('\n').filter((line) => line.includes(',value,'))).toHaveLength(3);
  expect(await dependency('influxdb')).toEqual({ name: 'influxdb', ready: true });
  await connection.close();
});

test('InfluxDB is killed five times under load: every acknowledged reading is stored once, every item has its fate', async () => {
  const own = await startTestInflux();
  onTestFinished(() => own.destroy());
  const busy = await startSystem({ env: environmentOf(own) });
  onTestFinished(() => busy.destroy());
  const { teamId } = await createClinic(busy.api);
  const devices: LoadDevice[] = [];
  for (const measures of [...LOAD_KINDS, ...LOAD_KINDS]) {
    const access = await createDevice(busy.api, LOAD_DEVICES[measures], await createPatient(busy.api, teamId));
    devices.push({ ...access, measures });
  }
  const ledger = createReadingLedger();
  const load = startSteadyLoad(busy.mqttPort, devices, ledger, {
    firstAt: Date.now() - 2 * 60 * 60 * MINUTE_MS,
    stepMs: 1_000,
    chance: createRandom(4),
  });
  for (let kill = 0; kill < 5; kill++) {
    const before = load.acknowledged();
    await until('readings are acknowledged', 40_000, () => load.acknowledged() > before + 200);
    await own.kill();
    const away = load.acknowledged();
    await until('readings are acknowledged without InfluxDB', 20_000, () => load.acknowledged() > away + 50);
    await own.start();
  }
  await load.stop();
  const backAt = performance.now();
  await accountForReadings(busy, ledger, { influx: own.settings });
  console.log(`everything accounted for ${Math.round(performance.now() - backAt)} ms after the load`);
}, 240_000);

test('ten seconds without InfluxDB: devices are acknowledged, /readyz says who is away, and nothing is missing afterwards', async () => {
  const connection = await connectDevice(system.mqttPort, device);
  published += 1;
  await influx.kill();
  const backAt = performance.now() + AWAY_MS;
  while (performance.now() < backAt) {
    await connection.publish(next());
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(await dependency('influxdb')).toMatchObject({ name: 'influxdb', ready: false });
  published -= 1;
  await influx.start();
  await allAreThere(15_000);
  expect(await dependency('influxdb')).toMatchObject({ ready: true });
  await connection.close();
});

test('started while InfluxDB is away it acknowledges, and stores when InfluxDB is back', async () => {
  await system.stop();
  await influx.kill();
  published += 1;
  const starting = system.start();
  const connection = await until('devices can sign in', 30_000, () =>
    connectDevice(system.mqttPort, device).catch(() => undefined),
  );
  for (let times = 0; times < 20; times++) await connection.publish(next());
  const told = await until('the page is up', 30_000, () => dependency('influxdb').catch(() => undefined));
  expect(told).toMatchObject({ ready: false });
  published -= 1;
  await influx.start();
  await starting;
  await allAreThere(15_000);
  await connection.close();

  const database = await openDatabase(system);
  const { rows } = await database.query(
    `select sum(accepted)::int as accepted, sum(duplicate)::int as duplicate, sum(corrected)::int as corrected, sum(rejected)::int as rejected
     from record_counts`,
  );
  await database.end();
  expect(rows).toEqual([{ accepted: published + 1, duplicate: 0, corrected: 1, rejected: 0 }]);
});

test('without INFLUX_URL it does not start on Postgres alone: its readings are elsewhere', async () => {
  await system.stop();
  const embedded = await startSystem({ env: { PULSEWARD_DATA_DIR: system.dataDir }, readyWithinMs: 15_000 }).then(
    async (started) => started.destroy(),
    (error: Error) => error.message,
  );
  expect(embedded).toContain('INFLUX_URL');
});
