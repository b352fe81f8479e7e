// What of a contact is sealed, and how it is opened: address and secret, each bound to its place.
import { randomBytes } from 'node:crypto';
import type { Vault } from './vault.ts';

export interface SealedContact {
  readonly address: Buffer;
  readonly secret?: Buffer | undefined;
  readonly keyId: string;
}

export interface OpenContact {
  readonly address: string;
  readonly secret?: string | undefined;
}

/** Throws where it was sealed with a key that is gone. */
export function openContact(
  vault: Vault,
  { address, secret, keyId }: SealedContact,
  placeOf: (part: 'address' | 'secret') => string,
): OpenContact {
  return {
    address: vault.open({ bytes: address, keyId }, placeOf('address')),
    secret: secret && vault.open({ bytes: secret, keyId }, placeOf('secret')),
  };
}

/** By which a receiver knows that a message is ours: 256 random bits. */
export const makeContactSecret = (): string => randomBytes(32).toString('base64url');
