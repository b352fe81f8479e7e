// The key file: a line per key, 32 random bytes in base64 or hex. The first encrypts; the others still decrypt what they encrypted.
// Made where it is missing.
import { createHash, randomBytes } from 'node:crypto';
import { ConfigurationError } from '../../runtime/errors.ts';
import { readOrCreateKeyFile } from './read-or-create-key-file.ts';

const KEY_BYTES = 32;

export interface EncryptionKey {
  /** Cipher and fingerprint, e.g. `aes-256-gcm:1f0c…`: stands beside each value, so that another cipher can join. */
  readonly keyId: string;
  readonly bytes: Buffer;
}

/** At least one key. Throws ConfigurationError where a line is no key. */
export async function readEncryptionKeys(file: string): Promise<readonly EncryptionKey[]> {
  const text = await readOrCreateKeyFile(file, () => `${randomBytes(KEY_BYTES).toString('base64')}\n`);
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const keys = lines.map((line, index) => parseKey(file, line, index));
  if (keys.length === 0) throw keyFileError(file, 'no key');
  return keys;
}

function parseKey(file: string, line: string, index: number): EncryptionKey {
  const bytes = /^[0-9a-fA-F]{64}$/.test(line) ? Buffer.from(line, 'hex') : Buffer.from(line, 'base64');
  if (bytes.length !== KEY_BYTES) throw keyFileError(file, `something else on line ${index + 1}`);
  const fingerprint = createHash('sha256').update('pulseward key id').update(bytes).digest('hex').slice(0, 16);
  return { keyId: `aes-256-gcm:${fingerprint}`, bytes };
}

function keyFileError(file: string, given: string): ConfigurationError {
  const allowed = 'a file with a key per line, 32 random bytes in base64 (openssl rand -base64 32)';
  return new ConfigurationError([{ name: 'PULSEWARD_ENCRYPTION_KEY_FILE', given: `${file} with ${given}`, allowed }]);
}
