// What one role process may know of its siblings: which are alive, and their counters. Answered by the supervisor over IPC,
// because a role process opens no port of its own for it.
import { type Counters, type MetricSnapshot, printMetrics } from './counters.ts';
import type { RoleName } from './role.ts';

export type RoleState = 'starting' | 'ready' | 'stopping' | 'down';

export interface RoleStatus {
  readonly role: RoleName;
  readonly state: RoleState;
  /** Epoch ms of the last change of `state`. */
  readonly since: number;
  /** How often its process was started again after it had died. */
  readonly restarts: number;
  /** As it gave them when it became ready last. */
  readonly addresses: readonly string[];
}

export interface Peers {
  /** The roles under this supervisor, for `/readyz`. Rejects with TemporaryFailure when the supervisor doesn't answer within 2 s. */
  statuses(): Promise<readonly RoleStatus[]>;
  /** Snapshots of all processes that answer within 1 s, for `/metrics`. */
  snapshots(): Promise<readonly (readonly MetricSnapshot[])[]>;
}

/** The body of `/metrics`, Prometheus text format 0.0.4. */
export const printPeerMetrics = async (peers: Peers): Promise<string> => printMetrics(await peers.snapshots());

/** For a role that runs without a supervisor, as in tests: it is its own only peer. */
export function createLonePeers(role: RoleName, counters: Counters): Peers {
  const since = Date.now();
  return {
    statuses: async () => [{ role, state: 'ready', since, restarts: 0, addresses: [] }],
    snapshots: async () => [await counters.snapshot()],
  };
}
