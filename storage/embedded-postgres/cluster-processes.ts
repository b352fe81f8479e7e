// Which Postgres processes live on a cluster. A pid alone says nothing: after a crash another process may have it.
import { readFileSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ClusterLayout } from './cluster-layout.ts';

export interface ClusterProcess {
  readonly pid: number;
  readonly parentPid: number;
}

/** Every process that runs `postgres` with the cluster as its working directory; undefined where there is no /proc to ask. */
export async function listClusterProcesses(cluster: string): Promise<ClusterProcess[] | undefined> {
  const entries = await readdir('/proc').catch(() => undefined);
  if (!entries?.includes('self')) return undefined;
  const pids = entries.filter((entry) => /^\d+$/.test(entry));
  const found = await Promise.all(pids.map((pid) => inspect(pid, cluster)));
  return found.filter((process) => process !== undefined);
}

async function inspect(pid: string, cluster: string): Promise<ClusterProcess | undefined> {
  try {
    if ((await readlink(`/proc/${pid}/cwd`)) !== cluster) return undefined;
    // After an update the kernel shows "…/postgres (deleted)".
    if (!basename(await readlink(`/proc/${pid}/exe`)).startsWith('postgres')) return undefined;
    const { state, parentPid } = parseStat(await readFile(`/proc/${pid}/stat`, 'utf8'));
    return state === 'Z' ? undefined : { pid: Number(pid), parentPid };
  } catch {
    return undefined; // gone meanwhile, or another user's
  }
}

/** Whether `pid` is a postmaster (or a backend) of this cluster, not another process that was given its pid. */
export async function isPostmaster(layout: ClusterLayout, pid: number): Promise<boolean> {
  const processes = await listClusterProcesses(layout.cluster);
  return processes ? processes.some((process) => process.pid === pid) : isAlive(pid);
}

export function signalIfThere(pid: number, signal: NodeJS.Signals | 0): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** True also for a process of another user, false for one that is dead and only not yet reaped by its parent. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8')).state !== 'Z';
  } catch {
    return true; // no /proc to ask
  }
}

/** The name in parentheses may hold anything; state and parent follow the last one. */
function parseStat(stat: string): { state: string | undefined; parentPid: number } {
  const [state, parentPid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state, parentPid: Number(parentPid) };
}
