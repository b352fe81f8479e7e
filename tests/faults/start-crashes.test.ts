// Kills and signals: of Postgres, of a role, of everything at once.
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listClusterPids } from '../../storage/embedded-postgres/cluster-processes.ts';
import { readPostmasterFile } from '../../storage/embedded-postgres/postmaster-file.ts';
import { until } from '../system/until.ts';
import { createFakeSite, type FakeSite, kill, killPostgresWhileItComputes, rolePids } from './fake-system.ts';

let site: FakeSite;
beforeEach(async () => {
  site = await createFakeSite();
});
afterEach(() => site.destroy());

const portNow = async () => (await readPostmasterFile(site.layout.postmasterFile))?.port;
const postgresLog = () => readFileSync(site.layout.logFile, 'utf8');
const untilWorkGoesOn = async () => {
  const before = await site.workDone();
  await until('work goes on', 10_000, async () => (await site.workDone()) > before + 10);
};

test.each(['SIGKILL', 'SIGTERM'] as const)(
  '%s to Postgres alone: it is back on the same port and the roles go on',
  async (signal) => {
    const system = site.start();
    await system.ready();
    const [pid, port] = [await site.postmasterPid(), await portNow()];
    kill(pid, signal);
    await until('Postgres is back', 10_000, () => system.output().includes('the embedded PostgreSQL is back'));
    expect(await portNow()).toBe(port);
    expect(await site.postmasterPid()).not.toBe(pid);
    await untilWorkGoesOn();
    expect((await system.statuses()).every(({ state, restarts }) => state === 'ready' && restarts === 0)).toBe(true);
  },
);

test('kill -9 of Postgres while a backend computes and does not notice: it is ended, and Postgres is back', async () => {
  const system = site.start();
  await system.ready();
  await killPostgresWhileItComputes(site, system);
  await untilWorkGoesOn();
});

test('kill -9 of a role: it is back at once, the others do not notice', async () => {
  const system = site.start();
  await system.ready();
  const broker = rolePids(system.pid).broker as number;
  kill(broker, 'SIGKILL');
  const killedAt = performance.now();
  await until('the broker is back', 5_000, async () => {
    const status = (await system.statuses()).find(({ role }) => role === 'broker');
    return status?.state === 'ready' && status.restarts === 1;
  });
  console.log(`the role was back after ${Math.round(performance.now() - killedAt)} ms`);
  expect((await system.statuses()).filter(({ restarts }) => restarts > 0)).toHaveLength(1);
  expect(system.output()).toMatch(/"level":"warn".*a role exited: starting it again/);
});

test.each(['SIGTERM', 'SIGHUP'] as const)(
  '%s to the supervisor: everything stops in order, with exit code 0 and a Postgres that needs no recovery',
  async (signal) => {
    const system = site.start();
    await system.ready();
    kill(system.pid, signal);
    expect(await system.exited).toBe(0);
    expect(await listClusterPids(site.layout)).toEqual([]);
    expect(postgresLog()).toMatch(/database system is shut down\s*$/);
  },
);

test('a terminal that closes, which sends SIGHUP to the supervisor and all roles, is a normal stop', async () => {
  const system = site.start();
  await system.ready();
  kill(-system.pid, 'SIGHUP');
  expect(await system.exited).toBe(0);
  expect(await listClusterPids(site.layout)).toEqual([]);
  expect(system.output()).not.toContain('a role exited');
});

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  '%s to a migration: the Postgres that it started is stopped with it',
  async (signal) => {
    const migration = site.start({ script: 'storage/migrate.ts' });
    await until('its Postgres accepts connections', 20_000, async () => {
      return (await readPostmasterFile(site.layout.postmasterFile))?.status === 'ready';
    });
    kill(migration.pid, signal);
    expect(await migration.exited).toBe(1);
    expect(migration.output()).toContain(`${signal}: stopped`);
    expect(await listClusterPids(site.layout)).toEqual([]);
  },
);

test('SIGTERM to the supervisor, the roles and Postgres at once, as when a container stops: a normal stop', async () => {
  const system = site.start();
  await system.ready();
  const postgres = (await listClusterPids(site.layout)) ?? [];
  kill(-system.pid, 'SIGTERM');
  for (const pid of postgres) kill(pid, 'SIGTERM');
  expect(await system.exited).toBe(0);
  expect(await listClusterPids(site.layout)).toEqual([]);
  expect(postgresLog()).toMatch(/database system is shut down\s*$/);
  expect(system.output()).not.toMatch(/"level":"(error|fatal)"/);
});

test('a role that does not drain is killed, and the stop is a normal one within ten seconds all the same', async () => {
  const system = site.start();
  await system.ready();
  kill(rolePids(system.pid).ingest as number, 'SIGSTOP');
  const toldAt = performance.now();
  kill(system.pid, 'SIGTERM');
  await until('the role is killed', 10_000, () => system.output().includes('a role did not stop in time: killing it'));
  expect(performance.now() - toldAt).toBeLessThan(10_000);
  expect(await system.exited).toBe(0);
});

test('a signal that arrives twice, as Ctrl-C does under npm, is one request and an orderly stop', async () => {
  const system = site.start();
  await system.ready();
  kill(-system.pid, 'SIGINT');
  await until('the first has arrived', 5_000, () => system.output().includes('"msg":"stopping"'));
  kill(system.pid, 'SIGINT');
  expect(await system.exited).toBe(0);
  expect(system.output()).not.toContain('stopping at once');
  expect(postgresLog()).toMatch(/database system is shut down\s*$/);
});

test('a second signal, a second later, ends the draining at once', async () => {
  const system = site.start();
  await system.ready();
  kill(rolePids(system.pid).ingest as number, 'SIGSTOP');
  kill(system.pid, 'SIGTERM');
  await until('a later signal hurries it', 5_000, () => {
    kill(system.pid, 'SIGTERM');
    return system.output().includes('"msg":"stopping at once"');
  });
  expect(await system.exited).toBe(0);
  expect(system.output()).not.toContain('a role did not stop in time');
  expect(await listClusterPids(site.layout)).toEqual([]);
});

test('a fault point kills the first process that passes it and spares the next', async () => {
  const system = site.start({ env: { PULSEWARD_FAULT_POINT: 'after-send' } });
  await system.ready();
  expect(system.output()).toContain('fault point after-send: this process kills itself');
  expect((await system.statuses()).map(({ role, restarts }) => `${role} ${restarts}`)).toContain('alerting 1');
});

test('SIGKILL to the supervisor, the roles and Postgres at once: the next start recovers what was committed, by itself', async () => {
  const system = site.start();
  await system.ready();
  await untilWorkGoesOn();
  const done = await site.workDone();
  const postgres = (await listClusterPids(site.layout)) ?? [];
  kill(-system.pid, 'SIGKILL');
  for (const pid of postgres) kill(pid, 'SIGKILL');
  await system.exited;

  const next = site.start();
  await next.ready();
  expect(await site.workDone()).toBeGreaterThanOrEqual(done);
  expect(postgresLog()).toContain('automatic recovery in progress');
});

// The limit is the product's own; a machine that is busy with something else may need a second look.
test('a later start has its database within 3 s, even after a crash', { retry: 2 }, async () => {
  const first = site.start();
  await first.ready();
  kill(-first.pid, 'SIGKILL');
  kill(await site.postmasterPid(), 'SIGKILL');
  await first.exited;
  const second = site.start();
  await second.ready();
  const tookMs = Number(/"tookMs":(\d+),"msg":"the database is up"/.exec(second.output())?.[1]);
  console.log(`the database was up after ${tookMs} ms`);
  expect(tookMs).toBeLessThan(3_000);
});

test('Ctrl-C during the very first start ends it at once, and the next start finds nothing half-made', async () => {
  const interrupted = site.start();
  await until('it has begun', 10_000, () => hasBegun());
  kill(-interrupted.pid, 'SIGINT');
  expect(await interrupted.exited).toBe(0);
  const next = site.start();
  await next.ready();
});

test('a start killed in the middle of initdb leaves nothing that disturbs the next', async () => {
  const killed = site.start();
  await until('initdb has begun', 10_000, () => hasBegun());
  kill(-killed.pid, 'SIGKILL');
  await killed.exited;
  const next = site.start();
  await next.ready();
});

async function hasBegun(): Promise<boolean> {
  const entries = await readdir(site.dataDir).catch(() => []);
  return entries.some((entry) => entry.startsWith('postgres'));
}
