// A real redis-server in a temporary directory on a free port, set up as it ships, which a test may stop, kill and start again.
// Promise: it ends with the test run, also with one that is killed.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { choosePort } from '../storage/embedded-postgres/choose-port.ts';
import { guardAgainstOrphan } from './guard-against-orphan.ts';
import { until } from './system/until.ts';

const PROGRAM = process.env.REDIS_SERVER ?? 'redis-server';
/** As in the compose file and the README. */
const SHIPPED = ['--appendonly', 'yes', '--appendfsync', 'always', '--maxmemory-policy', 'noeviction'];

export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** A connection of the test's own. */
  readonly client: Redis;
  /** Everything it keeps, on disk. */
  readonly directory: string;
  /** kill -9 */
  kill(): Promise<void>;
  /** After a kill, on the same directory and port; resolves when it answers. */
  start(...more: readonly string[]): Promise<void>;
  /** SIGSTOP, and SIGCONT. */
  freeze(): void;
  thaw(): void;
  /** A copy of its files as they are; `restore` puts them back while it is down. */
  backUp(): Promise<{ restore(): Promise<void> }>;
  destroy(): Promise<void>;
}

/** Undefined where there is no redis-server. */
export const redisVersion: readonly [major: number, minor: number] | undefined = findVersion();
/** One that was built with TLS: without a certificate it asks for one. What REDIS_SERVER names may not be. */
const tlsProgram = [PROGRAM, 'redis-server'].find((program) =>
  /tls-cert-file/.test(
    spawnSync(program, ['--port', '0', '--tls-port', '1'], { encoding: 'utf8', timeout: 5_000 }).stdout,
  ),
);
export const redisSpeaksTls = tlsProgram !== undefined;

/** With `--tls-port` among its settings, one that was built with TLS. */
export async function startTestRedis(...settings: readonly string[]): Promise<TestRedis> {
  const directory = await mkdtemp(join(tmpdir(), 'pulseward-test-redis-'));
  const port = await choosePort();
  const fixed = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, '--save', '', '--daemonize', 'no'];
  const program = (settings.includes('--tls-port') && tlsProgram) || PROGRAM;
  let server: ChildProcess;
  let releaseGuard = () => {};
  let client: Redis | undefined;

  async function start(...more: readonly string[]): Promise<void> {
    server = spawn(program, [...fixed, ...SHIPPED, ...settings, ...more], { stdio: 'ignore', detached: true });
    releaseGuard();
    releaseGuard = guardAgainstOrphan(server.pid!, directory, `${directory}-copy`);
    await until('Redis answers', 20_000, async () => {
      if (server.exitCode !== null) throw new Error(`redis-server ended with ${server.exitCode}`);
      return isUp();
    });
  }

  async function isUp(): Promise<boolean> {
    client ??= new Redis(port, '127.0.0.1', { retryStrategy: () => 50, maxRetriesPerRequest: null }).on(
      'error',
      () => {},
    );
    // Refused for want of a password is an answer, too.
    const info = client.info('persistence').catch((error: Error) => (/NOAUTH/.test(error.message) ? 'loading:0' : ''));
    const late = new Promise<string>((resolve) => setTimeout(resolve, 500, ''));
    return (await Promise.race([info, late])).includes('loading:0');
  }

  async function kill(): Promise<void> {
    const exited = once(server, 'exit');
    server.kill('SIGKILL');
    await exited;
  }

  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    client: client!,
    directory,
    kill,
    start,
    freeze: () => void server.kill('SIGSTOP'),
    thaw: () => void server.kill('SIGCONT'),
    async backUp() {
      const copy = `${directory}-copy`;
      await cp(directory, copy, { recursive: true });
      return {
        async restore() {
          await rm(directory, { recursive: true });
          await cp(copy, directory, { recursive: true });
          await rm(copy, { recursive: true });
        },
      };
    },
    async destroy() {
      client?.disconnect();
      if (server.exitCode === null && server.signalCode === null) await kill();
      releaseGuard();
      await rm(directory, { recursive: true, force: true });
      await rm(`${directory}-copy`, { recursive: true, force: true });
    },
  };
}

function findVersion(): readonly [number, number] | undefined {
  const { stdout } = spawnSync(PROGRAM, ['--version'], { encoding: 'utf8' });
  const [, major, minor] = /v=(\d+)\.(\d+)/.exec(stdout ?? '') ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor)];
}
