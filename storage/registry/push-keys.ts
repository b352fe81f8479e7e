// The VAPID key pair of this installation: a JSON file {publicKey, privateKey}, made where it is missing, or the private key's 64 hexadecimal
// digits, as any shell can make them. Subscriptions hold for this pair alone: another one ends them all.
import { createECDH } from 'node:crypto';
import webPush from 'web-push';
import { ConfigurationError } from '../../runtime/errors.ts';
import { readOrCreateKeyFile } from './read-or-create-key-file.ts';

export interface PushKeys {
  /** Base64url, 65 bytes: what a browser subscribes with. */
  readonly publicKey: string;
  /** Base64url, 32 bytes. */
  readonly privateKey: string;
}

/** Throws ConfigurationError where the file holds no key pair. */
export async function openPushKeys(file: string): Promise<PushKeys> {
  const text = await readOrCreateKeyFile(file, () => `${JSON.stringify(webPush.generateVAPIDKeys())}\n`);
  const keys = parseKeys(text);
  if (keys) return keys;
  const allowed =
    'a JSON file {"publicKey", "privateKey"} as `npx web-push generate-vapid-keys --json` prints it, or 64 hexadecimal digits';
  throw new ConfigurationError([{ name: 'PULSEWARD_VAPID_KEY_FILE', given: `${file} without a key pair`, allowed }]);
}

function parseKeys(text: string): PushKeys | undefined {
  try {
    if (/^[0-9a-f]{64}$/i.test(text.trim())) return keysOf(Buffer.from(text.trim(), 'hex'));
    const { publicKey, privateKey }: Partial<Record<string, unknown>> = JSON.parse(text);
    if (typeof publicKey !== 'string' || typeof privateKey !== 'string') return undefined;
    const isWhole = bytesOf(publicKey) === 65 && bytesOf(privateKey) === 32;
    return isWhole ? { publicKey, privateKey } : undefined;
  } catch {
    return undefined;
  }
}

/** Throws where the number is none of the curve's: 0, or of the few from its order on. */
function keysOf(privateKey: Buffer): PushKeys {
  const curve = createECDH('prime256v1');
  curve.setPrivateKey(privateKey);
  return { publicKey: curve.getPublicKey('base64url'), privateKey: privateKey.toString('base64url') };
}

const bytesOf = (text: string) => Buffer.from(text, 'base64url').length;
