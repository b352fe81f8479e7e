// Everything that is measured of one deployment, from an empty database to the last start.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openPool } from '../../storage/database.ts';
import { createClinic } from '../system/clinic.ts';
import type { Deployment } from '../system/deployment.ts';
import { openDatabase, startSystem } from '../system/running-system.ts';
import { startWebhookReceiver } from '../system/webhook-receiver.ts';
import type { BenchOptions, Measurement } from './bench-options.ts';
import { createFleet } from './fleet.ts';
import { measureIdleMemory } from './idle-memory.ts';
import { startLoadProcess } from './load-process.ts';
import { gatewaysOf, LOAD_NAMES, LOADS, type LoadName } from './loads.ts';
import { measureSystem } from './measured-system.ts';
import { type MetricsLatency, measureMetricsLatency } from './metrics-latency.ts';
import type { RequestLatency } from './request-latency.ts';
import { measureRiskPage } from './risk-page.ts';
import { measureStarts } from './start-time.ts';
import { startWithin } from './start-within.ts';
import { measureThroughput, type Throughput } from './throughput.ts';
import { measureWebhookLatency, type WebhookLatency } from './webhook-latency.ts';

const GATEWAYS = 1000;

/** What was measured; absent: not asked for. */
export interface Figures {
  readonly name: string;
  throughput: Partial<Record<LoadName, Throughput>>;
  webhook?: WebhookLatency;
  metrics?: MetricsLatency;
  risk?: RequestLatency;
  startSeconds?: readonly number[];
  idleBytes?: number;
}

export interface MeasureParts {
  readonly options: BenchOptions;
  /** Of the bench's own, for what it writes. */
  readonly directory: string;
  /** What is begun. */
  readonly tell: (what: string) => void;
  /** Where whatever is started is to be ended. */
  readonly stack: AsyncDisposableStack;
}

export async function measureDeployment(deployment: Deployment, parts: MeasureParts): Promise<Figures> {
  const { options, directory, tell, stack } = parts;
  const figures: Figures = { name: deployment.name, throughput: {} };
  const isWanted = (measurement: Measurement): boolean => {
    const wanted = options.only.has(measurement);
    if (wanted) tell(measurement);
    return wanted;
  };
  tell('starts');
  const engines = await startWithin(stack, deployment.start());
  const webhook = await startWebhookReceiver();
  stack.defer(webhook.close);
  const env = { ...engines.env, PULSEWARD_WEBHOOK_ALLOW: '127.0.0.1' };
  const system = await startWithin(stack, startSystem({ env }));
  const connections = stack.use(new AsyncDisposableStack());
  const pool = openPool(await system.databaseUrl(), { max: 2, applicationName: 'bench' });
  connections.defer(() => pool.end());
  const database = await openDatabase(system);
  connections.defer(() => database.end());
  const generator = startLoadProcess();
  stack.defer(generator.stop);

  const { teamId } = await createClinic(system.api);
  const { gateways } = await createFleet(pool, GATEWAYS, teamId);
  const measured = await measureSystem(system, engines, database);
  const fleetFileOf = (name: LoadName): string => {
    const file = join(directory, `${deployment.name}-${name}.json`);
    writeFileSync(file, JSON.stringify(gatewaysOf(name, gateways)), { mode: 0o600 });
    return file;
  };
  const measureLoad = async (name: LoadName) => {
    const load = { ...LOADS[name], seconds: options.seconds };
    const fleetFile = fleetFileOf(name);
    figures.throughput[name] = await measureThroughput(load, { fleetFile, generator, system: measured });
  };

  // First, while the broker's memory has not been stretched by a load.
  if (isWanted('idle')) figures.idleBytes = await measureIdleMemory(5000, { gateways, system: measured });
  await measured.settled();
  for (const name of LOAD_NAMES) if (name !== 'backlog' && isWanted(name)) await measureLoad(name);
  if (isWanted('webhook')) {
    const paged = await createClinic(system.api, webhook, 'Team Two');
    figures.webhook = await measureWebhookLatency(
      { alerts: options.alerts, perSecond: 5000, everyMs: 50 },
      { measured, database, pool, generator, fleetFile: fleetFileOf('single'), webhook, teamId: paged.teamId },
    );
  }
  // What the loads have left to be written behind would be timed, too.
  if (options.only.has('metrics') || options.only.has('risk')) await measured.quiet();
  if (isWanted('metrics')) figures.metrics = await measureMetricsLatency(system, measured, teamId);
  if (isWanted('risk')) figures.risk = await measureRiskPage(system.api);
  // Its days are summed up for a while after it.
  if (isWanted('backlog')) await measureLoad('backlog');
  // The embedded Postgres stops with the system.
  await connections.disposeAsync();
  if (isWanted('start')) figures.startSeconds = await measureStarts(system);
  return figures;
}
