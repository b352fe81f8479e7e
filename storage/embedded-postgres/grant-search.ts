// Lets the account pass through the directories above its own, and no more: search right, neither listing nor reading.
import { chmod, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { PostgresAccount } from './postgres-account.ts';

/**
 * From `directory` up to the root; only those that lack the right are changed, e.g. 700 becomes 711.
 * Returns what was changed, for the log. `directory` must be free of symbolic links.
 */
export async function grantSearch(directory: string, account: PostgresAccount): Promise<string[]> {
  const changed: string[] = [];
  for (let path = directory; ; path = dirname(path)) {
    const { uid, gid, mode } = await stat(path);
    const searchBit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & searchBit) === 0) {
      await chmod(path, (mode & 0o7777) | 0o011 | searchBit);
      changed.push(path);
    }
    if (path === dirname(path)) return changed;
  }
}
