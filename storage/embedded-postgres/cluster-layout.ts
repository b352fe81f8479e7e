// Where the embedded PostgreSQL keeps what, below the data directory.
import { join } from 'node:path';

export interface ClusterLayout {
  /** Everything that belongs together; put in place by one rename, so it is whole or absent. Mode 700, as root 711. */
  readonly home: string;
  /** PGDATA, owned by the account Postgres runs as, mode 700. */
  readonly cluster: string;
  /** Mode 600, owned by whoever runs Pulseward. */
  readonly passwordFile: string;
  readonly logFile: string;
  readonly postmasterFile: string;
  /** Copies of the binaries, one folder a version, where the account can't reach the installed ones. */
  readonly binaries: string;
}

export function layOutCluster(dataDir: string, home = join(dataDir, 'postgres')): ClusterLayout {
  const cluster = join(home, 'cluster');
  return {
    home,
    cluster,
    passwordFile: join(home, 'password'),
    logFile: join(home, 'postgres.log'),
    postmasterFile: join(cluster, 'postmaster.pid'),
    binaries: join(dataDir, 'postgres-binaries'),
  };
}
