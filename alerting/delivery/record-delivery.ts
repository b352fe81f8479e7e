// Writes how an attempt went, into the notification log and onto the alert's timeline, and when to try again.

import { type Settlement, settleNotification } from '../../storage/alerts/notification-log.ts';
import { appendTimeline, type TimelineEvent } from '../../storage/alerts/timeline.ts';
import { inTransaction } from '../../storage/in-transaction.ts';
import type { ChannelAnswer } from '../channels/channel.ts';
import type { Delivery, DeliveryContext } from './delivery.ts';
import { nextAttemptAt } from './retry-delay.ts';

const EVENTS: Readonly<Record<Settlement['status'], TimelineEvent>> = {
  delivered: 'notification_delivered',
  failed: 'notification_failed',
  skipped: 'notification_skipped',
  pending: 'notification_failed',
};

export async function recordDelivery(delivery: Delivery, context: DeliveryContext): Promise<Delivery> {
  const { notification, answer } = delivery;
  const now = context.now();
  const settlement = delivery.settlement ?? (answer && settle(answer, delivery, context, now));
  if (!settlement) throw new Error('a delivery ended without an answer and without a settlement');
  const { notificationId, alertId, channel, contactId, memberId, kind, attempts } = notification;
  const settled = await inTransaction(context.pool, async (tx) => {
    if (!(await settleNotification(tx, notificationId, settlement, now))) return false;
    // An hour of failing attempts is one line on the timeline, not a hundred.
    if (settlement.status === 'pending' && attempts > 1) return true;
    const reason = settlement.status === 'delivered' ? notification.reason : settlement.failure;
    const detail = { kind, attempts, final: settlement.status !== 'pending' };
    const event = EVENTS[settlement.status];
    await appendTimeline(tx, [
      { alertId, at: now, event, reason, channel, contactId, memberId, notificationId, detail },
    ]);
    return true;
  });
  if (settled && settlement.status !== 'pending') {
    context.counters.settled.inc({ channel, status: settlement.status });
    if (settlement.status === 'delivered')
      context.counters.delay.observe({ channel }, (now - notification.createdAt) / 1_000);
    if (settlement.status === 'failed')
      context.log.warn(
        { notificationId, alertId, channel, failure: settlement.failure },
        'a notification failed for good',
      );
  }
  return { ...delivery, settlement };
}

function settle(answer: ChannelAnswer, { notification }: Delivery, context: DeliveryContext, now: number): Settlement {
  if (answer.fate === 'delivered') return { status: 'delivered' };
  if (answer.fate === 'failed_final') return { status: 'failed', failure: answer.reason };
  const { attempts, createdAt } = notification;
  const { retryAfterMs } = answer;
  const dueAt = nextAttemptAt({ attempts, createdAt, now, retryAfterMs, random: context.random() });
  return dueAt === undefined
    ? { status: 'failed', failure: `gave_up_${answer.reason}` }
    : { status: 'pending', failure: answer.reason, dueAt };
}
