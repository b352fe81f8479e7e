// As root without CAP_SYS_PTRACE, as in a container: /proc doesn't show where another user's process works, and that is no proof of absence.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isAlive, listClusterPids } from '../../storage/embedded-postgres/cluster-processes.ts';
import { until } from '../system/until.ts';
import { createFakeSite, type FakeSite, kill, killPostgresWhileItComputes } from './fake-system.ts';

const WITHOUT_PTRACE = ['setpriv', '--bounding-set', '-sys_ptrace', '--inh-caps', '-sys_ptrace'];
const isPossible =
  process.getuid?.() === 0 && spawnSync(WITHOUT_PTRACE[0] as string, [...WITHOUT_PTRACE.slice(1), 'true']).status === 0;
if (!isPossible) console.warn('SKIPPED: WITHOUT ROOT AND SETPRIV NOTHING IS TESTED OF A START WITHOUT CAP_SYS_PTRACE');

let site: FakeSite;
beforeEach(async () => {
  site = await createFakeSite();
});
afterEach(() => site.destroy());
const start = () => site.start({ under: WITHOUT_PTRACE });

describe.runIf(isPossible)('as root without CAP_SYS_PTRACE', () => {
  test('a second start is refused, the pid file stays, and the first goes on undisturbed', async () => {
    const first = start();
    await first.ready();
    const pidFile = readFileSync(site.layout.postmasterFile, 'utf8');
    const second = start();
    expect(await second.exited).toBe(1);
    expect(second.output()).toContain(`is in use by the Pulseward with pid ${first.pid}`);
    expect(readFileSync(site.layout.postmasterFile, 'utf8')).toBe(pidFile);
    expect(first.output()).not.toContain('lost the connection to the embedded PostgreSQL');
    expect((await first.statuses()).every(({ state, restarts }) => state === 'ready' && restarts === 0)).toBe(true);
  });

  test('a stop waits until Postgres has shut down, which needs no recovery then', async () => {
    const system = start();
    await system.ready();
    const postmaster = await site.postmasterPid();
    kill(system.pid, 'SIGTERM');
    expect(await system.exited).toBe(0);
    expect(isAlive(postmaster)).toBe(false);
    expect(readFileSync(site.layout.logFile, 'utf8')).toMatch(/database system is shut down\s*$/);
  });

  test('after kill -9 of the supervisor the next start adopts the Postgres that runs on', async () => {
    const first = start();
    await first.ready();
    const postmaster = await site.postmasterPid();
    kill(first.pid, 'SIGKILL');
    await first.exited;
    const second = start();
    await second.ready();
    expect(second.output()).toContain('adopted the embedded PostgreSQL');
    expect(await site.postmasterPid()).toBe(postmaster);
  });

  test('kill -9 of Postgres while a backend computes and does not notice: it is ended, and Postgres is back', async () => {
    const system = start();
    await system.ready();
    await killPostgresWhileItComputes(site, system);
  });

  test('the Postgres of another installation, which runs as the same account, is left alone', async () => {
    const other = await createFakeSite();
    try {
      const neighbour = other.start({ under: WITHOUT_PTRACE });
      await neighbour.ready();
      const processes = await listClusterPids(other.layout);
      const system = start();
      await system.ready();
      kill(await site.postmasterPid(), 'SIGKILL');
      await until('Postgres is back', 20_000, () => system.output().includes('the embedded PostgreSQL is back'));
      kill(system.pid, 'SIGTERM');
      expect(await system.exited).toBe(0);
      expect(processes?.every(isAlive)).toBe(true);
      expect((await neighbour.statuses()).every(({ restarts }) => restarts === 0)).toBe(true);
    } finally {
      await other.destroy();
    }
  });
});
