// Before anything is sent the alert and its signal are looked at again, as the claim has read them: late news never pages as if it were
// now (promise 4).
import { isClosed } from '../../domain/alerts/advance-alert.ts';
import type { ClaimedAlert } from '../../storage/alerts/notification-claims.ts';
import { mayBeHeard, readTold } from '../../storage/alerts/notification-log.ts';
import type { Delivery, DeliveryContext } from './delivery.ts';

export async function recheckAlert(delivery: Delivery, context: DeliveryContext): Promise<Delivery> {
  const { alert } = delivery.notification;
  if (!alert) return delivery;
  const isGoodNews = delivery.notification.kind === 'cleared' || delivery.notification.kind === 'closed';
  const outdated = isGoodNews
    ? (noLongerTrue(delivery, alert) ?? (await neverTold(delivery, alert, context)))
    : overtaken(delivery, alert, context);
  if (outdated) return { ...delivery, settlement: { status: 'skipped', failure: outdated } };
  const isToOwner = delivery.notification.reason === TO_OWNER;
  if (isGoodNews || isToOwner || alert.stillFires) return delivery;
  // What isn't applied yet may say that it goes on after all: only the alert itself ends a page for good.
  const isOver = !alert.hasUnapplied;
  return { ...delivery, settlement: isOver ? { status: 'skipped', failure: 'cleared_before_sending' } : PUT_BACK };
}

/** The one reminder that is for whoever took it over, also once it has cleared. */
const TO_OWNER = 'no_outcome_yet';
const PUT_BACK = { status: 'put_back' } as const;

/** What has happened meanwhile that leaves nothing to page about. */
function overtaken({ notification }: Delivery, alert: ClaimedAlert, { channels }: DeliveryContext): string | undefined {
  const { occurrence, kind, channel, reason } = notification;
  const { state } = alert;
  // Said to whoever owns it.
  if (reason === TO_OWNER) return state === 'acknowledged' ? undefined : 'overtaken_by_the_owner';
  if (alert.occurrence !== occurrence) return 'overtaken_by_new_occurrence';
  if (isClosed(alert)) return 'closed_before_sending';
  if (state === 'snoozed' && kind === 'reminder') return 'snoozed_before_sending';
  // A machine that follows the alert to its end has to hear that it began.
  const follows = channels.get(channel)?.follows ?? false;
  const isOwned = state === 'acknowledged' && (kind === 'reminder' || !follows);
  return isOwned ? 'acknowledged_before_sending' : undefined;
}

/** Good news that comes late would end what goes on again, or what a person has closed. */
function noLongerTrue({ notification: { occurrence, kind } }: Delivery, alert: ClaimedAlert): string | undefined {
  if (kind === 'closed') return undefined;
  if (alert.occurrence !== occurrence) return 'overtaken_by_new_occurrence';
  return isClosed(alert) ? 'closed_before_sending' : undefined;
}

/** Who was never told of an alert need not hear of its end. */
async function neverTold(
  { notification }: Delivery,
  { alertId }: ClaimedAlert,
  { pool }: DeliveryContext,
): Promise<string | undefined> {
  const recipient = notification.contactId ?? notification.userId;
  const told = await readTold(pool, alertId);
  const hasHeard = told.some(
    (each) => each.recipient === recipient && mayBeHeard(each) && (each.status === 'delivered' || each.unanswered > 0),
  );
  return hasHeard ? undefined : 'never_told_of_it';
}
