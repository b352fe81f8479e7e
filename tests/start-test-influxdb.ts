// A real InfluxDB 2: an influxd of the test's own in a temporary directory on a free port, which it may stop, kill and start again; where
// INFLUX_URL is set, that one, on which each test has buckets of its own. Promise: it ends with the test run, also with one that is killed.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { choosePort } from '../storage/embedded-postgres/choose-port.ts';
import type { InfluxSettings } from '../storage/readings/influx-connection.ts';
import { guardAgainstOrphan } from './guard-against-orphan.ts';
import { until } from './system/until.ts';

const { INFLUX_URL, INFLUX_TOKEN, INFLUX_ORG } = process.env;
const GIVEN =
  INFLUX_URL && INFLUX_TOKEN && INFLUX_ORG ? { url: INFLUX_URL, token: INFLUX_TOKEN, org: INFLUX_ORG } : undefined;

export interface TestInflux {
  /** With a bucket that isn't made yet, and a token that may do everything. */
  readonly settings: InfluxSettings;
  /** The same server with another bucket that isn't made yet. */
  another(): InfluxSettings;
  /** Asks it past everything of ours: answers the body's text, throws where the status is above 299. */
  ask(method: string, path: string, body?: string | object, headers?: Record<string, string>): Promise<string>;
  /** Of an influxd of the test's own. */
  pid(): number | undefined;
  /** kill -9. Only with an influxd of the test's own, as all below. */
  kill(): Promise<void>;
  /** After a kill, on the same directory and port; resolves when it answers. */
  start(...more: readonly string[]): Promise<void>;
  /** A copy of its files as they are; `restore` puts them back. Both while it is down. */
  backUp(): Promise<{ restore(): Promise<void> }>;
  destroy(): Promise<void>;
}

/** Of the influxd on the PATH; undefined where there is none. */
export const influxdVersion: string | undefined = /v(\d+\.\d+\.\d+)/.exec(
  spawnSync('influxd', ['version'], { encoding: 'utf8' }).stdout ?? '',
)?.[1];

/** For requireEngine. */
export const missingInflux =
  influxdVersion || GIVEN ? undefined : 'no influxd on the PATH and no INFLUX_URL: readings in InfluxDB are not tested';
/** The same for tests that stop it, or start it otherwise. */
export const missingInfluxd = influxdVersion
  ? undefined
  : 'no influxd on the PATH: InfluxDB stopped, killed or set up otherwise is not tested';

/** @param settings of an influxd of the test's own, e.g. `--storage-wal-fsync-delay=1s` */
export async function startTestInflux(...settings: readonly string[]): Promise<TestInflux> {
  if (GIVEN && settings.length === 0) return accessTo(GIVEN, noServer);
  const directory = await mkdtemp(join(tmpdir(), 'pulseward-test-influxdb-'));
  const port = await choosePort();
  const url = `http://127.0.0.1:${port}`;
  const fixed = [
    '--reporting-disabled',
    `--http-bind-address=127.0.0.1:${port}`,
    `--bolt-path=${directory}/influxd.bolt`,
    `--sqlite-path=${directory}/influxd.sqlite`,
    `--engine-path=${directory}/engine`,
    '--log-level=error',
  ];
  const env = { ...process.env, HOME: directory };
  let server: ChildProcess;
  let releaseGuard = () => {};

  async function start(...more: readonly string[]): Promise<void> {
    server = spawn('influxd', [...fixed, ...settings, ...more], { stdio: 'ignore', detached: true, env });
    releaseGuard();
    releaseGuard = guardAgainstOrphan(server.pid!, directory, `${directory}-copy`);
    await until('InfluxDB answers', 30_000, () => {
      if (server.exitCode !== null) throw new Error(`influxd ended with ${server.exitCode}`);
      return fetch(`${url}/health`).then(
        ({ ok }) => ok,
        () => false,
      );
    });
  }
  async function kill(): Promise<void> {
    const exited = once(server, 'exit');
    server.kill('SIGKILL');
    await exited;
  }

  await start();
  const token = randomBytes(24).toString('hex');
  const org = 'district';
  const set = { username: 'admin', password: randomBytes(12).toString('hex'), org, bucket: 'first', token };
  await askAt(url, token)('POST', '/api/v2/setup', { ...set, retentionPeriodSeconds: 0 });
  return accessTo(
    { url, token, org },
    {
      pid: () => server.pid,
      kill,
      start,
      async backUp() {
        const copy = `${directory}-copy`;
        await cp(directory, copy, { recursive: true });
        return {
          async restore() {
            await rm(directory, { recursive: true });
            await cp(copy, directory, { recursive: true });
          },
        };
      },
      async destroy() {
        if (server.exitCode === null && server.signalCode === null) await kill();
        releaseGuard();
        for (const each of [directory, `${directory}-copy`]) await rm(each, { recursive: true, force: true });
      },
    },
  );
}

type Server = Pick<TestInflux, 'pid' | 'kill' | 'start' | 'backUp' | 'destroy'>;

const notOurs = () => Promise.reject(new Error("the InfluxDB of INFLUX_URL is not the test's to stop or start"));
const noServer: Server = {
  pid: () => undefined,
  kill: notOurs,
  start: notOurs,
  backUp: notOurs,
  destroy: async () => undefined,
};

function accessTo(place: Omit<InfluxSettings, 'bucket'>, server: Server): TestInflux {
  const another = () => ({ ...place, bucket: `readings-${randomUUID()}` });
  return { settings: another(), another, ask: askAt(place.url, place.token), ...server };
}

function askAt(url: string, token: string): TestInflux['ask'] {
  return async (method, path, body, headers) => {
    const response = await fetch(url + path, {
      method,
      headers: { authorization: `Token ${token}`, ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text;
  };
}
