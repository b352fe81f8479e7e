// `npm run simulate` as its users run it, against a running system.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ADMIN_PASSWORD, type RunningSystem } from '../system/running-system.ts';

const run = promisify(execFile);
const SCRIPT = join(import.meta.dirname, '..', '..', 'simulators', 'simulate.ts');
const PASSWORD_FILE = 'password';

export interface Simulator {
  /** Resolves with what it printed; rejects with `code` and `stdout` where it ends with another code than 0. */
  simulate(...options: string[]): Promise<string>;
}

/** @param directory for relative paths in the options; gets the file that AS_ADMIN names */
export async function openSimulator(system: RunningSystem, directory: string): Promise<Simulator> {
  await writeFile(join(directory, PASSWORD_FILE), `${ADMIN_PASSWORD}\n`);
  const addresses = ['--url', `mqtt://127.0.0.1:${system.mqttPort}`, '--api', system.httpUrl];
  return {
    async simulate(...options) {
      const { stdout } = await run(process.execPath, [SCRIPT, ...addresses, ...options], { cwd: directory });
      return stdout;
    },
  };
}

export const AS_ADMIN = ['--password-file', PASSWORD_FILE] as const;

/** A number of the closing summary, e.g. `acknowledged`. */
export const figure = (output: string, name: string): number =>
  Number(new RegExp(`${name} +([\\d,]+)`).exec(output)?.[1]?.replaceAll(',', ''));
