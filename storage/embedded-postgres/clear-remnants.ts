// Makes way for a new postmaster after a crash: waits for what the old one left behind, and removes a pid file that names somebody else.
import { readFile, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { ClusterLayout } from './cluster-layout.ts';
import { hasPid, listClusterPids, signalIfThere } from './cluster-processes.ts';
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
  const pids = await listClusterPids(layout);
  if (pids?.length !== 0) return;
  const now = await readFile(layout.postmasterFile, 'utf8').catch(() => undefined);
  if (now === before) await rm(layout.postmasterFile, { force: true });
}

/** Backends notice the death of their postmaster at once when idle and end with their statement when not; Postgres can't start before. */
async function outliveOrphans(layout: ClusterLayout): Promise<void> {
  const deadline = performance.now() + ORPHAN_GRACE_MS;
  for (;;) {
    const orphans = (await listClusterPids(layout)) ?? [];
    const file = await readPostmasterFile(layout.postmasterFile);
    if (orphans.length === 0 || (file && orphans.includes(file.pid))) return;
    // Without a postmaster nothing they do can still be committed in order: this is the crash they were about to have.
    if (performance.now() > deadline) for (const pid of orphans) signalIfThere(pid, 'SIGKILL');
    await delay(POLL_MS);
  }
}
