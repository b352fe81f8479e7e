// docker-compose.yml without Docker: its engines, and each of its roles as a process of its own with the command, the environment, the secrets
// and the health check that the file gives it. Promise: what the file lacks is missing here, too; `destroy` leaves nothing behind.
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { choosePort } from '../../storage/embedded-postgres/choose-port.ts';
import { type ComposeService, ROOT, readComposeFile } from '../contract/district-file.ts';
import { until } from '../system/until.ts';
import { type DistrictEngines, startDistrictEngines } from './district-engines.ts';
import { type Place, roleEnvironment } from './role-environment.ts';

export interface DistrictRole {
  readonly name: string;
  /** After a kill or a stop, as Docker would. */
  start(): void;
  /** Resolves when the service's own health check is content. */
  healthy(): Promise<void>;
  /** SIGKILL to the supervisor and its roles at once. */
  kill(): void;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  /** What it has written so far. */
  output(): string;
}

export interface Topology {
  readonly engines: DistrictEngines;
  /** By the name of the service. */
  readonly roles: ReadonlyMap<string, DistrictRole>;
  readonly mqttPort: number;
  readonly httpUrl: string;
  readonly adminPassword: string;
  destroy(): Promise<void>;
}

/** @param given what `${NAME:-default}` of the file is filled in with; resolves when every role is healthy */
export async function startTopology(given: Readonly<Record<string, string>> = {}): Promise<Topology> {
  const compose = readComposeFile();
  const directory = mkdtempSync(join(tmpdir(), 'pulseward-district-'));
  const secrets = join(directory, 'secrets');
  execFileSync('sh', [join(ROOT, 'tooling/district/make-secrets.sh'), secrets], { stdio: 'ignore' });
  const roles = new Map<string, DistrictRole>();
  let engines: DistrictEngines | undefined;
  const destroy = async () => {
    for (const role of roles.values()) role.kill();
    await engines?.destroy();
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    engines = await startDistrictEngines(compose, secrets);
    const isRole = ([, { image }]: [string, ComposeService]) => image.startsWith('pulseward:');
    const services = Object.entries(compose.services).filter(isRole);
    const ports = new Map<string, Place['ports']>();
    for (const [name] of services)
      ports.set(name, { mqtt: await choosePort(), http: await choosePort(), metrics: await choosePort() });
    const addresses = { ...engines.addresses, 'broker:1883': `127.0.0.1:${ports.get('broker')?.mqtt}` };
    for (const [name, service] of services) {
      const place = { directory: join(directory, name), secrets, addresses, given, ports: ports.get(name)! };
      roles.set(name, createRole(name, service, place));
    }
    for (const role of roles.values()) role.start();
    await Promise.all([...roles.values()].map((role) => role.healthy()));
    return {
      engines,
      roles,
      mqttPort: ports.get('broker')!.mqtt,
      httpUrl: `http://127.0.0.1:${ports.get('dashboards')?.http}`,
      adminPassword: readFileSync(join(secrets, 'admin-password'), 'utf8').trim(),
      destroy,
    };
  } catch (error) {
    await destroy();
    throw error;
  }
}

function createRole(name: string, service: ComposeService, place: Place): DistrictRole {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...roleEnvironment(service, place) };
  let child: ChildProcess | undefined;
  let output = '';
  const isRunning = () => child !== undefined && child.exitCode === null && child.signalCode === null;
  return {
    name,
    output: () => output,
    start() {
      // The image's entry point.
      child = spawn(process.execPath, ['start.ts', ...(service.command ?? [])], {
        cwd: ROOT,
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...env, NODE_ENV: 'production' },
      });
      for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk));
    },
    async healthy() {
      await until(`${name} is healthy`, 60_000, async () => {
        if (!isRunning()) throw new Error(`${name} has ended: ${output.slice(-2_000)}`);
        return isContent(service, place.ports.metrics);
      });
    },
    kill() {
      if (child?.pid !== undefined && isRunning()) process.kill(-child.pid, 'SIGKILL');
    },
    async stop() {
      if (child === undefined || !isRunning()) return child?.exitCode ?? null;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      const [exitCode] = await exited;
      return exitCode as number | null;
    },
  };
}

const run = promisify(execFile);

/** Runs the service's own check, `[CMD, node, …]`. */
async function isContent({ healthcheck }: ComposeService, metricsPort: number): Promise<boolean> {
  const [how, program, ...rest] = healthcheck?.test ?? [];
  if (how !== 'CMD' || program !== 'node')
    throw new Error(`a health check that isn't understood: ${healthcheck?.test}`);
  const check = rest.map((argument) => argument.replace('127.0.0.1:9464', `127.0.0.1:${metricsPort}`));
  return run(process.execPath, check).then(
    () => true,
    () => false,
  );
}
