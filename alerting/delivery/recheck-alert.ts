// Before anything is sent the alert and its signal are looked at again, as the claim has read them: late news never pages as if it were
// now (promise 4).
import { isClosed } from '../../domain/alerts/advance-alert.ts';
import { isGoodNews, NO_OUTCOME_YET } from '../../domain/alerts/decide-notification.ts';
import { mayBeHeard, WITHHELD } from '../../domain/alerts/may-be-heard.ts';
import type { ClaimedAlert, ClaimedNotification, Settlement } from '../../storage/alerts/notification-claims.ts';
import { readTold } from '../../storage/alerts/notification-log.ts';
import { noRepeatWanted } from '../../storage/alerts/wanted-repeat.ts';
import type { Delivery, DeliveryContext } from './delivery.ts';

export async function recheckAlert(delivery: Delivery, context: DeliveryContext): Promise<Delivery> {
  const { others = [], notification } = delivery;
  if (others.length > 0) return recheckCompany(delivery, context);
  const { alert, kind, subject } = notification;
  if (subject?.repeat) {
    const failure = withheld(notification) ?? (await noRepeatWanted(context.pool, subject.repeat, context.now()));
    return failure ? { ...delivery, settlement: { status: 'skipped', failure } } : delivery;
  }
  if (!alert || !isGoodNews(kind)) return { ...delivery, settlement: judgePage(notification, context.channels) };
  const failure =
    withheld(notification) ?? noLongerTrue(notification, alert) ?? (await neverTold(notification, alert, context));
  return failure ? { ...delivery, settlement: { status: 'skipped', failure } } : delivery;
}

/**
 * Of a message that is sent again, some may have been heard already: what isn't clear is told again as it was, what is over is left out,
 * and without anything left there is no message.
 */
function recheckCompany(delivery: Delivery, { channels }: DeliveryContext): Delivery {
  const all = [delivery.notification, ...(delivery.others ?? [])];
  const left = new Map<string, Settlement>();
  for (const each of all) {
    const settlement = judgePage(each, channels);
    if (settlement?.status === 'skipped') left.set(each.notificationId, settlement);
  }
  const settlement = left.size < all.length ? undefined : left.get(delivery.notification.notificationId);
  return { ...delivery, left, settlement };
}

/** What has to become of a page instead of being sent; undefined: it is sent. */
export function judgePage(
  notification: ClaimedNotification,
  channels: DeliveryContext['channels'],
): Settlement | undefined {
  const { alert, reason } = notification;
  const outdated = (alert && overtaken(notification, alert, channels)) ?? withheld(notification);
  if (outdated) return { status: 'skipped', failure: outdated };
  // Its owner is asked also once it has cleared.
  if (!alert || reason === NO_OUTCOME_YET || alert.stillFires) return undefined;
  // What isn't applied yet may say that it goes on after all: only the alert itself ends a page for good.
  return alert.hasUnapplied ? PUT_BACK : { status: 'skipped', failure: 'cleared_before_sending' };
}

/** In debug mode the page shows what there is, and a code that somebody asked for still comes. */
function withheld({ isDebug, channel, kind }: ClaimedNotification): string | undefined {
  return isDebug && channel !== 'in_app' && kind !== 'verification' ? WITHHELD : undefined;
}

const PUT_BACK = { status: 'put_back' } as const;

/** What has happened meanwhile that leaves nothing to page about. */
function overtaken(
  { occurrence, kind, channel, reason, audience }: ClaimedNotification,
  alert: ClaimedAlert,
  channels: DeliveryContext['channels'],
): string | undefined {
  const { state } = alert;
  // Said to whoever owns it.
  if (reason === NO_OUTCOME_YET) return state === 'acknowledged' ? undefined : 'overtaken_by_the_owner';
  if (alert.occurrence !== occurrence) return 'overtaken_by_new_occurrence';
  if (isClosed(alert)) return 'closed_before_sending';
  if (state === 'snoozed' && kind === 'reminder') return 'snoozed_before_sending';
  // A machine that follows the alert to its end has to hear that it began.
  const follows = channels.get(channel)?.follows ?? false;
  // Who took it over need not hear of it again; the patient has to act all the same.
  const isOwned = state === 'acknowledged' && audience === 'team' && (kind === 'reminder' || !follows);
  return isOwned ? 'acknowledged_before_sending' : undefined;
}

/** Good news that comes late would end what goes on again, or what a person has closed. */
function noLongerTrue({ occurrence, kind }: ClaimedNotification, alert: ClaimedAlert): string | undefined {
  if (kind === 'closed') return undefined;
  if (alert.occurrence !== occurrence) return 'overtaken_by_new_occurrence';
  return isClosed(alert) ? 'closed_before_sending' : undefined;
}

/** Who was never told of an alert need not hear of its end. */
async function neverTold(
  notification: ClaimedNotification,
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
