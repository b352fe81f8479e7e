// npm run bench: drives the running pipeline from processes of its own and prints what it did, as a table and with --json as one line.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../runtime/run-command.ts';
import { openPool } from '../../storage/database.ts';
import { createClinic } from '../system/clinic.ts';
import { openDatabase, startSystem } from '../system/running-system.ts';
import { startWebhookReceiver } from '../system/webhook-receiver.ts';
import { type BenchOptions, describeBench, type Measurement, readBenchOptions } from './bench-options.ts';
import { createFleet } from './fleet.ts';
import { measureIdleMemory } from './idle-memory.ts';
import { startLoadProcess } from './load-process.ts';
import { measureSystem } from './measured-system.ts';
import { printReport } from './report.ts';
import { type Load, measureThroughput, type Throughput } from './throughput.ts';
import { measureWebhookLatency } from './webhook-latency.ts';

const LOADS: readonly (Omit<Load, 'seconds'> & { readonly name: Measurement; readonly devicesPerGateway?: number })[] =
  [
    { name: 'single', connections: 1000, inFlight: 1 },
    { name: 'pipelined', connections: 10, inFlight: 100 },
    { name: 'dense', connections: 1000, inFlight: 1, devicesPerGateway: 1 },
    { name: 'backlog', connections: 100, inFlight: 1, readingsPerMessage: 576 },
  ];

await runCommand(async () => {
  const options = readBenchOptions(process.argv.slice(2));
  if (options === undefined) console.log(describeBench());
  else await bench(options);
  return 0;
});

async function bench({ seconds, alerts, only, json }: BenchOptions): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'pulseward-bench-'));
  const webhook = await startWebhookReceiver();
  const system = await startSystem({ env: { PULSEWARD_WEBHOOK_ALLOW: '127.0.0.1' } });
  const pool = openPool(await system.databaseUrl(), { max: 2, applicationName: 'bench' });
  const database = await openDatabase(system);
  const generator = startLoadProcess();
  // The system has a process group of its own: whoever interrupts the bench must not leave it behind.
  const interrupted = () => void system.destroy().finally(() => process.exit(130));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupted);
  try {
    const quiet = await createClinic(system.api);
    const fleet = await createFleet(pool, 1000, quiet.teamId);
    const measured = await measureSystem(system, database);

    // First, while the broker's memory has not been stretched by a load.
    const idleBytes = only.has('idle')
      ? await measureIdleMemory(5000, { port: system.mqttPort, gateways: fleet.gateways, system: measured })
      : undefined;
    await measured.settled();

    const throughput: Throughput[] = [];
    for (const { devicesPerGateway, ...load } of LOADS.filter(({ name }) => only.has(name))) {
      const fleetFile = join(directory, `${load.name}.json`);
      const gateways = fleet.gateways.map((gateway) => ({
        ...gateway,
        deviceIds: gateway.deviceIds.slice(0, devicesPerGateway),
      }));
      writeFileSync(fleetFile, JSON.stringify(gateways), { mode: 0o600 });
      throughput.push(
        await measureThroughput(
          { ...load, seconds },
          { port: system.mqttPort, fleetFile, generator, system: measured },
        ),
      );
    }

    let latency: Awaited<ReturnType<typeof measureWebhookLatency>> | undefined;
    if (only.has('webhook')) {
      const fleetFile = join(directory, 'webhook.json');
      writeFileSync(fleetFile, JSON.stringify(fleet.gateways), { mode: 0o600 });
      const { teamId } = await createClinic(system.api, webhook, 'Team Two');
      const parts = { system, measured, database, pool, generator, fleetFile, webhook, teamId };
      latency = await measureWebhookLatency({ alerts, perSecond: 5000, everyMs: 50 }, parts);
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
    if (json) console.log(JSON.stringify(report));
  } finally {
    generator.stop();
    await database.end();
    await pool.end();
    await system.destroy();
    await webhook.close();
    rmSync(directory, { recursive: true, force: true });
  }
}
