// docker-compose.yml run as processes, under 3,000 readings/s: who joins, leaves or is killed changes who does the work within 10 s, a role
// that is told to stop has drained within 10 s, and nothing that was acknowledged is lost or counted twice.
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPool } from '../../storage/database.ts';
import { createFleet } from '../bench/fleet.ts';
import { startTopology, type Topology } from '../district/start-topology.ts';
import { requireEngine } from '../production-engine.ts';
import { missingInfluxd } from '../start-test-influxdb.ts';
import { type ApiClient, signIn } from '../system/api-client.ts';
import { type Clinic, createClinic, createPatient } from '../system/clinic.ts';
import { PRODUCTION } from '../system/deployment.ts';
import { until } from '../system/until.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../system/webhook-receiver.ts';
import { accountForAlerts } from './account-for-alerts.ts';
import { accountForReadings } from './account-for-readings.ts';
import { expectDivision } from './expect-division.ts';
import { type GatewayLoad, startGatewayLoad } from './gateway-load.ts';
import { prepareLow } from './prepare-low.ts';
import { createReadingLedger } from './reading-ledger.ts';

requireEngine(PRODUCTION.missing ?? missingInfluxd);

const READINGS_PER_SECOND = 3_000;
/** Twenty devices each: at 3,000 readings/s one tells a reading in 2 s. */
const GATEWAYS = 300;
const DRAINED_MS = 10_000;

const ledger = createReadingLedger();
let topology: Topology;
let pool: pg.Pool;
let webhook: WebhookReceiver;
let api: ApiClient;
let clinic: Clinic;
let load: GatewayLoad;
let loadedAt: number;

beforeAll(async () => {
  if (PRODUCTION.missing ?? missingInfluxd) return;
  webhook = await startWebhookReceiver();
  topology = await startTopology({ PULSEWARD_WEBHOOK_ALLOW: '127.0.0.1' });
  pool = openPool(topology.engines.postgres.databaseUrl, { max: 2, applicationName: 'test' });
  api = await signIn(topology.httpUrl, 'admin', topology.adminPassword);
  clinic = await createClinic(api, webhook);
  const { gateways } = await createFleet(pool, GATEWAYS, clinic.teamId);
  const options = { readingsPerSecond: READINGS_PER_SECOND, readingsPerMessage: 10 };
  load = startGatewayLoad(topology.mqttPort, gateways, ledger, options);
  loadedAt = performance.now();
});
afterAll(async () => {
  await pool?.end();
  await topology?.destroy();
  await webhook?.close();
});

const role = (name: string) => topology.roles.get(name)!;
const caughtUp = () => until('the load has caught up', 60_000, () => load.lagMs() < 1_000);

async function expectToPage(): Promise<void> {
  const system = { api, mqttPort: topology.mqttPort };
  const low = await prepareLow({ system, webhook, ledger }, await createPatient(api, clinic.teamId));
  void low.publish();
  await low.paged();
  console.log(`a low pages after ${low.pagedAfterMs()} ms`);
}

test('every service comes up with what the file gives it, ingest on both workers, and a low reaches its team', async () => {
  expect([...topology.roles.keys()].sort()).toEqual(['alerting', 'broker', 'dashboards', 'ingest-1', 'ingest-2']);
  await expectDivision(pool, [4, 4], 'start', performance.now());
  await caughtUp();
  await expectToPage();
  for (const each of topology.roles.values()) expect(each.output(), each.name).not.toMatch(/"level":"(error|fatal)"/);
}, 120_000);

test('a worker that is killed is replaced by the other within 10 s, and has its share again within 10 s of its return', async () => {
  const killedAt = performance.now();
  role('ingest-2').kill();
  await expectDivision(pool, [8], 'killed', killedAt);
  await expectToPage();
  role('ingest-2').start();
  await role('ingest-2').healthy();
  await expectDivision(pool, [4, 4], 'joined', performance.now());
}, 120_000);

test.each(['ingest-1', 'broker', 'alerting', 'dashboards'])(
  '%s is told to stop, has drained within 10 s under load, and goes on when it is back',
  async (name) => {
    await caughtUp();
    const written = role(name).output().length;
    const toldAt = performance.now();
    expect(await role(name).stop()).toBe(0);
    const tookMs = Math.round(performance.now() - toldAt);
    console.log(`${name}: drained after ${tookMs} ms`);
    expect(tookMs).toBeLessThan(DRAINED_MS);
    expect(role(name).output().slice(written)).not.toMatch(/did not drain|did not stop|"level":"(error|fatal)"/);
    if (name === 'ingest-1') await expectDivision(pool, [8], 'left', toldAt);
    role(name).start();
    await role(name).healthy();
    if (name === 'ingest-1') await expectDivision(pool, [4, 4], 'joined', performance.now());
    await caughtUp();
    await expectToPage();
  },
  120_000,
);

test('everything that was acknowledged is stored once, and every low has paged once', async () => {
  const seconds = (performance.now() - loadedAt) / 1000;
  await load.stop();
  const { engines, httpUrl } = topology;
  const system = { httpUrl, databaseUrl: async () => engines.postgres.databaseUrl };
  const options = { recordsMayRepeat: true, influx: engines.influxSettings };
  const { readings, duplicate } = await accountForReadings(system, ledger, options);
  await accountForAlerts(system);
  const rate = load.progress.count() / seconds;
  console.log(
    `${rate.toFixed(0)} readings/s for ${seconds.toFixed(0)} s: ${readings} readings, lost 0, twice 0 (${duplicate} duplicates)`,
  );
  expect(rate).toBeGreaterThan(READINGS_PER_SECOND * 0.95);
  const keys = new Set(webhook.received.map(({ idempotencyKey }) => idempotencyKey));
  expect(keys.size, 'nothing was told twice').toBe(webhook.received.length);
}, 180_000);
