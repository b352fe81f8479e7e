// The VAPID key pair of this installation, a JSON file {publicKey, privateKey}. Promise: made with mode 600 where it is missing, once also
// when several processes start together. Subscriptions hold for this pair alone: another one ends them all.
import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import webPush from 'web-push';
import { ConfigurationError } from '../../runtime/errors.ts';

export interface PushKeys {
  /** Base64url, 65 bytes: what a browser subscribes with. */
  readonly publicKey: string;
  /** Base64url, 32 bytes. */
  readonly privateKey: string;
}

/** Throws ConfigurationError where the file holds no key pair. */
export async function openPushKeys(file: string): Promise<PushKeys> {
  const text = (await readIfPresent(file)) ?? (await createKeyFile(file));
  const keys = parseKeys(text);
  if (keys) return keys;
  const allowed = 'a JSON file {"publicKey", "privateKey"} as `npx web-push generate-vapid-keys --json` prints it';
  throw new ConfigurationError([{ name: 'PULSEWARD_VAPID_KEY_FILE', given: `${file} without a key pair`, allowed }]);
}

function parseKeys(text: string): PushKeys | undefined {
  try {
    const { publicKey, privateKey }: Partial<Record<string, unknown>> = JSON.parse(text);
    if (typeof publicKey !== 'string' || typeof privateKey !== 'string') return undefined;
    const isWhole = bytesOf(publicKey) === 65 && bytesOf(privateKey) === 32;
    return isWhole ? { publicKey, privateKey } : undefined;
  } catch {
    return undefined;
  }
}

const bytesOf = (text: string) => Buffer.from(text, 'base64url').length;

async function readIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function createKeyFile(file: string): Promise<string> {
  await mkdir(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await writeFile(draft, `${JSON.stringify(webPush.generateVAPIDKeys())}\n`, { mode: 0o600, flag: 'wx' });
  try {
    // A link appears whole or not at all, and fails where another process was faster.
    await link(draft, file);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    await rm(draft);
  }
  return readFile(file, 'utf8');
}

const hasCode = (error: unknown, code: string) => error instanceof Error && 'code' in error && error.code === code;
