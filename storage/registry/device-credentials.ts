// Secrets by which devices sign in: 256 random bits, kept as SHA-256 (a slow hash would make a reconnect storm an outage).
import { createHash, randomBytes } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../database-schema.ts';
import { recordChange } from './registry-changes.ts';

/** Puts a new secret in the place of all former ones. It is given once, here. In the caller's transaction. */
export async function renewSecret(tx: Kysely<Database>, deviceKey: number): Promise<string> {
  await revokeCredentials(tx, deviceKey);
  const secret = randomBytes(32).toString('base64url');
  await tx
    .insertInto('device_credentials')
    .values({
      credential_id: uuidv7(),
      device_key: deviceKey,
      secret_sha256: createHash('sha256').update(secret).digest(),
    })
    .execute();
  return secret;
}

/** The device can't sign in any more, and a connection that it has is closed. In the caller's transaction. */
export async function revokeCredentials(tx: Kysely<Database>, deviceKey: number): Promise<void> {
  await tx
    .updateTable('device_credentials')
    .set({ revoked_at: sql<Date>`now()` })
    .where('device_key', '=', deviceKey)
    .where('revoked_at', 'is', null)
    .execute();
  await recordChange(tx, 'device', deviceKey);
}
