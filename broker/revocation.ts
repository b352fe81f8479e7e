// Ends the sessions of what was revoked, retired or disabled. Promise: within 5 s, also when a notification was lost; while the registry
// can't be read nobody's session is ended for it.
import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { Log } from '../runtime/log.ts';
import type { Database } from '../storage/database-schema.ts';
import type { AccessDirectory } from '../storage/registry/access-directory.ts';
import type { DeviceDirectory } from '../storage/registry/device-directory.ts';
import type { DeviceEntry } from '../storage/registry/device-entry.ts';
import type { ConnectedSessions } from './connected-sessions.ts';
import { hasSecret } from './sign-in.ts';

const CHECK_EVERY_MS = 1_000;
const MAX_DEVICES_PER_LOOK = 1_000;
/** Tokens run out without anybody noticing, and their revocation is announced to no one. */
const CHECK_TOKENS_EVERY_MS = 2_000;

export interface Revocation {
  /** From then on changed devices and users are looked at. */
  start(): void;
  /** For a session that has just begun: whether its device has changed since it signed in. */
  lookAt(deviceKey: number): void;
  stop(): Promise<void>;
}

export interface RevocationDeps {
  readonly sessions: ConnectedSessions;
  readonly devices: Pick<DeviceDirectory, 'loadByKeys' | 'onInvalidated'>;
  readonly access: Pick<AccessDirectory, 'accessFor'>;
  readonly db: Kysely<Database>;
  readonly log: Log;
}

export function createRevocation({ sessions, devices, access, db, log }: RevocationDeps): Revocation {
  const changed = new Set<number>();
  let unfollow: (() => void) | undefined;
  let timer: NodeJS.Timeout | undefined;
  let checking: Promise<void> | undefined;
  let tokensCheckedAt = 0;
  let running = false;

  async function checkDevices(): Promise<void> {
    const keys = [...changed].slice(0, MAX_DEVICES_PER_LOOK);
    for (const key of keys) changed.delete(key);
    const entries = await devices.loadByKeys(keys).catch((error: unknown) => {
      for (const key of keys) changed.add(key);
      throw error;
    });
    for (const key of keys) {
      for (const connection of sessions.ofDevice(key)) {
        const { session } = connection;
        const entry: DeviceEntry | undefined = entries.get(key);
        if (session?.kind !== 'device') continue;
        if (!entry || entry.retired || !hasSecret(entry.credentialSha256s, session.secretSha256))
          connection.close('revoked');
        else session.device = entry;
      }
    }
  }

  async function checkUsers(): Promise<void> {
    tokensCheckedAt = performance.now();
    const connections = [...sessions.users()];
    const tokenIds = connections.flatMap(({ session }) => (session?.kind === 'user' ? session.tokenId : []));
    const { rows } = await sql<{ token_id: string }>`
      select t.token_id from tokens t join users u using (user_id)
      where t.token_id = any(${tokenIds}::uuid[]) and t.revoked_at is null and u.disabled_at is null
        and (t.expires_at is null or t.expires_at > now())`.execute(db);
    const valid = new Set(rows.map((row) => row.token_id));
    for (const connection of connections) {
      const { session } = connection;
      if (session?.kind !== 'user') continue;
      if (!valid.has(session.tokenId)) connection.close('revoked');
      else session.access = await access.accessFor(session.userId);
    }
  }

  async function check(): Promise<void> {
    try {
      while (changed.size > 0) await checkDevices();
      if (performance.now() - tokensCheckedAt > CHECK_TOKENS_EVERY_MS && [...sessions.users()].length > 0)
        await checkUsers();
    } catch (error) {
      log.warn({ err: error }, 'changed credentials could not be read, trying again');
    }
    schedule(CHECK_EVERY_MS);
  }

  function schedule(afterMs: number): void {
    clearTimeout(timer);
    if (!running) return;
    timer = setTimeout(() => {
      checking = check();
    }, afterMs);
  }

  return {
    start() {
      running = true;
      unfollow = devices.onInvalidated((deviceKey) => {
        const keys = deviceKey === undefined ? sessions.deviceKeys() : [deviceKey];
        for (const key of keys) if (sessions.ofDevice(key).length > 0) changed.add(key);
      });
      schedule(CHECK_EVERY_MS);
    },
    lookAt: (deviceKey) => changed.add(deviceKey),
    async stop() {
      running = false;
      unfollow?.();
      clearTimeout(timer);
      await checking;
    },
  };
}
