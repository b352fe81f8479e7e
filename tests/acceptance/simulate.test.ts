// `npm run simulate` against the real system: everything over the public MQTT and HTTP interfaces. A replay: replay.test.ts.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCredentials } from '../../simulators/fleet/device-credentials.ts';
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

const countAt = async (path: string) => (await system.api.get<{ items: unknown[] }>(path)).items.length;
const rejectionsOf = (deviceId: string) => countAt(`/rejections?deviceId=${deviceId}&limit=1000`);
async function readingsOf(deviceId: string): Promise<number> {
  const { patientId } = await system.api.get<{ patientId: string }>(`/devices/${deviceId}`);
  return countAt(`/patients/${patientId}/readings?kind=cgm&limit=1000`);
}

test('of a day with broken messages every acknowledged one is either stored or listed as a rejection', async () => {
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
  const devices = await readCredentials(join(directory, 'devices.json'));
  const inAll = async (count: (deviceId: string) => Promise<number>) =>
    (await Promise.all(devices.map(({ deviceId }) => count(deviceId)))).reduce((sum, some) => sum + some, 0);
  await until('everything acknowledged is stored or listed', 20_000, async () => {
    const [stored, rejected] = [await inAll(readingsOf), await inAll(rejectionsOf)];
    // A day of minutes may hold one more: the run takes a moment itself.
    return stored >= 2 * 288 && rejected > 10 && stored + rejected === figure(output, 'acknowledged');
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
