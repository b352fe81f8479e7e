// start.ts with roles that only show that they live: what is tested with it is how the real start.ts brings them up and down.
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { passFaultPoint } from '../../runtime/fault-point.ts';
import { printPeerMetrics } from '../../runtime/peers.ts';
import { createRole, type Role, type TeardownStack } from '../../runtime/role.ts';
import { runCommand } from '../../runtime/run-command.ts';
import { type ComposeRole, type RoleSurroundings, runRole } from '../../runtime/supervisor/run-role.ts';
import { runSystem } from '../../runtime/supervisor/run-system.ts';
import { openPool } from '../../storage/database.ts';
import { migrateToLatest } from '../../storage/migrator.ts';
import { provideDatabase } from '../../storage/provide-database.ts';

const PAUSE_MS = 20;
type Acquire = (surroundings: RoleSurroundings, teardown: TeardownStack) => Promise<string[]>;

const listen: Acquire = async ({ config }, teardown) => {
  const server = createServer((socket) => socket.end('broker\n'));
  server.listen(config.mqttPort, config.host);
  await once(server, 'listening');
  teardown.onStop('listener', () => server.close());
  return [`mqtt://${config.host}:${config.mqttPort}`];
};

const answer: Acquire = async ({ config, peers, counters }, teardown) => {
  const served = counters.counter('pulseward_fake_requests_total', 'Requests.');
  const server = createHttpServer(async (request, response) => {
    served.inc();
    try {
      response.end(request.url === '/metrics' ? await printPeerMetrics(peers) : JSON.stringify(await peers.statuses()));
    } catch (error) {
      response.writeHead(503).end(String(error));
    }
  });
  server.listen(config.httpPort, config.host);
  await once(server, 'listening');
  teardown.onStop('listener', () => {
    server.close();
    server.closeAllConnections();
  });
  return [`http://${config.host}:${config.httpPort}`];
};

/** Writes all the time, so that there is something under way whenever a signal arrives. */
const work: Acquire = async ({ config, log }, teardown) => {
  const pool = openPool(config.databaseUrl ?? '', { max: 2, applicationName: 'fake ingest', log });
  teardown.onStop('pool', () => pool.end());
  await pool.query('create table if not exists fake_work (at timestamptz not null)');
  let isStopping = false;
  const working = (async () => {
    while (!isStopping) {
      await pool.query('insert into fake_work values (now())').catch((err: unknown) => {
        log.debug({ err }, 'the insert failed and is tried again');
      });
      await delay(PAUSE_MS);
    }
  })();
  teardown.onStop('work', () => {
    isStopping = true;
    return working;
  });
  return [];
};

const sabotage: Acquire = async ({ config }) => {
  passFaultPoint('after-send', config.faultPoint);
  return [];
};

const FAKES: Record<Role['name'], Acquire> = {
  broker: listen,
  dashboards: answer,
  ingest: work,
  alerting: sabotage,
};

const composeRole: ComposeRole = async (name, surroundings) => {
  let addresses: string[] = [];
  return createRole(
    name,
    async (teardown) => {
      addresses = await FAKES[name](surroundings, teardown);
    },
    () => addresses,
  );
};

const argv = process.argv.slice(2);
if (argv[0] === '--role') await runRole(composeRole);
else {
  await runCommand(() =>
    runSystem(
      {
        createDatabase: (surroundings, onLost) => provideDatabase({ ...surroundings, onLost }),
        preparations: [['schema', async ({ config }) => void (await migrateToLatest(config.databaseUrl))]],
        script: import.meta.filename,
      },
      argv,
    ),
  );
}
