// Who is on the other side of a connection, as of its sign-in and of what has changed since.
import type { Access } from '../storage/registry/access.ts';
import type { DeviceEntry } from '../storage/registry/device-entry.ts';

export interface DeviceSession {
  readonly kind: 'device';
  /** A device or a gateway; replaced when its registration changes. */
  device: DeviceEntry;
  /** SHA-256 of the password it came with: when that is revoked, the session ends. */
  readonly secretSha256: Buffer;
}

export interface UserSession {
  readonly kind: 'user';
  readonly userId: string;
  readonly tokenId: string;
  /** Replaced when grants change. */
  access: Access;
}

export type Session = DeviceSession | UserSession;

/** CONNACK return codes of MQTT 3.1.1 [3.2.2.3]. */
export const CONNECT_REFUSALS = { identifierRejected: 2, unavailable: 3, badCredentials: 4, notAuthorised: 5 } as const;
export type ConnectRefusal = (typeof CONNECT_REFUSALS)[keyof typeof CONNECT_REFUSALS];
