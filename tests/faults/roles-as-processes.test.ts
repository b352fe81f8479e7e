// A district's machines: supervisors that run some of the roles each, on one database. Who joins, leaves or is killed changes who does
// the work within 10 s, and nothing that was acknowledged is lost or counted twice.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt from 'mqtt';
import pg from 'pg';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createCounters } from '../../runtime/counters.ts';
import { createLog } from '../../runtime/log.ts';
import { choosePort } from '../../storage/embedded-postgres/choose-port.ts';
import { createEmbeddedPostgres } from '../../storage/embedded-postgres/embedded-postgres.ts';
import { type ApiClient, signIn } from '../system/api-client.ts';
import { createClinic, createDevice, createPatient, type DeviceAccess } from '../system/clinic.ts';
import { until } from '../system/until.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../system/webhook-receiver.ts';
import { expectDivision } from './expect-division.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const PASSWORD = 'correct horse battery staple';
const DRAINED_MS = 10_000;
const MINUTE_MS = 60_000;

interface Supervisor {
  readonly process: ChildProcess;
  output(): string;
}

const dataDir = mkdtempSync(join(tmpdir(), 'pulseward-roles-'));
/** For them a server like any other. */
const postgres = createEmbeddedPostgres({
  dataDir: join(dataDir, 'server'),
  log: createLog({ part: 'test', level: 'error' }),
  counters: createCounters({ part: 'test' }),
  onLost: () => undefined,
});
const supervisors: Supervisor[] = [];
let database: pg.Client;
let databaseUrl: string;
let webhook: WebhookReceiver;
let api: ApiClient;
let patientId: string;
let mqttPorts: [number, number];
let httpPort: number;

beforeAll(async () => {
  databaseUrl = await postgres.start();
  database = new pg.Client(databaseUrl);
  database.on('error', () => undefined);
  await database.connect();
  webhook = await startWebhookReceiver();
  mqttPorts = [await choosePort(), await choosePort()];
  httpPort = await choosePort();
});
afterAll(async () => {
  for (const { process } of supervisors) kill(process);
  await database?.end();
  await webhook?.close();
  await postgres.stop('immediate');
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
});

function start(roles: string, env: Readonly<Record<string, string>>): Supervisor {
  const child = spawn(process.execPath, ['start.ts', '--roles', roles], {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      DATABASE_URL: databaseUrl,
      PULSEWARD_DATA_DIR: dataDir,
      PULSEWARD_ADMIN_PASSWORD: PASSWORD,
      PULSEWARD_WEBHOOK_ALLOW: '127.0.0.1',
      ...env,
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk));
  const supervisor = { process: child, output: () => output };
  supervisors.push(supervisor);
  return supervisor;
}
const startWorker = (place: 0 | 1) => start('broker,ingest', { PULSEWARD_MQTT_PORT: String(mqttPorts[place]) });

/** SIGKILL to the supervisor and its roles at once. */
function kill({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL');
}

const ready = ({ process, output }: Supervisor) =>
  until('it is ready', 60_000, () => {
    if (process.exitCode !== null) throw new Error(`it exited with ${process.exitCode}: ${output().slice(-2_000)}`);
    return output().includes('Pulseward is ready');
  });

let lastAt = Date.now() - 3_000 * MINUTE_MS;
const acknowledged: number[] = [];

/** A reading after the other, each acknowledged before the next. */
function publishSteadily(url: string, access: DeviceAccess): { stop(): Promise<void> } {
  let running = true;
  const done = (async () => {
    const client = await mqtt.connectAsync(url, { ...access.mqtt, reconnectPeriod: 100 }, true);
    while (running) {
      lastAt += MINUTE_MS;
      const at = lastAt;
      const reading = { kind: 'smbg', at, value: 6.1, unit: 'mmol/L' };
      await client.publishAsync(`v1/devices/${access.deviceId}/readings`, JSON.stringify(reading), { qos: 1 });
      acknowledged.push(at);
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
    await client.endAsync();
  })();
  return {
    async stop() {
      running = false;
      await done;
    },
  };
}

/** Each acknowledged reading is there, and counted as often as it is there: once. */
async function expectAllStoredOnce(): Promise<void> {
  await until('everything that was acknowledged is stored and counted once', 30_000, async () => {
    const { rows } = await database.query<{ mine: number; stored: number; accepted: number }>(
      `select count(distinct at) filter (where at = any($1::int8[]))::int as mine, count(*)::int as stored,
         (select sum(accepted)::int from record_counts) as accepted from readings`,
      [acknowledged],
    );
    const { mine, stored, accepted } = rows[0]!;
    return mine === acknowledged.length && stored === accepted;
  });
}

test('three supervisors come up at once on an empty database, and a low reaches its team through all of them', async () => {
  const front = start('alerting,dashboards', {
    PULSEWARD_HTTP_PORT: String(httpPort),
    PULSEWARD_BROKER_URL: `mqtt://127.0.0.1:${mqttPorts[1]}`,
  });
  const startedAt = performance.now();
  await Promise.all([front, startWorker(0), startWorker(1)].map(ready));
  expect((await database.query('select username from users')).rows).toEqual([{ username: 'admin' }]);
  await expectDivision(
    database,
    [4, 4],
    `start, ${Math.round(performance.now() - startedAt)} ms before`,
    performance.now(),
  );

  api = await signIn(`http://127.0.0.1:${httpPort}`, 'admin', PASSWORD);
  const { teamId } = await createClinic(api, webhook);
  patientId = await createPatient(api, teamId);
  const access = await createDevice(api, 'glucometer', patientId);
  const client = await mqtt.connectAsync(`ws://127.0.0.1:${httpPort}/mqtt`, { ...access.mqtt, reconnectPeriod: 0 });
  onTestFinished(() => client.endAsync(true));
  const low = { kind: 'smbg', at: Date.now() - 1_000, value: 2.4, unit: 'mmol/L' };
  await client.publishAsync(`v1/devices/${access.deviceId}/readings`, JSON.stringify(low), { qos: 1 });
  await until('the webhook has it', 20_000, () => webhook.received.length > 0);
  expect(supervisors.map(({ output }) => output()).join('\n')).not.toMatch(/"level":"(error|fatal)"/);
}, 120_000);

test('a machine that is killed is replaced by the others within 10 s, and has its share again within 10 s of its return', async () => {
  const access = await createDevice(api, 'glucometer', patientId);
  const load = publishSteadily(`mqtt://127.0.0.1:${mqttPorts[0]}`, access);
  await until('the load runs', 10_000, () => acknowledged.length > 10);
  const killedAt = performance.now();
  kill(supervisors[2]!.process);
  await expectDivision(database, [8], 'killed', killedAt);

  const back = startWorker(1);
  await ready(back);
  await expectDivision(database, [4, 4], 'joined', performance.now());
  await load.stop();
  await expectAllStoredOnce();
}, 120_000);

test('a machine that is told to stop has drained and handed over within 10 s, under load', async () => {
  const access = await createDevice(api, 'glucometer', patientId);
  const loads = mqttPorts.map((port) => publishSteadily(`mqtt://127.0.0.1:${port}`, access));
  const before = acknowledged.length;
  await until('the load runs', 10_000, () => acknowledged.length > before + 20);
  const { process: leaving, output } = supervisors[1]!;
  const toldAt = performance.now();
  leaving.kill('SIGTERM');
  const [exitCode] = await once(leaving, 'exit');
  const tookMs = Math.round(performance.now() - toldAt);
  console.log(`left: drained after ${tookMs} ms`);
  expect(exitCode).toBe(0);
  expect(tookMs).toBeLessThan(DRAINED_MS);
  expect(output()).not.toMatch(/did not drain|did not stop|"level":"(error|fatal)"/);
  await expectDivision(database, [8], 'left', toldAt);

  // Whoever waits at the broker that is gone gets its acknowledgement from the one that comes back.
  await ready(startWorker(0));
  await Promise.all(loads.map((load) => load.stop()));
  await expectAllStoredOnce();
}, 120_000);
