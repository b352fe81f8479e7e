// What keeps a start from succeeding is told in words that say what to do.
import { appendFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listClusterPids } from '../../storage/embedded-postgres/cluster-processes.ts';
import { createFakeSite, type FakeSite, kill } from './fake-system.ts';

let site: FakeSite;
let squatter: Server | undefined;
beforeEach(async () => {
  site = await createFakeSite();
});
afterEach(async () => {
  squatter?.close();
  squatter = undefined;
  await site.destroy();
});

test('a port that is taken is named with its variable, and everything already started is stopped again', async () => {
  squatter = createServer().listen(site.ports.mqtt, '127.0.0.1');
  const system = site.start();
  expect(await system.exited).toBe(1);
  expect(system.output()).toContain(
    `broker did not start: port ${site.ports.mqtt} on 127.0.0.1 is taken: end what listens there or set PULSEWARD_MQTT_PORT`,
  );
  expect(system.output()).not.toContain('Pulseward is ready');
  expect(await listClusterPids(site.layout)).toEqual([]);
});

test("a postgresql.conf that Postgres can't read is told in Postgres's own words, with file and line", async () => {
  const first = site.start();
  await first.ready();
  kill(first.pid, 'SIGTERM');
  await first.exited;
  appendFileSync(`${site.layout.cluster}/postgresql.conf`, '\nshared_buffers = plenty\n');
  const second = site.start();
  expect(await second.exited).toBe(1);
  expect(second.output()).toContain('The embedded PostgreSQL did not start. PostgreSQL says:');
  expect(second.output()).toMatch(/invalid value for parameter "shared_buffers": "plenty"/);
  expect(second.output()).not.toMatch(/undefined|\bat .*\.ts:\d+/);
});

test('a DATABASE_URL that leads nowhere is told as such', async () => {
  const system = site.start({ env: { DATABASE_URL: 'postgres://someone:hush@127.0.0.1:9/nowhere' } });
  expect(await system.exited).toBe(1);
  expect(system.output()).toMatch(/the database that DATABASE_URL names can't be used\nbecause: .*ECONNREFUSED/);
  expect(system.output()).not.toContain('hush');
});

test('every mistake in the configuration is told at once', async () => {
  const system = site.start({
    env: { PULSEWARD_HTTP_PORT: 'eighty', PULSEWARD_HOST: '0.0.0.0', INFLUX_URL: 'influx' },
    argv: ['--roles', 'brokers'],
  });
  expect(await system.exited).toBe(2);
  for (const name of ['PULSEWARD_HTTP_PORT', 'PULSEWARD_HOST', 'INFLUX_URL', '--roles']) {
    expect(system.output()).toContain(`  ${name}: given`);
  }
});

test('--roles starts only those, and says where they are', async () => {
  const system = site.start({ argv: ['--roles', 'dashboards,ingest'] });
  await system.ready();
  expect((await system.statuses()).map(({ role }) => role)).toEqual(['ingest', 'dashboards']);
  expect(system.output()).toContain(`Pulseward is ready: http://127.0.0.1:${site.ports.http}\n`);
});
