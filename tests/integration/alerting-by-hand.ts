// Alerting without its loops and its queue: a test says what is applied, reviewed and delivered, when, and how the receiver answers.
import type { Pool } from 'pg';
import { createAlertingCounters } from '../../alerting/alerting-counters.ts';
import { applySignals } from '../../alerting/apply-signals.ts';
import type { ChannelAnswer, Notification } from '../../alerting/channels/channel.ts';
import { deliverNotification } from '../../alerting/delivery/deliver-notification.ts';
import { DELIVERING } from '../../alerting/pipeline.ts';
import { reviewAlert } from '../../alerting/review-alert.ts';
import { createCounters } from '../../runtime/counters.ts';
import { createLog } from '../../runtime/log.ts';
import { readDueAlerts, readDueNotifications, readMovedAlerts } from '../../storage/alerts/due-work.ts';
import { openKysely } from '../../storage/database.ts';
import { openVault } from '../../storage/registry/vault.ts';
import type { Scene } from './alerting-scene.ts';

/**
 * `lost`: it arrived, but the answer didn't. `crash`: it arrived, and the process died before it wrote that down. `dead`: it never will.
 */
export type Fate = 'delivered' | 'refused' | 'lost' | 'crash' | 'dead';

export interface Sent extends Notification {
  /** By its address. */
  readonly to: string;
  readonly at: number;
}

export interface ByHandOptions {
  readonly onReceived?: (sent: Sent) => void;
  /** Of a receiver by itself, by its address; absent, or undefined: as `receiverAnswers` says. */
  readonly fateOf?: (address: string) => Fate | undefined;
  /** Whether there is e-mail, too, which follows no alert and is told several at once; received as the other is. */
  readonly hasEmail?: boolean;
  /** Through which alerting reaches the database; absent: the scene's. */
  readonly pool?: Pool;
}

export interface ByHand {
  /** What receivers got, in order. */
  readonly received: readonly Sent[];
  /** How the next sends end; `delivered` at first. */
  receiverAnswers(fate: Fate): void;
  apply(patientKey?: number): Promise<void>;
  /** Reviews the alerts that are due, or whose patient has another team now. */
  review(): Promise<void>;
  /** Begins to deliver what is due; answers how many it was. */
  deliver(): Promise<number>;
  /** All of it until nothing is due: what the role does in normal running. */
  settle(patientKey?: number): Promise<void>;
}

const FOREVER = 1_000;
const ANSWERS: Readonly<Record<Exclude<Fate, 'crash'>, ChannelAnswer>> = {
  delivered: { fate: 'delivered' },
  refused: { fate: 'failed_recoverable', reason: 'http_503', perhapsArrived: false },
  lost: { fate: 'failed_recoverable', reason: 'time_out', perhapsArrived: true },
  dead: { fate: 'failed_final', reason: 'http_410' },
};

export async function alertingByHand(
  scene: Pick<Scene, 'database' | 'now' | 'patientKey' | 'processSettings'>,
  { onReceived, fateOf, hasEmail = false, pool = scene.database.pool }: ByHandOptions = {},
): Promise<ByHand> {
  const { encryptionKeyFile } = scene.processSettings('after-send');
  const received: Sent[] = [];
  let fateOfAll: Fate = 'delivered';
  let fate: Fate = 'delivered';
  const channel = {
    name: 'webhook',
    follows: true,
    async send(notification: Notification, { address = '' }: { readonly address?: string | undefined }) {
      fate = fateOf?.(address) ?? fateOfAll;
      if (fate !== 'refused' && fate !== 'dead') {
        const sent = { ...notification, to: address, at: scene.now() };
        received.push(sent);
        onReceived?.(sent);
      }
      return ANSWERS[fate === 'crash' ? 'delivered' : fate];
    },
  };
  const email = { ...channel, name: 'email', follows: false };
  const context = {
    pool,
    channels: new Map((hasEmail ? [channel, email] : [channel]).map((each) => [each.name, each])),
    vault: await openVault(openKysely(scene.database.pool), encryptionKeyFile),
    labelPatient: async () => undefined,
    publicUrl: 'http://clinic.example',
    counters: createAlertingCounters(createCounters({ part: 'test' })),
    log: createLog({ part: 'test', level: 'silent' }),
    now: scene.now,
    random: () => 0.5,
    afterSend: () => {
      if (fate === 'crash') throw new Error('killed');
    },
    // Nothing begins by itself.
    deliveries: { begin: () => 0, drain: async () => {} },
  };

  const byHand: ByHand = {
    received,
    receiverAnswers(next) {
      fateOfAll = next;
    },
    apply: (patientKey = scene.patientKey) => applySignals(patientKey, context),
    async review() {
      const due = await readDueAlerts(pool, scene.now(), FOREVER);
      const moved = await readMovedAlerts(pool, scene.now(), FOREVER);
      for (const alertId of new Set([...due.map((alert) => alert.alertId), ...moved]))
        await reviewAlert(alertId, context);
    },
    async deliver() {
      const due = await readDueNotifications(pool, scene.now(), FOREVER);
      for (const { notificationId } of due) {
        // A killed process tells nobody.
        await deliverNotification(notificationId, DELIVERING, context).catch((error: Error) => {
          if (error.message !== 'killed') throw error;
        });
      }
      return due.length;
    },
    async settle(patientKey) {
      do {
        await byHand.apply(patientKey);
        await byHand.review();
      } while ((await byHand.deliver()) > 0);
    },
  };
  return byHand;
}
