// Writes how an attempt went, into the notification log and onto the alert's timeline, and when to try again.
import { isUrgent } from '../../domain/alerts/severity-order.ts';
import {
  type ClaimedNotification,
  reviewAfterFailure,
  reviewWhenStuck,
  type Settlement,
  settleNotification,
} from '../../storage/alerts/notification-claims.ts';
import { readAlertForChange } from '../../storage/alerts/read-alert.ts';
import { inTransaction } from '../../storage/in-transaction.ts';
import { askToRepeat } from '../ask-to-repeat.ts';
import type { ChannelAnswer } from '../channels/channel.ts';
import type { Delivery, DeliveryContext } from './delivery.ts';
import { countOutcome, entryOf, isInVain, reviewAtOf } from './outcome-of-delivery.ts';
import { recordCompany } from './record-company.ts';
import { nextAttemptAt } from './retry-delay.ts';

export async function recordDelivery(delivery: Delivery, context: DeliveryContext): Promise<Delivery> {
  const { notification, answer } = delivery;
  const now = context.now();
  const settlement = delivery.settlement ?? (answer && judge(answer, delivery, context, now));
  if (!settlement) throw new Error('a delivery ended without an answer and without a settlement');
  if (delivery.others?.length) await recordCompany(delivery, settlement, context, now);
  else await recordAlone(notification, settlement, context, now);
  return { ...delivery, settlement };
}

async function recordAlone(
  notification: ClaimedNotification,
  settlement: Settlement,
  context: DeliveryContext,
  now: number,
): Promise<void> {
  if (await settle(notification, settlement, context, now)) countOutcome(notification, settlement, context, now);
}

/** What failed for good is settled together with asking what follows, so that neither is lost. */
async function settle(
  notification: ClaimedNotification,
  settlement: Settlement,
  { pool, channels }: DeliveryContext,
  now: number,
) {
  const entry = entryOf(notification, settlement);
  const { alertId, subject, teamId } = notification;
  const repeat = subject?.repeat;
  const reviewAt = reviewAtOf(notification, settlement, now);
  if ((!isInVain(settlement) && reviewAt === undefined) || (alertId === undefined && !repeat))
    return settleNotification(pool, notification, settlement, now, entry);
  return inTransaction(pool, async (tx) => {
    if (alertId !== undefined) await readAlertForChange(tx, alertId);
    const settled = await settleNotification(tx, notification, settlement, now, entry);
    if (settled && alertId !== undefined) {
      if (reviewAt === undefined) await reviewAfterFailure(tx, [alertId], now);
      else await reviewWhenStuck(tx, [{ alertId, at: reviewAt }]);
    }
    if (settled && repeat && isInVain(settlement)) await askToRepeat(tx, { subject: repeat, teamId, channels, now });
    return settled;
  });
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
