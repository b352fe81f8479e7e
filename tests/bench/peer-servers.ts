// The peer's three programs on this machine: Mosquitto takes readings, Telegraf carries them on, InfluxDB keeps them. Promise: they end with
// the bench, also with one that is killed.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { choosePort } from '../../storage/embedded-postgres/choose-port.ts';
import { guardAgainstOrphan } from '../guard-against-orphan.ts';
import { influxdVersion, missingInfluxd, startTestInflux, type TestInflux } from '../start-test-influxdb.ts';
import { until } from '../system/until.ts';
import { mosquittoConf, telegrafConf } from './peer-settings.ts';

const mosquittoVersion = versionOf('mosquitto', ['-h']);
const telegrafVersion = versionOf('telegraf', ['version']);

/** What this machine lacks for it. */
export const missingPeer: string | undefined = [
  mosquittoVersion ? undefined : 'no mosquitto on the PATH',
  telegrafVersion ? undefined : 'no telegraf on the PATH',
  missingInfluxd,
].find((missing) => missing !== undefined);

export const PEER_VERSIONS = `Mosquitto ${mosquittoVersion}, Telegraf ${telegrafVersion}, InfluxDB ${influxdVersion}`;
/** The one that InfluxDB is set up with; InfluxQL knows it by the same name. */
export const PEER_BUCKET = 'first';

export interface PeerServers {
  readonly mqttPort: number;
  readonly influx: TestInflux;
  readonly pids: { readonly mosquitto: number; readonly telegraf: number; readonly influxd: number };
  destroy(): Promise<void>;
}

export async function startPeerServers(): Promise<PeerServers> {
  const stack = new AsyncDisposableStack();
  try {
    const influx = await startTestInflux();
    stack.defer(influx.destroy);
    const { url, token, org } = influx.settings;
    const directory = await mkdtemp(join(tmpdir(), 'pulseward-bench-peer-'));
    stack.defer(() => rm(directory, { recursive: true, force: true }));

    const mqttPort = await choosePort();
    const mosquittoFile = join(directory, 'mosquitto.conf');
    await writeFile(mosquittoFile, mosquittoConf(mqttPort, directory, userInfo().username));
    const mosquitto = startProgram('mosquitto', ['-c', mosquittoFile], directory, stack);
    await until('Mosquitto answers', 10_000, () => accepts(mqttPort));

    const telegrafFile = join(directory, 'telegraf.conf');
    await writeFile(telegrafFile, telegrafConf({ mqttPort, influx: { url, token, org, bucket: PEER_BUCKET } }), {
      mode: 0o600,
    });
    const telegraf = startProgram('telegraf', ['--config', telegrafFile], directory, stack);
    return {
      mqttPort,
      influx,
      pids: { mosquitto: mosquitto.pid!, telegraf: telegraf.pid!, influxd: influx.pid()! },
      destroy: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

function startProgram(
  program: string,
  programArguments: readonly string[],
  directory: string,
  stack: AsyncDisposableStack,
): ChildProcess {
  const child = spawn(program, programArguments, { stdio: 'ignore', detached: true });
  const releaseGuard = guardAgainstOrphan(child.pid!, directory);
  stack.defer(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }
    releaseGuard();
  });
  return child;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

function versionOf(program: string, programArguments: readonly string[]): string | undefined {
  const { stdout } = spawnSync(program, programArguments, { encoding: 'utf8' });
  return /(\d+\.\d+\.\d+)/.exec(stdout ?? '')?.[1];
}
