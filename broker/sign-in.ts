// Turns user name and password into a session. A secret is 256 random bits, so that its plain SHA-256 is enough: a slow hash would make
// a storm of reconnects an outage (DESIGN §7).
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Database } from '../storage/database-schema.ts';
import type { AccessDirectory } from '../storage/registry/access-directory.ts';
import { findTokenHolder } from '../storage/registry/tokens.ts';
import type { DeviceLoader } from './device-loader.ts';
import { CONNECT_REFUSALS, type ConnectRefusal, type Session } from './session.ts';

/** As which a user signs in, with an API token as password. */
export const TOKEN_USERNAME = 'token';

export type SignIn = (
  username: string | undefined,
  password: Buffer | undefined,
) => Promise<Session | { readonly refusal: ConnectRefusal }>;

export interface SignInDeps {
  readonly devices: DeviceLoader;
  readonly db: Kysely<Database>;
  readonly access: Pick<AccessDirectory, 'accessFor'>;
}

/** Rejects with what pg throws when nobody can be looked up. */
export function createSignIn({ devices, db, access }: SignInDeps): SignIn {
  return async (username, password) => {
    const refused = { refusal: CONNECT_REFUSALS.badCredentials };
    if (username === undefined || password === undefined) return refused;
    if (username === TOKEN_USERNAME) {
      const holder = await findTokenHolder(db, password.toString());
      if (holder?.kind !== 'api') return refused;
      const { userId, tokenId } = holder;
      return { kind: 'user', userId, tokenId, access: await access.accessFor(userId) };
    }
    const device = await devices.load(username);
    if (!device || device.retired) return refused;
    const secretSha256 = createHash('sha256').update(password).digest();
    return hasSecret(device.credentialSha256s, secretSha256) ? { kind: 'device', device, secretSha256 } : refused;
  };
}

export const hasSecret = (known: readonly Buffer[], secretSha256: Buffer): boolean =>
  known.some((each) => timingSafeEqual(each, secretSha256));
