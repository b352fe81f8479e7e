// The real system as the demo's child process: started like `npm start`, on loopback and in the demo's own directory.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { environmentWith } from '../../runtime/config.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const HOST = '127.0.0.1';
const READY_POLL_MS = 250;
const STOP_WITHIN_MS = 20_000;
const LOG_LINES_SHOWN = 20;

export interface DemoSystem {
  readonly httpUrl: string;
  readonly mqttUrl: string;
  readonly logFile: string;
  /** Resolves when every part is ready; throws with the end of its log when it ends before. */
  ready(): Promise<void>;
  /** Throws with the end of its log when it ends, asked to or not. */
  ended(): Promise<never>;
  /** Asks it to stop and waits; kills it after 20 s. Idempotent. */
  stop(): Promise<void>;
}

export interface DemoSystemSettings {
  /** Absolute; exists and carries the marker. */
  readonly dataDir: string;
  readonly httpPort: number;
  readonly mqttPort: number;
  readonly adminPassword: string;
}

export function startDemoSystem(settings: DemoSystemSettings): DemoSystem {
  const { dataDir, httpPort, mqttPort, adminPassword } = settings;
  const logFile = join(dataDir, 'demo.log');
  const httpUrl = `http://${HOST}:${httpPort}`;
  // Appended to: another demo may be running on this directory, which this one will learn in a moment.
  const log = openSync(logFile, 'a', 0o600);
  const { size: logFrom } = fstatSync(log);
  const child = spawn(process.execPath, [join(ROOT, 'start.ts'), '--demo'], {
    stdio: ['ignore', log, log],
    env: environmentWith({
      PULSEWARD_DATA_DIR: dataDir,
      PULSEWARD_HOST: HOST,
      PULSEWARD_HTTP_PORT: String(httpPort),
      PULSEWARD_MQTT_PORT: String(mqttPort),
      PULSEWARD_ADMIN_PASSWORD: adminPassword,
      PULSEWARD_PUBLIC_URL: undefined,
      PULSEWARD_TLS_CERT: undefined,
      PULSEWARD_TLS_KEY: undefined,
      PULSEWARD_ENCRYPTION_KEY_FILE: undefined,
    }),
  });
  closeSync(log);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));

  const failure = async () => new Error(await lastWords(logFile, logFrom));

  return {
    httpUrl,
    mqttUrl: `mqtt://${HOST}:${mqttPort}`,
    logFile,
    async ready() {
      while (!(await isReady(httpUrl))) {
        if (hasExited(child)) throw await failure();
        await new Promise((resolve) => setTimeout(resolve, READY_POLL_MS));
      }
    },
    async ended() {
      await exited;
      throw await failure();
    },
    async stop() {
      if (hasExited(child)) return;
      child.kill('SIGTERM');
      const overdue = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
      await exited;
      clearTimeout(overdue);
    },
  };
}

/** `preferred`, or the next port above it that nobody listens on. Throws when a hundred in a row are taken. */
export async function nextFreePort(preferred: number, except?: number): Promise<number> {
  for (let port = preferred; port < preferred + 100; port++) {
    if (port !== except && (await isFree(port))) return port;
  }
  throw new Error(`no free port from ${preferred} to ${preferred + 99}`);
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, HOST, () => probe.close(() => resolve(true)));
  });

const hasExited = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;

async function isReady(httpUrl: string): Promise<boolean> {
  try {
    return (await fetch(`${httpUrl}/readyz`, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    // Nobody listens yet.
    return false;
  }
}

/** What it said to whoever started it; where it said nothing, the end of its log. */
async function lastWords(logFile: string, from: number): Promise<string> {
  const lines = (await readFile(logFile)).subarray(from).toString().trimEnd().split('\n');
  const said = lines.filter((line) => line !== '' && !line.startsWith('{'));
  // Here the directory is an option.
  if (said.length > 0) return said.join('\n').replaceAll('PULSEWARD_DATA_DIR', '--data-dir');
  return `Pulseward has ended; the end of its log:\n${lines.slice(-LOG_LINES_SHOWN).join('\n')}`;
}
