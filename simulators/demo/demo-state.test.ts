import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type DemoState, readDemoState, writeDemoState } from './demo-state.ts';
import { nextFreePort } from './demo-system.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pulseward-demo-'));
});
afterEach(() => rm(directory, { recursive: true }));

const state: DemoState = {
  adminPassword: 'invented',
  doctors: [{ username: 'doctor1', password: 'invented too' }],
  seed: 7,
  devices: [{ deviceId: 'd', kind: 'cgm', person: 0, username: 'd', password: 'p', deliveredUntil: 1_795_305_900_000 }],
};

test('a whole demo is found again, and its marker is readable by its owner alone', async () => {
  const dataDir = join(directory, 'demo-data');
  expect(await readDemoState(dataDir)).toBeUndefined();
  await writeDemoState(dataDir, state);
  expect(await readDemoState(dataDir)).toMatchObject(state);
  expect((await stat(join(dataDir, 'demo.json'))).mode & 0o777).toBe(0o600);
  expect(await readFile(join(dataDir, 'demo.json'), 'utf8')).toContain('invented patients');
});

test('a demo that was interrupted before it had patients is refused with the remedy', async () => {
  const { devices: _, ...unfinished } = state;
  await writeDemoState(directory, unfinished);
  await expect(readDemoState(directory)).rejects.toThrow(`remove ${directory} and start again`);
  await writeFile(join(directory, 'demo.json'), '{"adminPass');
  await expect(readDemoState(directory)).rejects.toThrow('interrupted');
});

test('a place where no demo can be kept is refused with the option that chooses it', async () => {
  const file = join(directory, 'file');
  await writeFile(file, '');
  const refusal = /--data-dir: given ".*file" \(ENOTDIR.*\); allowed: a directory that this user may read and write/;
  await expect(readDemoState(file)).rejects.toThrow(refusal);
  await expect(writeDemoState(file, state)).rejects.toThrow(/--data-dir: given ".*file" \(E.*\); allowed: a directory/);
});

test('a port that is taken is passed over, and so is the one already chosen', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const address = other.address();
  const taken = typeof address === 'object' && address ? address.port : 0;
  try {
    const free = await nextFreePort(taken);
    expect(free).toBeGreaterThan(taken);
    expect(await nextFreePort(taken, free)).toBeGreaterThan(free);
  } finally {
    await new Promise((resolve) => other.close(resolve));
  }
});
