// Postgres's own log: kept small, and quoted where Postgres doesn't start, because its line says more than ours could.
import { open, rename, stat } from 'node:fs/promises';

const ROTATE_BYTES = 10_000_000;
const QUOTED_BYTES = 20_000;
const QUOTED_LINES = 12;

/** Size in bytes, 0 where there is none. Above 10 MB the file is moved to `.1`: only here, while nobody has it open. */
export async function rotateLog(path: string): Promise<number> {
  const size = (await stat(path).catch(() => undefined))?.size ?? 0;
  if (size <= ROTATE_BYTES) return size;
  await rename(path, `${path}.1`);
  return 0;
}

/** What Postgres wrote since `offset`. */
export async function readLogSince(path: string, offset: number): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(QUOTED_BYTES), position: offset });
    return buffer.subarray(0, bytesRead).toString();
  } finally {
    await file.close();
  }
}

/** The end of it. Not only its FATAL line: what is wrong in a configuration file, for one, is said by a LOG line above. */
export const quoteReason = (log: string): string =>
  log
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-QUOTED_LINES)
    .join('\n');
