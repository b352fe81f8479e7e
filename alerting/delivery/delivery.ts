// What the steps of a delivery hand on to each other.

import type { Pool } from 'pg';
import type { Log } from '../../runtime/log.ts';
import type { ClaimedNotification, Settlement } from '../../storage/alerts/notification-claims.ts';
import type { Vault } from '../../storage/registry/vault.ts';
import type { AlertingCounters } from '../alerting-counters.ts';
import type { Channel, ChannelAnswer } from '../channels/channel.ts';

export interface Delivery {
  readonly notification: ClaimedNotification;
  /** Set as soon as it is clear that nothing more is to be sent; the steps after that one pass it on. */
  readonly settlement?: Settlement | undefined;
  readonly answer?: ChannelAnswer | undefined;
}

export interface DeliveryContext {
  readonly pool: Pool;
  readonly vault: Vault;
  readonly channels: ReadonlyMap<string, Channel>;
  /** Without a trailing slash. */
  readonly publicUrl: string;
  readonly counters: AlertingCounters;
  readonly log: Log;
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  /** The crash point after the send and before its record. */
  readonly afterSend: () => void;
}

export type DeliveryStep = (delivery: Delivery, context: DeliveryContext) => Promise<Delivery>;
