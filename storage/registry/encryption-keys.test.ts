import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../runtime/errors.ts';
import { readEncryptionKeys } from './encryption-keys.ts';
import { createVault } from './vault.ts';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pulseward-keys-'));
  file = join(directory, 'keys', 'encryption.key');
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('the key file', () => {
  it('is made once with mode 600, also when several processes start together', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => readEncryptionKeys(file)));
    expect(new Set(all.map(([key]) => key?.keyId)).size).toBe(1);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('with another key in front encrypts with it, decrypts the old values and still finds them', async () => {
    const before = createVault(await readEncryptionKeys(file));
    const sealed = before.seal('张三', 'place');
    writeFileSync(file, `${Buffer.alloc(32, 1).toString('hex')}\n${readFileSync(file, 'utf8')}`);
    const after = createVault(await readEncryptionKeys(file));
    expect(after.open(sealed, 'place')).toBe('张三');
    expect(after.seal('张三', 'place').keyId).not.toBe(sealed.keyId);
    expect(after.hash('name', 'x')).toEqual(before.hash('name', 'x'));
  });

  it('that holds something else is refused, naming the line and not what stands there', async () => {
    await readEncryptionKeys(file);
    writeFileSync(file, `${Buffer.alloc(32, 1).toString('hex')}\nMYPASSWORD\n`);
    const refused = await readEncryptionKeys(file).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ConfigurationError);
    expect(String(refused)).toContain('line 2');
    expect(String(refused)).not.toContain('MYPASSWORD');
  });
});
