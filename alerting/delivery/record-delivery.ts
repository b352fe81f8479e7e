// Writes how an attempt went, into the notification log and onto the alert's timeline, and when to try again.
import type { Pool } from 'pg';
import { isUrgent } from '../../domain/alerts/severity-order.ts';
import {
  type ClaimedNotification,
  reviewAfterFailure,
  type Settlement,
  settleNotification,
} from '../../storage/alerts/notification-claims.ts';
import { readAlertForChange } from '../../storage/alerts/read-alert.ts';
import type { TimelineEvent } from '../../storage/alerts/timeline.ts';
import { inTransaction } from '../../storage/in-transaction.ts';
import type { ChannelAnswer } from '../channels/channel.ts';
import type { Delivery, DeliveryContext } from './delivery.ts';
import { nextAttemptAt } from './retry-delay.ts';

const EVENTS: Readonly<Record<Exclude<Settlement['status'], 'put_back'>, TimelineEvent>> = {
  delivered: 'notification_delivered',
  failed: 'notification_failed',
  skipped: 'notification_skipped',
  pending: 'notification_failed',
};

export async function recordDelivery(delivery: Delivery, context: DeliveryContext): Promise<Delivery> {
  const { notification, answer } = delivery;
  const now = context.now();
  const settlement = delivery.settlement ?? (answer && judge(answer, delivery, context, now));
  if (!settlement) throw new Error('a delivery ended without an answer and without a settlement');
  const { notificationId, alertId, channel, createdAt } = notification;
  const settled = await settle(notification, settlement, context.pool, now);
  if (settled && settlement.status !== 'pending' && settlement.status !== 'put_back') {
    context.counters.settled.inc({ channel, status: settlement.status });
    if (settlement.status === 'delivered') context.counters.delay.observe({ channel }, (now - createdAt) / 1_000);
    if (settlement.status === 'failed') {
      const { failure } = settlement;
      context.log.warn({ notificationId, alertId, channel, failure }, 'a notification failed for good');
    }
  }
  return { ...delivery, settlement };
}

/** What failed for good is settled together with asking what follows, so that neither is lost. */
async function settle(notification: ClaimedNotification, settlement: Settlement, pool: Pool, now: number) {
  const entry = entryOf(notification, settlement);
  const { alertId } = notification;
  if (settlement.status !== 'failed' || alertId === undefined)
    return settleNotification(pool, notification, settlement, now, entry);
  return inTransaction(pool, async (tx) => {
    await readAlertForChange(tx, alertId);
    const settled = await settleNotification(tx, notification, settlement, now, entry);
    if (settled) await reviewAfterFailure(tx, alertId, now);
    return settled;
  });
}

function entryOf({ kind, attempts, reason }: ClaimedNotification, settlement: Settlement) {
  if (settlement.status === 'put_back') return undefined;
  // An hour of failing attempts is one line on the timeline, not a hundred.
  if (settlement.status === 'pending' && attempts > 1) return undefined;
  return {
    event: EVENTS[settlement.status],
    reason: settlement.status === 'delivered' ? reason : settlement.failure,
    detail: { kind, attempts, final: settlement.status !== 'pending' },
  };
}

function judge(answer: ChannelAnswer, { notification }: Delivery, context: DeliveryContext, now: number): Settlement {
  if (answer.fate === 'delivered') return { status: 'delivered' };
  if (answer.fate === 'failed_final') return { status: 'failed', failure: answer.reason, perhapsArrived: false };
  const { attempts, createdAt, severity } = notification;
  const { reason, retryAfterMs, perhapsArrived } = answer;
  const urgent = isUrgent(severity);
  const dueAt = nextAttemptAt({ attempts, createdAt, now, urgent, retryAfterMs, random: context.random() });
  return dueAt === undefined
    ? { status: 'failed', failure: `gave_up_${reason}`, perhapsArrived }
    : { status: 'pending', failure: reason, perhapsArrived, dueAt };
}
