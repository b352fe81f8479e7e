// One owner for a data directory, whatever was killed before.
import { execFile, spawn } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isAlive } from '../../storage/embedded-postgres/cluster-processes.ts';
import { until } from '../system/until.ts';
import { createFakeSite, type FakeSite, kill, ROOT, rolePids } from './fake-system.ts';

let site: FakeSite;
beforeEach(async () => {
  site = await createFakeSite();
});
afterEach(() => site.destroy());

test('a second start is refused with the pid of the first, which goes on undisturbed', async () => {
  const first = site.start();
  await first.ready();
  const second = site.start();
  expect(await second.exited).toBe(1);
  expect(second.output()).toContain(`is in use by the Pulseward with pid ${first.pid}`);
  expect((await first.statuses()).every(({ state, restarts }) => state === 'ready' && restarts === 0)).toBe(true);
});

test('two first starts at the same moment on a new directory end with one owner and one refusal', async () => {
  const systems = [site.start(), site.start()];
  await until('one is refused', 60_000, () => systems.some((system) => /is in use by/.test(system.output())));
  const owner = systems.find((system) => !/is in use by/.test(system.output()));
  const refused = systems.find((system) => system !== owner);
  await owner?.ready();
  expect(await refused?.exited).toBe(1);
  expect(refused?.output()).toContain(`pid ${owner?.pid}`);
});

test('after kill -9 of the supervisor its roles end by themselves, and the next start adopts the Postgres that runs on', async () => {
  const first = site.start();
  await first.ready();
  const roles = Object.values(rolePids(first.pid));
  const postmaster = await site.postmasterPid();
  expect(roles).toHaveLength(4);
  kill(first.pid, 'SIGKILL');

  const startedAt = performance.now();
  const second = site.start();
  await second.ready();
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  expect(second.output()).toContain('adopted the embedded PostgreSQL');
  expect(await site.postmasterPid()).toBe(postmaster);
  await until('the orphaned roles are gone', 5_000, () => roles.every((pid) => !isAlive(pid)));
  kill(second.pid, 'SIGTERM');
  expect(await second.exited).toBe(0);
  expect(isAlive(postmaster)).toBe(false);
});

test('a pid file whose pid now belongs to another process of the same user does not keep Postgres down', async () => {
  const first = site.start();
  await first.ready();
  const before = readFileSync(site.layout.postmasterFile, 'utf8');
  kill(-first.pid, 'SIGKILL');
  kill(await site.postmasterPid(), 'SIGKILL');
  await first.exited;
  const { uid, gid } = statSync(site.layout.cluster);
  const stranger = spawn('sleep', ['60'], { stdio: 'ignore', ...(process.getuid?.() === 0 ? { uid, gid } : {}) });
  try {
    writeFileSync(site.layout.postmasterFile, before.replace(/^\d+/, String(stranger.pid)));
    const second = site.start();
    await second.ready();
    expect(await site.postmasterPid()).not.toBe(stranger.pid);
    expect(stranger.exitCode).toBeNull();
  } finally {
    stranger.kill('SIGKILL');
  }
});

test('a lock whose connection is cut is regained, and nothing is started anew', async () => {
  const system = site.start();
  await system.ready();
  const postmaster = await site.postmasterPid();
  await site.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'pulseward supervisor ${system.pid}'`,
  );
  await until('it is regained', 10_000, () => system.output().includes('the embedded PostgreSQL is back'));
  const { rows } = await site.query(
    "select count(*)::int as held from pg_locks where locktype = 'advisory' and granted and objsubid = 2",
  );
  expect(rows[0].held).toBe(1);
  expect(await site.postmasterPid()).toBe(postmaster);
  expect((await system.statuses()).every(({ restarts }) => restarts === 0)).toBe(true);
});

test('npm run migrate works beside the running system and finds nothing to do', async () => {
  const system = site.start();
  await system.ready();
  const { stdout } = await promisify(execFile)(process.execPath, ['storage/migrate.ts'], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, PULSEWARD_DATA_DIR: site.dataDir },
  });
  expect(stdout).toContain('The schema is up to date.');
});
