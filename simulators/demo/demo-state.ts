// `demo.json` in the demo's data directory: marks the directory (`npm start` refuses it) and keeps what the next `npm run demo` needs to go on
// where this one ended.
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DEMO_MARKER } from '../../runtime/demo-marker.ts';
import { ConfigurationError } from '../../runtime/errors.ts';
import type { DeviceCredentials } from '../fleet/device-credentials.ts';

export interface DemoState {
  readonly adminPassword: string;
  /** One per team. */
  readonly doctors: readonly { readonly username: string; readonly password: string }[];
  readonly seed: number;
  /** Absent until everybody is registered. */
  readonly devices?: readonly DemoDevice[];
}

export interface DemoDevice extends DeviceCredentials {
  /** Epoch ms: everything it measured before was acknowledged. */
  readonly deliveredUntil?: number | undefined;
}

export const newPassword = (): string => randomBytes(9).toString('base64url');

/** Undefined: there is no demo in this directory. Throws ConfigurationError where one was left half seeded, or none can be kept. */
export async function readDemoState(dataDir: string): Promise<DemoState | undefined> {
  const path = join(dataDir, DEMO_MARKER);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unusable(dataDir, failure);
  }
  const state = parseState(text);
  if (state?.devices) return state;
  const given = `${path}, of a demo whose first start is under way or was interrupted`;
  const allowed = `a whole demo or none: where none is being started, remove ${dataDir} and start again`;
  throw new ConfigurationError([{ name: '--data-dir', given, allowed }]);
}

function unusable(dataDir: string, cause: unknown): ConfigurationError {
  const given = `${JSON.stringify(dataDir)} (${cause instanceof Error ? cause.message : cause})`;
  const problem = {
    name: '--data-dir',
    given,
    allowed: 'a directory that this user may read and write, made if missing',
  };
  return Object.assign(new ConfigurationError([problem]), { cause });
}

function parseState(text: string): DemoState | undefined {
  try {
    return JSON.parse(text) as DemoState;
  } catch {
    return undefined;
  }
}

/** Mode 600: it holds passwords. Written aside and renamed, so that a crash leaves the old or the new one. Throws ConfigurationError. */
export async function writeDemoState(dataDir: string, state: DemoState): Promise<void> {
  try {
    await write(dataDir, state);
  } catch (failure) {
    throw unusable(dataDir, failure);
  }
}

async function write(dataDir: string, state: DemoState): Promise<void> {
  await mkdir(dataDir, { recursive: true });
  const path = join(dataDir, DEMO_MARKER);
  const what = 'The data directory of a Pulseward demo with invented patients. "npm start" refuses it.';
  await writeFile(`${path}.new`, `${JSON.stringify({ what, ...state }, undefined, 2)}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
}
