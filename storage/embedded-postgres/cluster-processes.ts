// Which Postgres processes live on a cluster. A pid alone says nothing: after a crash another process may have it.
import { readFileSync } from 'node:fs';
import { readdir, readlink } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ClusterLayout } from './cluster-layout.ts';

/** Pids of all that run `postgres` with the cluster as their working directory; undefined where there is no /proc to ask. */
export async function listClusterPids({ cluster }: ClusterLayout): Promise<number[] | undefined> {
  const entries = await readdir('/proc').catch(() => undefined);
  if (!entries?.includes('self')) return undefined;
  const pids = entries.filter((entry) => /^\d+$/.test(entry)).map(Number);
  const found = await Promise.all(pids.map(async (pid) => ((await worksOn(pid, cluster)) ? [pid] : [])));
  return found.flat();
}

async function worksOn(pid: number, cluster: string): Promise<boolean> {
  try {
    if ((await readlink(`/proc/${pid}/cwd`)) !== cluster) return false;
    // After an update the kernel shows "…/postgres (deleted)".
    return basename(await readlink(`/proc/${pid}/exe`)).startsWith('postgres') && !isZombie(pid);
  } catch {
    return false; // gone meanwhile, or another user's
  }
}

/** Whether `pid` is a postmaster (or a backend) of this cluster, not another process that was given its pid. */
export async function isPostmaster(layout: ClusterLayout, pid: number): Promise<boolean> {
  const pids = await listClusterPids(layout);
  return pids ? pids.includes(pid) : isAlive(pid);
}

export function signalIfThere(pid: number, signal: NodeJS.Signals | 0): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Whether the process table has it, be it another user's, or dead and not yet reaped by its parent. */
export function hasPid(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

export function isAlive(pid: number): boolean {
  try {
    return hasPid(pid) && !isZombie(pid);
  } catch {
    return hasPid(pid); // no /proc to ask, or gone just now
  }
}

function isZombie(pid: number): boolean {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name in parentheses may hold anything; the state follows the last one.
  return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
}
