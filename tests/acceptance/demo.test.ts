// `npm run demo` as people start it: something to see within twenty seconds, and gone without a trace of processes at Ctrl-C.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiClient, signIn } from '../system/api-client.ts';
import { until } from '../system/until.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** Promised are 20 s on an idle machine (DESIGN §7); tests share theirs. */
const SOMETHING_TO_SEE_WITHIN_MS = 60_000;

let directory: string;
let dataDir: string;
const started: { readonly child: ChildProcess; readonly exited: Promise<number | null> }[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pulseward-demo-'));
  dataDir = join(directory, 'demo-data');
});
afterAll(async () => {
  // Asked, not killed: it stops the system it has started.
  for (const { child, exited } of started) {
    if (child.exitCode === null) child.kill('SIGTERM');
    await exited;
  }
  await rm(directory, { recursive: true, force: true });
});

function start(script: string, args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(ROOT, script), ...args], {
    cwd: directory,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  started.push({ child, exited });
  return { child, exited, output: () => output };
}

async function signInAsPrinted(output: () => string): Promise<{ api: ApiClient; httpUrl: string; password: string }> {
  const [, httpUrl, password] = await until('the demo prints address and sign-in', SOMETHING_TO_SEE_WITHIN_MS, () => {
    return /Open (\S+) and sign in:\s+doctor1\s+(\S+)/.exec(output()) ?? undefined;
  });
  return { api: await signIn(httpUrl!, 'doctor1', password!), httpUrl: httpUrl!, password: password! };
}

interface Alert {
  readonly severity: string;
  readonly direction: string;
}

test('a demo shows patients, history and a critical low within seconds, and the next one goes on where it ended', async () => {
  const demo = start('simulators/demo.ts', ['--data-dir', dataDir]);
  const { api, httpUrl, password } = await signInAsPrinted(demo.output);
  await until('a critical low is open', SOMETHING_TO_SEE_WITHIN_MS, async () => {
    const { items } = await api.get<{ items: Alert[] }>('/alerts?state=open');
    return items.some(({ severity, direction }) => severity === 'critical' && direction === 'low');
  });
  await until('the team has its 25 patients', SOMETHING_TO_SEE_WITHIN_MS, async () => {
    const { items } = await api.get<{ items: unknown[] }>('/patients?limit=1000');
    return items.length === 25;
  });
  await until('history and the last minutes are in', 120_000, () =>
    demo.output().includes('from here on the devices measure in real time'),
  );
  // A second one on the same directory is told whose it is, and leaves the first one's log alone.
  const logOfFirst = await readFile(join(dataDir, 'demo.log'), 'utf8');
  const rival = start('simulators/demo.ts', ['--data-dir', dataDir]);
  expect(await rival.exited).toBe(1);
  expect(rival.output()).toMatch(/is in use by the Pulseward with pid \d+: stop that one or set --data-dir to another/);
  expect(rival.output()).not.toContain('"level"');
  expect((await readFile(join(dataDir, 'demo.log'), 'utf8')).startsWith(logOfFirst)).toBe(true);
  // One Ctrl-C arrives twice under npm: from the terminal and handed on.
  demo.child.kill('SIGINT');
  demo.child.kill('SIGINT');
  expect(await demo.exited).toBe(0);
  expect(demo.output()).toMatch(/\d readings were acknowledged/);
  await expect(fetch(`${httpUrl}/healthz`)).rejects.toThrow();

  const refused = start('start.ts', [], {
    PULSEWARD_DATA_DIR: dataDir,
    PULSEWARD_HTTP_PORT: '0',
    PULSEWARD_MQTT_PORT: '0',
  });
  expect(await refused.exited).not.toBe(0);
  expect(refused.output()).toContain('demo');

  const again = start('simulators/demo.ts', ['--data-dir', dataDir]);
  const second = await signInAsPrinted(again.output);
  expect(second.password).toBe(password);
  const { items } = await second.api.get<{ items: unknown[] }>('/patients?limit=1000');
  expect(items).toHaveLength(25);
  again.child.kill('SIGINT');
  expect(await again.exited).toBe(0);
});

test.each(['DATABASE_URL', 'REDIS_URL', 'INFLUX_URL'])(
  'a demo never runs where %s names a production service',
  async (name) => {
    const url = {
      DATABASE_URL: 'postgres://db.example/x',
      REDIS_URL: 'redis://redis.example',
      INFLUX_URL: 'http://influx.example',
    };
    const influx: Record<string, string> =
      name === 'INFLUX_URL' ? { INFLUX_TOKEN: 't', INFLUX_ORG: 'o', INFLUX_BUCKET: 'b' } : {};
    const env = { [name]: url[name as keyof typeof url], ...influx };
    const demo = start('simulators/demo.ts', ['--data-dir', join(directory, 'never')], env);
    expect(await demo.exited).toBe(1);
    expect(demo.output()).toContain(
      `${name}: given (hidden); allowed: nothing: a demo never touches a production service`,
    );
  },
);
