// What the routes are made of: built once by the role, handed to every file of routes.
import type { Kysely } from 'kysely';
import type { Config } from '../runtime/config.ts';
import type { Counters } from '../runtime/counters.ts';
import type { Log } from '../runtime/log.ts';
import type { Peers } from '../runtime/peers.ts';
import type { Database } from '../storage/database-schema.ts';
import type { Storage } from '../storage/open-storage.ts';
import type { AccessDirectory } from '../storage/registry/access-directory.ts';
import type { AuditLog } from '../storage/registry/audit-log.ts';
import type { PatientIdentities } from '../storage/registry/patient-identities.ts';
import type { Vault } from '../storage/registry/vault.ts';

export interface DashboardsServices {
  readonly config: Config;
  readonly log: Log;
  readonly counters: Counters;
  readonly peers: Peers;
  readonly storage: Omit<Storage, 'close'>;
  /** The same as `storage.db`. */
  readonly db: Kysely<Database>;
  readonly vault: Vault;
  readonly identities: PatientIdentities;
  readonly access: AccessDirectory;
  readonly audit: AuditLog;
  /** Epoch ms. */
  readonly now: () => number;
}
