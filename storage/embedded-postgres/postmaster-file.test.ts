import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readPostmasterFile } from './postmaster-file.ts';

const directory = mkdtempSync(join(tmpdir(), 'pulseward-pidfile-'));
afterAll(() => rmSync(directory, { recursive: true }));
const path = join(directory, 'postmaster.pid');
// As PostgreSQL 18 writes it: pid, data directory, start, port, socket directory, address, shared memory, status.
const READY = '4711\n/data/cluster\n1795305900\n25432\n\n127.0.0.1\n  1234567         3\nready   \n';

test('a running postmaster tells pid, port and status', async () => {
  writeFileSync(path, READY);
  expect(await readPostmasterFile(path)).toEqual({ pid: 4711, port: 25432, status: 'ready' });
});

test('one that has only begun tells what it has written so far', async () => {
  writeFileSync(path, READY.split('\n').slice(0, 3).join('\n'));
  expect(await readPostmasterFile(path)).toEqual({ pid: 4711, port: undefined, status: undefined });
});

test('an empty file, as a full disk leaves it, and a missing one tell nothing', async () => {
  writeFileSync(path, '');
  expect(await readPostmasterFile(path)).toBeUndefined();
  expect(await readPostmasterFile(join(directory, 'none'))).toBeUndefined();
});
