// Makes way for a new postmaster after a crash: waits for what the old one left behind, and removes a pid file that names somebody else.
import { readFile, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { ClusterLayout } from './cluster-layout.ts';
import { findClusterProcesses, hasPid, isPostmaster, signalIfThere } from './cluster-processes.ts';
import { readPostmasterFile } from './postmaster-file.ts';

const ORPHAN_GRACE_MS = 5_000;
const POLL_MS = 20;

/** Call only when there is no live postmaster. */
export async function clearRemnants(layout: ClusterLayout): Promise<void> {
  await outliveOrphans(layout);
  // Postgres overwrites a stale file by itself unless a process of the same user has that pid now, and then refuses for ever;
  // a dead postmaster that its parent has not reaped counts as one, too.
  const before = await readFile(layout.postmasterFile, 'utf8').catch(() => undefined);
  const file = await readPostmasterFile(layout.postmasterFile);
  if (!file || !hasPid(file.pid)) return;
  const processes = await findClusterProcesses(layout);
  if (processes?.ours.length !== 0 || processes.unknown.length > 0 || (await isPostmaster(layout, file.pid))) return;
  const now = await readFile(layout.postmasterFile, 'utf8').catch(() => undefined);
  if (now === before) await rm(layout.postmasterFile, { force: true });
}

/** Backends notice the death of their postmaster at once when idle and end with their statement when not; Postgres can't start before. */
async function outliveOrphans(layout: ClusterLayout): Promise<void> {
  const deadline = performance.now() + ORPHAN_GRACE_MS;
  for (;;) {
    const { ours: orphans, unknown } = (await findClusterProcesses(layout)) ?? { ours: [], unknown: [] };
    const file = await readPostmasterFile(layout.postmasterFile);
    if (orphans.length + unknown.length === 0 || (file && orphans.includes(file.pid))) return;
    const isOverdue = performance.now() > deadline;
    // What isn't ours for certain is left to Postgres to judge.
    if (isOverdue && orphans.length === 0) return;
    // Without a postmaster nothing they do can still be committed in order: this is the crash they were about to have.
    if (isOverdue) for (const pid of orphans) signalIfThere(pid, 'SIGKILL');
    await delay(POLL_MS);
  }
}
