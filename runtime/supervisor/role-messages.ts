// What the supervisor and its role processes say to each other over the IPC channel. Plain data only.
import type { Config } from '../config.ts';
import type { MetricSnapshot } from '../counters.ts';
import type { RoleStatus } from '../peers.ts';
import type { RoleName } from '../role.ts';

export type MessageToRole =
  /** The first message: be this role. */
  | { readonly type: 'run'; readonly role: RoleName; readonly config: Config }
  /** Drain, then exit. */
  | { readonly type: 'stop' }
  | { readonly type: 'collect'; readonly id: number }
  | {
      readonly type: 'peers';
      readonly id: number;
      readonly statuses: readonly RoleStatus[];
      readonly snapshots: readonly (readonly MetricSnapshot[])[];
    };

export type MessageFromRole =
  | { readonly type: 'ready'; readonly addresses: readonly string[] }
  /** Its start failed and it exits. */
  | { readonly type: 'failed'; readonly message: string; readonly cure: StartCure }
  | { readonly type: 'snapshot'; readonly id: number; readonly metrics: readonly MetricSnapshot[] }
  | { readonly type: 'ask-peers'; readonly id: number; readonly withSnapshots: boolean };

/** What may make the next attempt succeed: a predecessor that lets go of its port, a service that comes up, or nothing but a person. */
export type StartCure = 'port-released' | 'service-up' | 'person';
