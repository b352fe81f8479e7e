// Where the data directory or the program itself lies in an awkward place.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ACCOUNT_NAME } from '../../storage/embedded-postgres/postgres-account.ts';
import { createFakeSite, type FakeSite, kill, ROOT } from './fake-system.ts';

const isRoot = process.getuid?.() === 0;
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
let site: FakeSite;
beforeEach(async () => {
  site = await createFakeSite();
});
afterEach(() => site.destroy());

describe.runIf(isRoot)('as root', () => {
  test('a directory of mode 700 that belongs to root lets the account pass and nobody read, and Postgres runs as that account', async () => {
    await site.destroy();
    site = await createFakeSite('middle/data');
    const middle = join(site.home, 'middle');
    mkdirSync(middle, { mode: 0o750 });
    mkdirSync(site.dataDir, { mode: 0o700 });
    expect(modeOf(site.home)).toBe('700');

    const system = site.start();
    await system.ready();
    expect([site.home, middle, site.dataDir].map(modeOf)).toEqual(['711', '751', '711']);
    const { cluster, passwordFile, logFile } = site.layout;
    expect([cluster, passwordFile, logFile].map(modeOf)).toEqual(['700', '600', '600']);
    const account = Number(execFileSync('id', ['-u', ACCOUNT_NAME], { encoding: 'utf8' }));
    expect(statSync(`/proc/${await site.postmasterPid()}`).uid).toBe(account);
    kill(system.pid, 'SIGTERM');
    expect(await system.exited).toBe(0);
  });

  test('a clone that the account cannot reach is started from copies of the binaries, made once', async () => {
    const hidden = await mkdtemp(join(tmpdir(), 'pulseward-hidden-'));
    try {
      // Hard links: the account may reach the files themselves, only not by this path.
      const paths = ['node_modules', 'runtime', 'storage', 'domain', 'tests', 'package.json'].map((path) =>
        join(ROOT, path),
      );
      try {
        execFileSync('cp', ['-al', ...paths, hidden], { stdio: 'ignore' });
      } catch {
        execFileSync('cp', ['-a', ...paths, hidden]);
      }
      await chmod(hidden, 0o700);
      const copies = join(site.dataDir, 'postgres-binaries');

      const first = site.start({ root: hidden });
      await first.ready();
      expect(modeOf(hidden)).toBe('700');
      const program = execFileSync('readlink', [`/proc/${await site.postmasterPid()}/exe`], { encoding: 'utf8' });
      expect(program.startsWith(copies)).toBe(true);
      const copiedAt = statSync(copies).mtimeMs;
      kill(first.pid, 'SIGTERM');
      expect(await first.exited).toBe(0);

      const second = site.start({ root: hidden });
      await second.ready();
      expect(statSync(copies).mtimeMs).toBe(copiedAt);
      kill(second.pid, 'SIGTERM');
      await second.exited;
    } finally {
      await rm(hidden, { recursive: true, force: true });
    }
  });
});

test('a data directory that cannot be made is named, with what would be right', async () => {
  writeFileSync(site.dataDir, 'a file where the directory should be');
  const system = site.start();
  expect(await system.exited).toBe(2);
  expect(system.output()).toMatch(
    /PULSEWARD_DATA_DIR: given ".*data" \(EEXIST.*\); allowed: a directory that this user may read and write/,
  );
});

test.skipIf(isRoot)('a data directory that this user may not write is named', async () => {
  mkdirSync(site.dataDir, { mode: 0o500 });
  const system = site.start();
  expect(await system.exited).toBe(2);
  expect(system.output()).toMatch(/PULSEWARD_DATA_DIR: given ".*data" \(EACCES/);
});

test('a directory that exists already and holds other files is used and left otherwise alone', async () => {
  mkdirSync(site.dataDir);
  chmodSync(site.dataDir, 0o755);
  writeFileSync(join(site.dataDir, 'notes.txt'), 'mine');
  const system = site.start();
  await system.ready();
  expect(modeOf(site.dataDir)).toBe('755');
  expect(readFileSync(join(site.dataDir, 'notes.txt'), 'utf8')).toBe('mine');
});

test('a demo directory is refused by the real command, and another directory by the demo', async () => {
  mkdirSync(site.dataDir);
  writeFileSync(join(site.dataDir, 'demo.json'), '{}');
  const real = site.start();
  expect(await real.exited).toBe(2);
  expect(real.output()).toMatch(/which holds a demo; allowed: another directory/);

  await rm(join(site.dataDir, 'demo.json'));
  writeFileSync(join(site.dataDir, 'notes.txt'), 'mine');
  const demo = site.start({ argv: ['--demo'], env: { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' } });
  expect(await demo.exited).toBe(2);
  expect(demo.output()).toMatch(/something else than a demo/);
  expect(demo.output()).toMatch(/DATABASE_URL.*a demo never touches a production service/);
});
