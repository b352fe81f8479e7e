// Which Postgres processes live on a cluster. A pid alone says nothing: after a crash another process may have it.
// Promise: where /proc may not be looked into (root without CAP_SYS_PTRACE, as in a container) nothing counts as gone for that.
import { readFileSync } from 'node:fs';
import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import type { ClusterLayout } from './cluster-layout.ts';
import type { PostgresAccount } from './postgres-account.ts';
import { runAsAccount } from './run-as-account.ts';

/** `unknown`: a Postgres of the cluster's owner, and whose can't be told. */
type Belonging = 'ours' | 'foreign' | 'unknown';

export interface ClusterProcesses {
  readonly ours: readonly number[];
  /** Never to be killed, and a reason to leave everything as it is. */
  readonly unknown: readonly number[];
}

/** All that run `postgres` on the cluster; undefined where there is no /proc to ask. */
export async function findClusterProcesses({ cluster }: ClusterLayout): Promise<ClusterProcesses | undefined> {
  const entries = await readdir('/proc').catch(() => undefined);
  if (!entries?.includes('self')) return undefined;
  const pids = entries.filter((entry) => /^\d+$/.test(entry)).map(Number);
  const judged = await Promise.all(pids.map(async (pid) => ({ pid, belonging: await judge(pid, cluster) })));
  const pick = (wanted: Belonging) => judged.filter(({ belonging }) => belonging === wanted).map(({ pid }) => pid);
  return { ours: pick('ours'), unknown: pick('unknown') };
}

/** Those that certainly do; undefined where there is no /proc to ask. */
export async function listClusterPids(layout: ClusterLayout): Promise<readonly number[] | undefined> {
  return (await findClusterProcesses(layout))?.ours;
}

/** Whether `pid` is a postmaster (or a backend) of this cluster, not another process that was given its pid. In doubt it is. */
export async function isPostmaster({ cluster }: ClusterLayout, pid: number): Promise<boolean> {
  const hasProc = await stat('/proc/self').catch(() => undefined);
  return hasProc ? (await judge(pid, cluster)) !== 'foreign' : isAlive(pid);
}

async function judge(pid: number, cluster: string): Promise<Belonging> {
  try {
    const { name, state, parentPid } = await readStat(pid);
    if (!name.startsWith('postgres') || state === 'Z') return 'foreign';
    const named = namedDirectory(await readFile(`/proc/${pid}/cmdline`, 'utf8'));
    if (named === cluster) return 'ours';
    const owner = await stat(cluster).catch(() => undefined);
    if (!owner) return 'foreign';
    const directory = await readWorkingDirectory(pid);
    if (directory !== undefined) return directory === cluster ? 'ours' : 'foreign';
    // What anybody may read says it, too: whom it runs as, and for a backend its postmaster's command line.
    if ((await readOwner(pid)) !== owner.uid || named?.startsWith('/')) return 'foreign';
    const parent = await judgeParent(parentPid, cluster);
    if (parent !== 'unknown') return parent;
    const seen = await readWorkingDirectoryAs(owner, pid);
    return seen === undefined ? 'unknown' : seen === cluster ? 'ours' : 'foreign';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A /proc that hides others' processes says "none" of one that is there.
    return (code === 'ENOENT' || code === 'ESRCH') && !hasPid(pid) ? 'foreign' : 'unknown';
  }
}

/** `unknown` where the parent is no postmaster: an orphan's is whoever collects orphans. */
async function judgeParent(pid: number, cluster: string): Promise<Belonging> {
  const named = namedDirectory(await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''));
  if (named === undefined || !named.startsWith('/')) return 'unknown';
  const { name } = await readStat(pid);
  if (!name.startsWith('postgres')) return 'unknown';
  return named === cluster ? 'ours' : 'foreign';
}

/** What follows `-D`; of a backend undefined, because its command line is a title. */
function namedDirectory(commandLine: string): string | undefined {
  const words = commandLine.split('\0');
  const option = words.indexOf('-D');
  return option === -1 ? undefined : words[option + 1];
}

/** Undefined where we may not look. */
async function readWorkingDirectory(pid: number): Promise<string | undefined> {
  try {
    return await readlink(`/proc/${pid}/cwd`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM') return undefined;
    throw error;
  }
}

/** The kernel lets the same user look. Undefined where that fails as well, or it is gone meanwhile. */
async function readWorkingDirectoryAs(account: PostgresAccount, pid: number): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const { exitCode, output } = await runAsAccount('readlink', [`/proc/${pid}/cwd`], account);
  return exitCode === 0 ? output : undefined;
}

async function readOwner(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^Uid:\s+\d+\s+(\d+)/m.exec(status)?.[1]);
}

interface ProcessStat {
  /** Of the program, at most 15 characters. */
  readonly name: string;
  /** `Z` is dead and not yet reaped by its parent. */
  readonly state: string;
  readonly parentPid: number;
}

const readStat = async (pid: number): Promise<ProcessStat> => parseStat(await readFile(`/proc/${pid}/stat`, 'utf8'));

/** The name stands in parentheses and may hold anything; what follows the last one is separated by blanks. */
function parseStat(line: string): ProcessStat {
  const end = line.lastIndexOf(')');
  const [state = '', parentPid] = line.slice(end + 2).split(' ');
  return { name: line.slice(line.indexOf('(') + 1, end), state, parentPid: Number(parentPid) };
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
    return hasPid(pid) && parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8')).state !== 'Z';
  } catch {
    return hasPid(pid); // no /proc to ask, or gone just now
  }
}
