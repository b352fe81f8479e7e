// The data directory: made if missing, with rights for its user alone. Other secrets lie in it too (the key of patients' identities).
import { access, constants, mkdir, realpath, stat } from 'node:fs/promises';
import { ConfigurationError } from '../../runtime/errors.ts';

/** Its path without symbolic links. Throws ConfigurationError where it can't be made or written. */
export async function prepareDataDirectory(dataDir: string): Promise<string> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    const path = await realpath(dataDir);
    if (!(await stat(path)).isDirectory()) throw new Error('it is not a directory');
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return path;
  } catch (cause) {
    const problem = {
      name: 'PULSEWARD_DATA_DIR',
      given: `${JSON.stringify(dataDir)} (${cause instanceof Error ? cause.message : 'unusable'})`,
      allowed: 'a directory that this user may read and write, made if missing',
    };
    throw Object.assign(new ConfigurationError([problem]), { cause });
  }
}
