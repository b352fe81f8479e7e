// A file of keys that this installation makes for itself. Promise: made with mode 600 where it is missing, whole or not at all, and once
// also when several processes start together.
import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** What stands in the file; `make` is asked only where there is none. Throws what the file system throws. */
export async function readOrCreateKeyFile(file: string, make: () => string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  await mkdir(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await writeFile(draft, make(), { mode: 0o600, flag: 'wx' });
  try {
    // A link appears whole or not at all, and fails where another process was faster.
    await link(draft, file);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    await rm(draft);
  }
  return readFile(file, 'utf8');
}

const hasCode = (error: unknown, code: string) => error instanceof Error && 'code' in error && error.code === code;
