// `npm run simulate` against the real system: everything over the public MQTT and HTTP interfaces.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN_PASSWORD, type RunningSystem, startSystem } from '../system/running-system.ts';
import { until } from '../system/until.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..');
const FIVE_MINUTES_MS = 300_000;

let system: RunningSystem;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pulseward-simulate-'));
  await writeFile(join(directory, 'password'), `${ADMIN_PASSWORD}\n`);
  system = await startSystem();
});
afterAll(async () => {
  await system?.destroy();
  await rm(directory, { recursive: true, force: true });
});

/** What it printed. */
async function simulate(...options: string[]): Promise<string> {
  const addresses = ['--url', `mqtt://127.0.0.1:${system.mqttPort}`, '--api', system.httpUrl];
  const script = join(ROOT, 'simulators', 'simulate.ts');
  const { stdout } = await run(process.execPath, [script, ...addresses, ...options], { cwd: directory });
  return stdout;
}

const figure = (output: string, name: string) =>
  Number(new RegExp(`${name} +([\\d,]+)`).exec(output)?.[1]?.replaceAll(',', ''));

interface GlucoseMetrics {
  readonly count: number;
  readonly meanMgPerDl: number;
  readonly timeInRange: { readonly inRange: number };
}

test('a recorded trace, replayed, gives the metrics that its own numbers give', async () => {
  // A sine around 130 mg/dL: three days of whole values, moved to the past by the replay.
  const start = Date.UTC(2015, 5, 6, 21, 50, 27);
  const values = Array.from({ length: 3 * 288 }, (_, n) => Math.round(130 + 70 * Math.sin(n / 20)));
  const rows = values.map((value, n) => {
    const local = new Date(start + n * FIVE_MINUTES_MS - 5 * 3_600_000).toISOString().slice(0, 19);
    return `"Person, one",${local}-05:00,${value}`;
  });
  await writeFile(join(directory, 'trace.csv'), `id,time,gl\n${rows.join('\n')}\n`);

  const output = await simulate('--replay', 'trace.csv', '--patient-zone', 'Etc/GMT+5', '--password-file', 'password');
  expect(figure(output, 'acknowledged')).toBe(values.length);
  expect(figure(output, 'lost')).toBe(0);
  const [, from, to] = /from=(\S+) to=(\S+)/.exec(output) ?? [];
  expect(Date.now() - Date.parse(to!)).toBeLessThan(86_400_000);

  const { items } = await system.api.get<{ items: { patientId: string }[] }>('/patients');
  const path = `/patients/${items[0]?.patientId}/glucose-metrics?from=${from}&to=${to}`;
  const metrics = await until('the metrics count every reading', 20_000, async () => {
    const answer = await system.api.get<GlucoseMetrics>(path);
    return answer.count === values.length && answer;
  });
  const inRange = values.filter((value) => value >= 70 && value <= 180).length;
  expect(metrics.meanMgPerDl).toBeCloseTo(values.reduce((sum, value) => sum + value, 0) / values.length, 6);
  expect(metrics.timeInRange.inRange).toBeCloseTo((100 * inRange) / values.length, 6);
});

test('a day of broken messages is acknowledged in full, and each of them is listed as a rejection', async () => {
  const options = ['--kinds', 'cgm', '--devices', '2', '--history', '1', '--duration', '1s'];
  const output = await simulate(
    ...options,
    '--scenario',
    'malformed',
    '--save-credentials',
    'devices.json',
    '--password-file',
    'password',
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
