// Before anything is sent the alert and its signal are looked at again, as the claim has read them: late news never pages as if it were
// now (promise 4).
import { isClosed } from '../../domain/alerts/advance-alert.ts';
import { readTold, wasHeard } from '../../storage/alerts/notification-log.ts';
import type { Delivery, DeliveryContext } from './delivery.ts';

export async function recheckAlert(delivery: Delivery, context: DeliveryContext): Promise<Delivery> {
  const isGoodNews = delivery.notification.kind === 'cleared' || delivery.notification.kind === 'closed';
  const outdated = isGoodNews ? await neverTold(delivery, context) : overtaken(delivery, context);
  return outdated ? { ...delivery, settlement: { status: 'skipped', failure: outdated } } : delivery;
}

/** What has happened meanwhile that leaves nothing to page about. */
function overtaken({ notification }: Delivery, { channels }: DeliveryContext): string | undefined {
  const { alertState, alertOccurrence, occurrence, kind, channel, stillFires } = notification;
  if (alertOccurrence !== occurrence) return 'overtaken_by_new_occurrence';
  if (isClosed({ state: alertState })) return 'closed_before_sending';
  if (alertState === 'snoozed' && kind === 'reminder') return 'snoozed_before_sending';
  // A machine that follows the alert to its end has to hear that it began.
  const follows = channels.get(channel)?.follows ?? false;
  if (alertState === 'acknowledged' && (kind === 'reminder' || !follows)) return 'acknowledged_before_sending';
  return stillFires ? undefined : 'cleared_before_sending';
}

/** Who was never told of an alert need not hear of its end. */
async function neverTold({ notification }: Delivery, { pool }: DeliveryContext): Promise<string | undefined> {
  const recipient = notification.contactId ?? notification.userId;
  const told = await readTold(pool, notification.alertId);
  const hasHeard = told.some((each) => each.recipient === recipient && each.status === 'delivered' && wasHeard(each));
  return hasHeard ? undefined : 'never_told_of_it';
}
