// Before anything is sent the alert and its signal are read again: late news never pages as if it were now (promise 4).
import { readTold, wasHeard } from '../../storage/alerts/notification-log.ts';
import { readReasons } from '../../storage/alerts/read-alert.ts';
import { readRunningEpisodes } from '../../storage/alerts/signal-changes.ts';
import type { Delivery, DeliveryContext } from './delivery.ts';

export async function recheckAlert(delivery: Delivery, context: DeliveryContext): Promise<Delivery> {
  const isGoodNews = delivery.notification.kind === 'cleared' || delivery.notification.kind === 'closed';
  const outdated = isGoodNews ? await neverTold(delivery, context) : await overtaken(delivery, context);
  return outdated ? { ...delivery, settlement: { status: 'skipped', failure: outdated } } : delivery;
}

/** What has happened meanwhile that leaves nothing to page about. */
async function overtaken({ notification }: Delivery, { pool, channels }: DeliveryContext): Promise<string | undefined> {
  const { alertState, alertOccurrence, occurrence, alertId, kind, channel } = notification;
  if (alertOccurrence !== occurrence) return 'overtaken_by_new_occurrence';
  if (!['open', 'acknowledged', 'snoozed'].includes(alertState)) return 'closed_before_sending';
  if (alertState === 'snoozed' && kind === 'reminder') return 'snoozed_before_sending';
  // A machine that follows the alert to its end has to hear that it began.
  const follows = channels.get(channel)?.follows ?? false;
  if (alertState === 'acknowledged' && (kind === 'reminder' || !follows)) return 'acknowledged_before_sending';
  const firing = (await readReasons(pool, alertId)).filter((reason) => reason.firing).map(({ episodeId }) => episodeId);
  const running = await readRunningEpisodes(pool, firing);
  return running.length === 0 ? 'cleared_before_sending' : undefined;
}

/** Who was never told of an alert need not hear of its end. */
async function neverTold({ notification }: Delivery, { pool }: DeliveryContext): Promise<string | undefined> {
  const recipient = notification.contactId ?? notification.userId;
  const told = await readTold(pool, notification.alertId);
  const hasHeard = told.some((each) => each.recipient === recipient && each.status === 'delivered' && wasHeard(each));
  return hasHeard ? undefined : 'never_told_of_it';
}
