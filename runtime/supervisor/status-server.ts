// The supervisor's own port, where one is asked for (PULSEWARD_METRICS_PORT): the same three addresses in every container, whatever roles it runs.
// Plain HTTP without sign-in, for a health check and Prometheus on a network of their own.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Config } from '../config.ts';
import { type MetricSnapshot, printMetrics } from '../counters.ts';
import { StartFailure } from '../errors.ts';
import type { RoleStatus } from '../peers.ts';
import { describeStartFailure } from './describe-start-failure.ts';

const REQUEST_TIMEOUT_MS = 5_000;

export interface StatusServerDeps {
  readonly config: Config;
  readonly statuses: () => readonly RoleStatus[];
  readonly snapshots: () => Promise<readonly (readonly MetricSnapshot[])[]>;
}

export interface StatusServer {
  /** Does nothing where no port is configured. Throws StartFailure where it can't listen. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export function createStatusServer({ config, statuses, snapshots }: StatusServerDeps): StatusServer {
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, answer);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.split('?')[0];
    if (request.method !== 'GET') response.writeHead(405, { allow: 'GET' }).end();
    else if (path === '/healthz') sendJson(response, 200, { status: 'alive' });
    else if (path === '/readyz') {
      const roles = statuses();
      const ready = roles.every(({ state }) => state === 'ready');
      sendJson(response, ready ? 200 : 503, { ready, roles });
    } else if (path === '/metrics') {
      const text = await printMetrics(await snapshots());
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text);
    } else response.writeHead(404).end();
  }

  return {
    async start() {
      if (config.metricsPort === undefined) return;
      server.listen(config.metricsPort, config.host);
      await once(server, 'listening').catch((error: unknown) => {
        throw new StartFailure(`the status server did not start: ${describeStartFailure(error, config).message}`);
      });
    },
    async stop() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
}
