// Who owns a data directory: whoever holds this session lock. It lives as long as its holder's connection, so a crash frees it by itself.
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { isAlive } from './cluster-processes.ts';

// Two arbitrary numbers that nothing else in the maintenance database uses.
const LOCK_KEYS = [0x70756c73, 0x65776172] as const;
const GRACE_MS = 2_000;
const RETRY_MS = 50;
const APPLICATION_NAME = /^pulseward supervisor (\d+)$/;

export interface OwnershipLock {
  /** As superuser in the maintenance database. */
  readonly client: Client;
  /** Settles when the connection, and with it the lock, is gone; also after `release`. */
  readonly ended: Promise<void>;
  release(): Promise<void>;
}

export class LockHeld extends Error {
  override readonly name = 'LockHeld';
  readonly holderPid: number | undefined;

  constructor(holderPid: number | undefined) {
    super(`the ownership lock is held by pid ${holderPid ?? 'unknown'}`);
    this.holderPid = holderPid;
  }
}

/** Throws LockHeld after two seconds (a holder killed just now may not be gone from Postgres yet), or what pg says of the connection. */
export async function takeOwnershipLock(superuserUrl: string): Promise<OwnershipLock> {
  const client = new Client({
    connectionString: superuserUrl,
    application_name: `pulseward supervisor ${process.pid}`,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  });
  const ended = new Promise<void>((resolve) => client.once('end', resolve));
  // Every end is told by `ended`; the error before it has nothing to add, but unheard it would end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await waitForLock(client);
  } catch (error) {
    await client.end();
    throw error;
  }
  return { client, ended, release: () => client.end() };
}

async function waitForLock(client: Client): Promise<void> {
  const deadline = performance.now() + GRACE_MS;
  for (;;) {
    const { rows } = await client.query<{ taken: boolean }>('select pg_try_advisory_lock($1, $2) as taken', [
      ...LOCK_KEYS,
    ]);
    if (rows[0]?.taken) return;
    const holder = await findHolder(client);
    if (performance.now() > deadline) {
      if (!holder || holder.pid === undefined || isAlive(holder.pid)) throw new LockHeld(holder?.pid);
      // Its process is dead, but its connection was left half-open.
      await client.query('select pg_terminate_backend($1)', [holder.backendPid]);
    }
    await delay(RETRY_MS);
  }
}

async function findHolder(client: Client): Promise<{ backendPid: number; pid: number | undefined } | undefined> {
  const { rows } = await client.query<{ pid: number; application_name: string }>(
    `select pid, application_name from pg_locks join pg_stat_activity using (pid)
      where locktype = 'advisory' and granted and classid = $1::oid and objid = $2::oid and objsubid = 2`,
    [...LOCK_KEYS],
  );
  const [row] = rows;
  if (!row) return undefined;
  const named = APPLICATION_NAME.exec(row.application_name)?.[1];
  return { backendPid: row.pid, pid: named === undefined ? undefined : Number(named) };
}
