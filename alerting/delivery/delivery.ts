// What the steps of a delivery hand on to each other.

import type { Pool } from 'pg';
import type { Log } from '../../runtime/log.ts';
import type { ClaimedNotification, Settlement } from '../../storage/alerts/notification-claims.ts';
import type { Vault } from '../../storage/registry/vault.ts';
import type { AlertingCounters } from '../alerting-counters.ts';
import type { Channel, ChannelAnswer } from '../channels/channel.ts';
import type { LabelPatient } from './patient-labels.ts';

export interface Delivery {
  readonly notification: ClaimedNotification;
  /** Told in the same message, of which `notification` is the head. */
  readonly others?: readonly ClaimedNotification[] | undefined;
  /** What became, instead of being told, of some of those in the message, by `notificationId`; the head may be one of them. */
  readonly left?: ReadonlyMap<string, Settlement> | undefined;
  /** Set as soon as it is clear that nothing more is to be sent; the steps after that one pass it on. */
  readonly settlement?: Settlement | undefined;
  readonly answer?: ChannelAnswer | undefined;
  /** Of a `verification`: as it goes out. */
  readonly code?: string | undefined;
}

export interface DeliveryContext {
  readonly pool: Pool;
  readonly vault: Vault;
  readonly labelPatient: LabelPatient;
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
