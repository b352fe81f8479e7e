// The real system in a temporary directory, started as its users start it: `node start.ts` with an environment, nothing stubbed.
// Its processes are a group of their own, so that a test can kill them all at once; `destroy` leaves nothing behind.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { APPLICATION_DATABASE, APPLICATION_ROLE } from '../../storage/embedded-postgres/application-database.ts';
import { layOutCluster } from '../../storage/embedded-postgres/cluster-layout.ts';
import { readPostmasterFile } from '../../storage/embedded-postgres/postmaster-file.ts';
import { type ApiClient, signIn } from './api-client.ts';
import { until } from './until.ts';

const ROOT = join(import.meta.dirname, '..', '..');
export const ADMIN_PASSWORD = 'correct horse battery staple';

export interface RunningSystem {
  readonly dataDir: string;
  readonly httpUrl: string;
  readonly mqttPort: number;
  /** Signed in as admin. Made at the first start; survives restarts. */
  readonly api: ApiClient;
  /** What it has written to its log and its terminal so far. */
  output(): string;
  supervisorPid(): number;
  /** Pids of the role processes by name, from the process table. */
  rolePid(role: string): Promise<number>;
  /** Of its database's server, be it the embedded one or that of DATABASE_URL on this machine. */
  postmasterPid(): Promise<number>;
  databaseUrl(): Promise<string>;
  /** Starts it again on the same directory and ports, after a stop or a kill; resolves when ready. */
  start(): Promise<void>;
  /** SIGTERM to the supervisor; resolves with the exit code. */
  stop(): Promise<number | null>;
  /** To every process it started at once, the embedded Postgres and its children included; resolves with the supervisor's exit code. */
  signalAll(signal: NodeJS.Signals): Promise<number | null>;
  /** SIGKILL to all of them. */
  killAll(): Promise<void>;
  ready(): Promise<boolean>;
  /** Kills what is left and removes the directory. */
  destroy(): Promise<void>;
}

export interface SystemOptions {
  /** With DATABASE_URL there is no embedded Postgres, and its server is not the system's to kill. */
  readonly env?: Readonly<Record<string, string>>;
  readonly readyWithinMs?: number;
}

export async function startSystem({ env = {}, readyWithinMs = 60_000 }: SystemOptions = {}): Promise<RunningSystem> {
  const dataDir = mkdtempSync(join(tmpdir(), 'pulseward-system-'));
  const [httpPort, mqttPort] = await freePorts(2);
  const httpUrl = `http://127.0.0.1:${httpPort}`;
  let output = '';
  let supervisor: ChildProcess | undefined;
  let exited: Promise<number | null> = Promise.resolve(null);

  async function start(): Promise<void> {
    const child = spawn(process.execPath, ['start.ts'], {
      cwd: ROOT,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        PULSEWARD_DATA_DIR: dataDir,
        PULSEWARD_HTTP_PORT: String(httpPort),
        PULSEWARD_MQTT_PORT: String(mqttPort),
        PULSEWARD_ADMIN_PASSWORD: ADMIN_PASSWORD,
        ...env,
      },
    });
    supervisor = child;
    exited = new Promise((resolve) => child.once('exit', resolve));
    child.stdout?.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr?.on('data', (chunk) => {
      output += chunk;
    });
    await until('the system is ready', readyWithinMs, async () => {
      if (child.exitCode !== null) throw new Error(`it exited with ${child.exitCode}:\n${output.slice(-4000)}`);
      return ready();
    }).catch((cause: unknown) => {
      throw new Error(`not ready within ${readyWithinMs} ms:\n${output.slice(-4000)}`, { cause });
    });
  }

  async function ready(): Promise<boolean> {
    try {
      return (await fetch(`${httpUrl}/readyz`, { signal: AbortSignal.timeout(2000) })).ok;
    } catch {
      return false;
    }
  }

  const layout = layOutCluster(dataDir);
  const postmaster = async () => {
    const file = await readPostmasterFile(layout.postmasterFile);
    if (!file?.port) throw new Error('no postmaster.pid with a port');
    return { pid: file.pid, port: file.port };
  };

  const system: Omit<RunningSystem, 'api'> = {
    dataDir,
    httpUrl,
    mqttPort: mqttPort as number,
    output: () => output,
    supervisorPid: () => supervisor?.pid as number,
    rolePid: (role) => rolePidUnder(supervisor?.pid as number, role),
    postmasterPid: async () =>
      env.DATABASE_URL === undefined ? (await postmaster()).pid : postmasterPidBehind(env.DATABASE_URL),
    databaseUrl: async () => {
      if (env.DATABASE_URL !== undefined) return env.DATABASE_URL;
      const password = encodeURIComponent(readFileSync(layout.passwordFile, 'utf8').trim());
      return `postgres://${APPLICATION_ROLE}:${password}@127.0.0.1:${(await postmaster()).port}/${APPLICATION_DATABASE}`;
    },
    start,
    ready,
    stop: async () => {
      if (supervisor?.exitCode === null) supervisor.kill('SIGTERM');
      return exited;
    },
    signalAll: async (signal) => {
      const postgres = await postmaster().catch(() => undefined);
      const pids = postgres ? [postgres.pid, ...childrenOf(postgres.pid)] : [];
      for (const pid of [-(supervisor?.pid as number), ...pids]) signalQuietly(pid, signal);
      return exited;
    },
    killAll: async () => {
      await system.signalAll('SIGKILL');
    },
    destroy: async () => {
      await system.killAll();
      rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  try {
    await start();
    return { ...system, api: await signIn(httpUrl, 'admin', ADMIN_PASSWORD) };
  } catch (error) {
    await system.destroy();
    throw error;
  }
}

export async function openDatabase(system: Pick<RunningSystem, 'databaseUrl'>): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: await system.databaseUrl() });
  client.on('error', () => client.removeAllListeners());
  await client.connect();
  return client;
}

/** The parent of whoever answers; a role that is no superuser can't ask for it. */
async function postmasterPidBehind(databaseUrl: string): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${rows[0]?.pid}/status`, 'utf8'))?.[1]);
  } finally {
    await client.end();
  }
}

function signalQuietly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(/\s+/).filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

async function rolePidUnder(supervisorPid: number, role: string): Promise<number> {
  return until(`role ${role} has a process`, 15_000, () => {
    for (const pid of childrenOf(supervisorPid)) {
      const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ');
      if (commandLine.includes('start.ts') && commandLine.includes(role)) return pid;
    }
    return undefined;
  });
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, () => {
      const server = createServer();
      return new Promise<typeof server>((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
