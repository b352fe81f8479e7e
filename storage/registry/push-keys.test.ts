import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import webPush from 'web-push';
import { ConfigurationError } from '../../runtime/errors.ts';
import { openPushKeys } from './push-keys.ts';

const directory = mkdtempSync(join(tmpdir(), 'pulseward-push-keys-'));
afterAll(() => rmSync(directory, { recursive: true }));
const write = (name: string, content: string): string => {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
};

test('a key pair is made once and found again', async () => {
  const path = join(directory, 'made.json');
  const made = await openPushKeys(path);
  expect(await openPushKeys(path)).toEqual(made);
});

test('the private key alone, as hexadecimal digits, gives the pair that it belongs to', async () => {
  const pair = webPush.generateVAPIDKeys();
  const digits = Buffer.from(pair.privateKey, 'base64url').toString('hex');
  expect(await openPushKeys(write('digits', `${digits}\n`))).toEqual(pair);
});

test.each(['', 'hush', '{}', '{"publicKey":"hush","privateKey":"hush"}', '0'.repeat(64), 'f'.repeat(64)])(
  'a file without a key pair is refused and what it says is not shown: %s',
  async (content) => {
    const failure = await openPushKeys(write('wrong', content)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ConfigurationError);
    expect(JSON.stringify(failure)).not.toContain('hush');
  },
);
