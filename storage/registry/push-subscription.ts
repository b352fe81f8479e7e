// A browser's push subscription as it is kept in a contact's address: the JSON of its PushSubscription (W3C Push API).
import { ECDH } from 'node:crypto';

export interface PushSubscription {
  readonly endpoint: string;
  readonly keys: { readonly p256dh: string; readonly auth: string };
}

/** Undefined where it is none that a message could be encrypted for. */
export function parsePushSubscription(text: string): PushSubscription | undefined {
  const given = parseObject(text);
  const keys = asObject(given?.keys);
  const { endpoint } = given ?? {};
  const { p256dh, auth } = keys ?? {};
  if (typeof endpoint !== 'string' || typeof p256dh !== 'string' || typeof auth !== 'string') return undefined;
  if (!URL.canParse(endpoint)) return undefined;
  // RFC 8291: an uncompressed point on P-256, and 16 bytes of a shared secret.
  const isUsable = Buffer.from(auth, 'base64url').length === 16 && isPoint(Buffer.from(p256dh, 'base64url'));
  return isUsable ? { endpoint, keys: { p256dh, auth } } : undefined;
}

function isPoint(bytes: Buffer): boolean {
  if (bytes.length !== 65) return false;
  try {
    ECDH.convertKey(bytes, 'prime256v1');
    return true;
  } catch {
    return false;
  }
}

function parseObject(text: string): Partial<Record<string, unknown>> | undefined {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function asObject(value: unknown): Partial<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null ? { ...value } : undefined;
}
