// npm run bench: drives the running pipeline from processes of its own and prints what it did, as a table and with --json as one line.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openPool } from '../../storage/database.ts';
import { createClinic } from '../system/clinic.ts';
import { openDatabase, startSystem } from '../system/running-system.ts';
import { startWebhookReceiver } from '../system/webhook-receiver.ts';
import { createFleet } from './fleet.ts';
import { measureIdleMemory } from './idle-memory.ts';
import { startLoadProcess } from './load-process.ts';
import { measureSystem } from './measured-system.ts';
import { printReport } from './report.ts';
import { type Load, measureThroughput, type Throughput } from './throughput.ts';
import { measureWebhookLatency } from './webhook-latency.ts';

const HELP = `npm run bench -- [--seconds 20] [--only NAME,NAME] [--alerts 200] [--json]

Starts the system in a temporary directory on this machine, loads it over loopback and measures:
  single    1,000 gateways of 20 devices, one message in flight each
  pipelined 10 gateways of 20 devices, 100 messages in flight each
  dense     1,000 devices, each its own connection's only one, one message in flight
  backlog   two days of readings a device, 576 in a message
  webhook   publish → critical alert at a webhook, at 5,000 readings/s
  idle      memory of the broker per idle connection (5,000)
`;

const LOADS: readonly (Omit<Load, 'seconds'> & { readonly devicesPerGateway?: number })[] = [
  { name: 'single', connections: 1000, inFlight: 1 },
  { name: 'pipelined', connections: 10, inFlight: 100 },
  { name: 'dense', connections: 1000, inFlight: 1, devicesPerGateway: 1 },
  { name: 'backlog', connections: 100, inFlight: 1, readingsPerMessage: 576 },
];

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    alerts: { type: 'string', default: '200' },
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  console.log(HELP);
  process.exit(0);
}
const seconds = Number(options.seconds);
const wanted = (name: string) => options.only === undefined || options.only.split(',').includes(name);

const directory = mkdtempSync(join(tmpdir(), 'pulseward-bench-'));
const webhook = await startWebhookReceiver();
const system = await startSystem({ env: { PULSEWARD_WEBHOOK_ALLOW: '127.0.0.1' } });
const pool = openPool(await system.databaseUrl(), { max: 2, applicationName: 'bench' });
const database = await openDatabase(system);
const generator = startLoadProcess();
try {
  const quiet = await createClinic(system.api);
  const fleet = await createFleet(pool, 1000, quiet.teamId);
  const measured = await measureSystem(system, database);

  // First, while the broker's memory has not been stretched by a load.
  const idleBytes = wanted('idle')
    ? await measureIdleMemory(5000, { port: system.mqttPort, gateways: fleet.gateways, system: measured })
    : undefined;
  await measured.settled();

  const throughput: Throughput[] = [];
  for (const { devicesPerGateway, ...load } of LOADS.filter(({ name }) => wanted(name))) {
    const fleetFile = join(directory, `${load.name}.json`);
    const gateways = fleet.gateways.map((gateway) => ({
      ...gateway,
      deviceIds: gateway.deviceIds.slice(0, devicesPerGateway),
    }));
    writeFileSync(fleetFile, JSON.stringify(gateways), { mode: 0o600 });
    throughput.push(
      await measureThroughput({ ...load, seconds }, { port: system.mqttPort, fleetFile, generator, system: measured }),
    );
  }

  let latency: Awaited<ReturnType<typeof measureWebhookLatency>> | undefined;
  if (wanted('webhook')) {
    const fleetFile = join(directory, 'webhook.json');
    writeFileSync(fleetFile, JSON.stringify(fleet.gateways), { mode: 0o600 });
    const { teamId } = await createClinic(system.api, webhook, 'Team Two');
    const parts = { system, database, pool, generator, fleetFile, webhook, teamId };
    latency = await measureWebhookLatency({ alerts: Number(options.alerts), perSecond: 5000, everyMs: 50 }, parts);
  }
  const report = {
    at: new Date().toISOString(),
    cores: cpus().length,
    node: process.version,
    seconds,
    throughput,
    latency,
    idleBytes,
  };
  printReport(report);
  if (options.json) console.log(JSON.stringify(report));
} finally {
  generator.stop();
  await database.end();
  await pool.end();
  await system.destroy();
  await webhook.close();
  rmSync(directory, { recursive: true, force: true });
}
