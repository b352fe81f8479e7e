// Reads postmaster.pid, Postgres's own account of itself: one fact a line, the status last (src/include/utils/pidfile.h).
import { readFile } from 'node:fs/promises';

export interface PostmasterFile {
  readonly pid: number;
  readonly port: number | undefined;
  readonly status: 'starting' | 'ready' | 'stopping' | 'standby' | undefined;
}

const LINE_PID = 0;
const LINE_PORT = 3;
const LINE_STATUS = 7;
const STATUSES = ['starting', 'ready', 'stopping', 'standby'] as const;

/** Undefined where there is none, or none with a pid yet. */
export async function readPostmasterFile(path: string): Promise<PostmasterFile | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const lines = text.split('\n');
  const pid = Number(lines[LINE_PID]);
  if (!Number.isInteger(pid) || pid === 0) return undefined;
  const port = Number(lines[LINE_PORT]);
  const status = lines[LINE_STATUS]?.trim();
  // A negative pid is a stand-alone backend's (single-user mode).
  return { pid: Math.abs(pid), port: port > 0 ? port : undefined, status: STATUSES.find((known) => known === status) };
}
