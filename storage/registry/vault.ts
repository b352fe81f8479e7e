// Seals what says who somebody is (AES-256-GCM, a random nonce each), and makes keyed hashes by which it can still be found.
// Promise: a value opens only in the row and field it was sealed for.
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import type { Kysely } from 'kysely';
import { ConfigurationError } from '../../runtime/errors.ts';
import type { Database } from '../database-schema.ts';
import { type EncryptionKey, readEncryptionKeys } from './encryption-keys.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SETTING = 'encryption_key_ids';

export interface Sealed {
  /** Nonce, tag, ciphertext. */
  readonly bytes: Buffer;
  readonly keyId: string;
}

export interface Vault {
  /** `place` names row and field, e.g. `patient/17/name`: it is authenticated, so that a value can't be moved elsewhere. */
  seal(text: string, place: string): Sealed;
  /** Throws where the key is unknown, or the value was altered or sealed for another place. */
  open(sealed: Sealed, place: string): string;
  /** 32 bytes, the same for the same text under the same purpose; says nothing without the key. */
  hash(purpose: string, text: string): Buffer;
}

export function createVault(keys: readonly EncryptionKey[]): Vault {
  const derive = (key: EncryptionKey, use: string) =>
    Buffer.from(hkdfSync('sha256', key.bytes, '', `pulseward ${use}`, 32));
  const [newest, oldest] = [keys[0], keys.at(-1)];
  if (!newest || !oldest) throw new Error('a vault needs at least one key');
  const sealing = new Map(keys.map((key) => [key.keyId, derive(key, 'seal')]));
  // Hashes have to stay the same for as long as anything is found by them: they follow the oldest key, not the newest.
  const hashKey = derive(oldest, 'search');

  return {
    seal(text, place) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', sealing.get(newest.keyId)!, nonce).setAAD(Buffer.from(place));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return { bytes: Buffer.concat([nonce, cipher.getAuthTag(), body]), keyId: newest.keyId };
    },
    open({ bytes, keyId }, place) {
      const key = sealing.get(keyId);
      if (!key) throw new Error(`the encryption key ${keyId} is not in the key file`);
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(Buffer.from(place)).setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      const body = bytes.subarray(NONCE_BYTES + TAG_BYTES);
      return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
    },
    hash: (purpose, text) => createHmac('sha256', hashKey).update(`${purpose}\0${text}`).digest(),
  };
}

/** Any number that nothing else locks. */
const LOCK = 5_177_203;

/** Reads (or makes) the key file, and refuses with ConfigurationError one that lacks a key which this database was encrypted with. */
export async function openVault(db: Kysely<Database>, keyFile: string): Promise<Vault> {
  const keys = await readEncryptionKeys(keyFile);
  // Of several that start at once with a key of their own each, the first one's holds and the others are refused.
  await db.transaction().execute(async (tx) => {
    await tx.executeQuery(tx.selectNoFrom((eb) => eb.fn('pg_advisory_xact_lock', [eb.val(LOCK)]).as('lock')).compile());
    await settleKeys(tx, keys, keyFile);
  });
  return createVault(keys);
}

async function settleKeys(db: Kysely<Database>, keys: readonly EncryptionKey[], keyFile: string): Promise<void> {
  const row = await db
    .selectFrom('installation_settings')
    .select('value')
    .where('name', '=', SETTING)
    .executeTakeFirst();
  const known = Array.isArray(row?.value) ? row.value.filter((id) => typeof id === 'string') : [];
  const missing = known.filter((id) => !keys.some(({ keyId }) => keyId === id));
  if (missing.length > 0) {
    const given = `${keyFile} without ${missing.join(', ')}`;
    const allowed = 'the key file that this database was encrypted with, to which keys may be added in front';
    throw new ConfigurationError([{ name: 'PULSEWARD_ENCRYPTION_KEY_FILE', given, allowed }]);
  }
  if (keys.length > known.length) {
    const value = JSON.stringify(keys.map(({ keyId }) => keyId));
    await db
      .insertInto('installation_settings')
      .values({ name: SETTING, value })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
      .execute();
  }
}
