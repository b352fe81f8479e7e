import { createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { readConfig } from '../config.ts';
import { createCounters } from '../counters.ts';
import type { RoleState } from '../peers.ts';
import { createStatusServer, type StatusServer } from './status-server.ts';

let server: StatusServer | undefined;
afterEach(() => server?.stop());

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

async function start(states: { broker: RoleState }): Promise<string> {
  const port = await freePort();
  const counters = createCounters({ part: 'broker' });
  counters.counter('pulseward_errors_total', 'Errors.').inc(3);
  server = createStatusServer({
    config: readConfig({ env: { PULSEWARD_METRICS_PORT: String(port) } }),
    statuses: () => [{ role: 'broker', state: states.broker, since: 0, restarts: 0, addresses: [] }],
    snapshots: async () => [await counters.snapshot()],
  });
  await server.start();
  return `http://127.0.0.1:${port}`;
}

test('a container is ready when all of its roles are, and alive before', async () => {
  const states: { broker: RoleState } = { broker: 'starting' };
  const url = await start(states);
  expect((await fetch(`${url}/readyz`)).status).toBe(503);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  states.broker = 'ready';
  const answer = await fetch(`${url}/readyz`);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ ready: true, roles: [{ role: 'broker', state: 'ready' }] });
});

test('Prometheus reads the counters of a container without the dashboards role', async () => {
  const url = await start({ broker: 'ready' });
  expect(await (await fetch(`${url}/metrics`)).text()).toContain('pulseward_errors_total{role="broker"} 3');
  expect((await fetch(`${url}/api/v1/patients`)).status).toBe(404);
  expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).toBe(405);
});

test('a status port that is taken is named with its variable', async () => {
  const url = await start({ broker: 'ready' });
  const second = createStatusServer({
    config: readConfig({ env: { PULSEWARD_METRICS_PORT: new URL(url).port } }),
    statuses: () => [],
    snapshots: async () => [],
  });
  await expect(second.start()).rejects.toThrow(/is taken: end what listens there or set PULSEWARD_METRICS_PORT/);
});
