// `npm run simulate` against the real system: everything over the public MQTT and HTTP interfaces. A replay: replay.test.ts.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningSystem, startSystem } from '../system/running-system.ts';
import { until } from '../system/until.ts';
import { AS_ADMIN, figure, openSimulator, type Simulator } from './run-simulator.ts';

let system: RunningSystem;
let directory: string;
let simulate: Simulator['simulate'];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pulseward-simulate-'));
  system = await startSystem();
  ({ simulate } = await openSimulator(system, directory));
});
afterAll(async () => {
  await system?.destroy();
  await rm(directory, { recursive: true, force: true });
});

test('a day of broken messages is acknowledged in full, and each of them is listed as a rejection', async () => {
  const options = ['--kinds', 'cgm', '--devices', '2', '--history', '1', '--duration', '1s'];
  const output = await simulate(
    ...options,
    '--scenario',
    'malformed',
    '--save-credentials',
    'devices.json',
    ...AS_ADMIN,
  );
  expect(figure(output, 'lost')).toBe(0);
  const broken = figure(output, 'acknowledged') - 2 * 288;
  expect(broken).toBeGreaterThan(10);
  await until('every broken message is listed', 20_000, async () => {
    const { items } = await system.api.get<{ items: unknown[] }>('/rejections?limit=1000');
    return items.length >= broken && items.length <= broken + 2;
  });

  // The same devices again, from the file, without registering anything: what they send is known already.
  const again = await simulate('--credentials', 'devices.json', '--duration', '1s', '--scenario', 'steady');
  expect(figure(again, 'lost')).toBe(0);
});

test('devices that nobody registered are refused, nothing is lost silently, and the exit code says so', async () => {
  const stranger = { deviceId: 'nobody', kind: 'cgm', person: 0, username: 'nobody', password: 'guessed' };
  await writeFile(join(directory, 'strangers.json'), JSON.stringify({ devices: [stranger] }));
  const failure = await simulate(
    '--credentials',
    'strangers.json',
    '--history',
    '1',
    '--duration',
    '1s',
    '--drain',
    '1s',
  ).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 1, stdout: expect.stringMatching(/refused +[1-9].*registered/) });
});
