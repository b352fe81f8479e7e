// The dashboards role: the HTTP API, live events and the web page on one port.
import type { AddressInfo } from 'node:net';
import type { Config } from '../runtime/config.ts';
import type { Counters } from '../runtime/counters.ts';
import type { Log } from '../runtime/log.ts';
import type { Peers } from '../runtime/peers.ts';
import { createRole, type Role } from '../runtime/role.ts';
import type { Storage } from '../storage/open-storage.ts';
import { createAccessDirectory } from '../storage/registry/access-directory.ts';
import { createAuditLog } from '../storage/registry/audit-log.ts';
import { seedDeviceModels } from '../storage/registry/device-models.ts';
import { createErasureKeeper } from '../storage/registry/erasure-keeper.ts';
import { createPatientIdentities } from '../storage/registry/patient-identities.ts';
import { openVault } from '../storage/registry/vault.ts';
import { createRiskKeeper } from '../storage/risk/risk-keeper.ts';
import { buildServer } from './build-server.ts';

export interface DashboardsRoleDeps {
  readonly config: Config;
  readonly storage: Storage;
  readonly log: Log;
  readonly counters: Counters;
  readonly peers: Peers;
}

export function createDashboardsRole(deps: DashboardsRoleDeps): Role {
  const { config, storage, log } = deps;
  const { db } = storage;
  let address: string | undefined;

  return createRole(
    'dashboards',
    async (teardown) => {
      const vault = await openVault(db, config.encryptionKeyFile);
      await seedDeviceModels(db);
      const erasures = createErasureKeeper({ db, timeSeries: storage.timeSeries, log });
      teardown.onStop('erasure keeper', () => erasures.stop());
      erasures.start();

      const access = createAccessDirectory({ db, changes: storage.changes });
      teardown.onStop('access directory', access.follow());

      const { pool, databaseUrl, timeSeries, profiles } = storage;
      const risks = createRiskKeeper({ pool, databaseUrl, timeSeries, profiles, now: Date.now, log });
      teardown.onStop('risk keeper', () => risks.stop());
      await risks.start();

      const server = await buildServer({
        ...deps,
        db,
        vault,
        identities: createPatientIdentities(vault),
        access,
        audit: createAuditLog(db),
        now: Date.now,
      });
      teardown.onStop('HTTP server', () => server.close());
      await server.listen({ host: config.host, port: config.httpPort });
      address = printableAddress(server.server.address(), config);
    },
    () => (address === undefined ? [] : [address]),
  );
}

/** The port may have been chosen by the system. */
function printableAddress(bound: AddressInfo | string | null, { host, tls }: Config): string {
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  return `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
