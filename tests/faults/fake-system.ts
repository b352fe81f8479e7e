// A system with fake roles (start-with-fake-roles.ts) in a temporary directory: started, watched, killed, and cleaned up for good.
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { RoleStatus } from '../../runtime/peers.ts';
import { type ClusterLayout, layOutCluster } from '../../storage/embedded-postgres/cluster-layout.ts';
import { listClusterPids } from '../../storage/embedded-postgres/cluster-processes.ts';
import { readPostmasterFile } from '../../storage/embedded-postgres/postmaster-file.ts';
import { until } from '../system/until.ts';

export const ROOT = join(import.meta.dirname, '..', '..');

export interface FakeSystem {
  readonly pid: number;
  /** stdout and stderr so far. */
  output(): string;
  /** Resolves when all roles are ready; throws with the output when it exits before. */
  ready(): Promise<void>;
  /** Exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals | null>;
  statuses(): Promise<RoleStatus[]>;
}

export interface FakeSite {
  /** A temporary directory that exists, mode 700. */
  readonly home: string;
  readonly dataDir: string;
  readonly layout: ClusterLayout;
  readonly ports: { readonly http: number; readonly mqtt: number };
  /** Starts the system there; more than one may be started. */
  start(options?: {
    env?: Readonly<Record<string, string>>;
    argv?: readonly string[];
    root?: string;
    script?: string;
    /** A command that runs the one that follows it, e.g. `['setpriv', …]`. */
    under?: readonly string[];
  }): FakeSystem;
  postmasterPid(): Promise<number>;
  /** Rows that the fake ingest has written. */
  workDone(): Promise<number>;
  /** As superuser. */
  query(sql: string): Promise<pg.QueryResult>;
  /** SIGKILL to whatever still runs, then removes everything. */
  destroy(): Promise<void>;
}

/** `below`: where the data directory lies in the temporary one. */
export async function createFakeSite(below = 'data'): Promise<FakeSite> {
  const home = await mkdtemp(join(tmpdir(), 'pulseward-fault-'));
  const dataDir = join(home, below);
  const layout = layOutCluster(dataDir);
  const [http, mqtt] = [await freePort(), await freePort()];
  const systems: FakeSystem[] = [];

  async function query(sql: string, database = 'postgres'): Promise<pg.QueryResult> {
    const port = (await readPostmasterFile(layout.postmasterFile))?.port;
    const password = readFileSync(layout.passwordFile, 'utf8').trim();
    const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', password, database });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await client.query(sql);
    } finally {
      await client.end();
    }
  }

  return {
    home,
    dataDir,
    layout,
    ports: { http, mqtt },
    query,
    start({ env = {}, argv = [], root = ROOT, script = 'tests/faults/start-with-fake-roles.ts', under = [] } = {}) {
      const [program = process.execPath, ...args] = [...under, process.execPath, script, ...argv];
      const child = spawn(program, args, {
        cwd: root,
        // A group of its own, as under a terminal, so that a test can signal all of it.
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          PATH: process.env.PATH,
          PULSEWARD_DATA_DIR: dataDir,
          PULSEWARD_HTTP_PORT: String(http),
          PULSEWARD_MQTT_PORT: String(mqtt),
          ...env,
        },
      });
      const system = watch(child, http);
      systems.push(system);
      return system;
    },
    async postmasterPid() {
      const file = await readPostmasterFile(layout.postmasterFile);
      if (!file) throw new Error('there is no postmaster.pid');
      return file.pid;
    },
    async workDone() {
      const { rows } = await query('select count(*)::int as done from fake_work', 'pulseward');
      return rows[0].done;
    },
    async destroy() {
      for (const { pid } of systems) kill(-pid, 'SIGKILL');
      for (const pid of (await listClusterPids(layout)) ?? []) kill(pid, 'SIGKILL');
      await until('Postgres is gone', 10_000, async () => (await listClusterPids(layout))?.length === 0);
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function watch(child: ChildProcess, httpPort: number): FakeSystem {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const exited = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
  const statuses = async (): Promise<RoleStatus[]> => {
    const response = await fetch(`http://127.0.0.1:${httpPort}/readyz`, { signal: AbortSignal.timeout(3_000) });
    return (await response.json()) as RoleStatus[];
  };
  return {
    pid: child.pid ?? 0,
    output: () => output,
    exited,
    statuses,
    async ready() {
      await until('the system is ready', 60_000, () => {
        if (child.exitCode !== null || child.signalCode !== null) throw new Error(`it exited:\n${output}`);
        return output.includes('Pulseward is ready');
      });
    },
  };
}

/** From the process table, by what follows `--role`. */
export function rolePids(supervisor: number): Record<string, number> {
  const children = readFileSync(`/proc/${supervisor}/task/${supervisor}/children`, 'utf8').trim().split(/\s+/);
  const found: Record<string, number> = {};
  for (const pid of children) {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    const role = words[words.indexOf('--role') + 1];
    if (words.includes('--role') && role) found[role] = Number(pid);
  }
  return found;
}

/** To a process or, where negative, a group; nothing where it is gone already. */
export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Kills Postgres while one of its backends computes and so does not notice; waits until it is back. */
export async function killPostgresWhileItComputes(site: FakeSite, system: FakeSystem): Promise<void> {
  const computing = site
    .query('select count(*) from generate_series(1, 100000000000) as n where n % 7 = 3')
    .catch(() => undefined);
  await until('it computes', 5_000, async () => {
    const { rows } = await site.query(
      "select 1 from pg_stat_activity where state = 'active' and query like '%generate_series%' and pid <> pg_backend_pid()",
    );
    return rows.length === 1;
  });
  kill(await site.postmasterPid(), 'SIGKILL');
  await until('Postgres is back', 20_000, () => system.output().includes('the embedded PostgreSQL is back'));
  await computing;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
