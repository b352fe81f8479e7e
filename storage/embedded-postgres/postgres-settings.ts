// The settings the embedded PostgreSQL ships with.
import { totalmem } from 'node:os';

const MIB = 1024 * 1024;
const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));

/** Written into postgresql.conf when the cluster is made; an operator may change them there. */
export function initialSettings(): Record<string, string> {
  return {
    // An eighth: the roles share the machine, and the kernel caches too.
    shared_buffers: `${clamp(Math.floor(totalmem() / 8 / MIB), 64, 1024)}MB`,
    max_connections: '100',
    max_wal_size: '2GB',
    min_wal_size: '256MB',
    // The package's binaries are built without lz4 and zstd.
    wal_compression: 'pglz',
    // Short statements by the thousand: compiling them costs more than it saves.
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_line_prefix: '%m [%p] ',
  };
}

export interface RunSettings {
  readonly port: number;
  /** False only in tests that are not about durability. */
  readonly durable: boolean;
}

/** Given on the command line at every start, where no file can weaken them: reachable on loopback alone, and acknowledged is durable. */
export function runSettings({ port, durable }: RunSettings): Record<string, string> {
  const durability = durable ? 'on' : 'off';
  return {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: durability,
    full_page_writes: durability,
    synchronous_commit: durability,
    logging_collector: 'off',
    log_destination: 'stderr',
  };
}
