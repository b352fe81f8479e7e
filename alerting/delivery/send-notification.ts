// Opens the contact and hands the notification to its channel. Address and secret exist in this step alone.
import { isGoodNews, NO_OUTCOME_YET } from '../../domain/alerts/decide-notification.ts';
import { isGlucoseLow, lesserOf, rankOf } from '../../domain/alerts/severity-order.ts';
import type { Severity } from '../../domain/rules/rule.ts';
import type { ClaimedNotification, Settlement } from '../../storage/alerts/notification-claims.ts';
import { openMemberContact } from '../../storage/registry/member-contacts.ts';
import { openPatientContact } from '../../storage/registry/patient-contacts.ts';
import {
  type Channel,
  type ChannelAnswer,
  type Destination,
  ITEMS_SHOWN,
  type Notification,
  type NotificationItem,
} from '../channels/channel.ts';
import { isPassing } from '../is-passing.ts';
import type { Delivery, DeliveryContext } from './delivery.ts';
import { withOptOut } from './with-opt-out.ts';

export async function sendNotification(delivery: Delivery, context: DeliveryContext): Promise<Delivery> {
  if (delivery.settlement) return delivery;
  const { notification } = delivery;
  const channel = context.channels.get(notification.channel);
  if (!channel) return { ...delivery, settlement: { status: 'skipped', failure: 'unknown_channel' } };
  const destination = openDestination(delivery, context);
  if ('status' in destination) return { ...delivery, settlement: destination };
  const answer = await attempt(delivery, channel, destination, context);
  context.counters.attempts.inc({ channel: channel.name, fate: answer.fate });
  if (answer.fate === 'delivered') context.afterSend();
  return { ...delivery, answer };
}

/** A fault of our own counts as a failure of the channel: tried again ever later, while others are told. Throws in an outage of the database. */
async function attempt(
  delivery: Delivery,
  channel: Channel,
  destination: Destination,
  context: DeliveryContext,
): Promise<ChannelAnswer> {
  const { notification } = delivery;
  let isHandedOver = false;
  try {
    const message = await withOptOut(await writeMessage(delivery, channel, context), notification, context);
    isHandedOver = true;
    return await channel.send(message, destination);
  } catch (err) {
    if (!isHandedOver && isPassing(err)) throw err;
    const { notificationId } = notification;
    context.log.error({ err, notificationId, channel: channel.name }, 'a message was not sent for a fault of ours');
    return { fate: 'failed_recoverable', reason: 'internal_error', perhapsArrived: isHandedOver };
  }
}

async function writeMessage(delivery: Delivery, channel: Channel, context: DeliveryContext): Promise<Notification> {
  const { notification, others = [], left } = delivery;
  const said = [notification, ...others].filter(({ notificationId }) => !left?.has(notificationId));
  const inOrder = said.toSorted(byUrgency);
  const [worst = notification] = inOrder;
  const one = await itemOf(worst, channel, context);
  // A repeat has the key of its head, whichever of them is still worth telling.
  if (inOrder.length <= 1)
    return { ...messageOf(worst, delivery, context), ...one, notificationId: notification.notificationId };
  const items = [one];
  for (const [place, each] of inOrder.slice(1).entries())
    items.push(place + 1 < ITEMS_SHOWN ? await itemOf(each, channel, context) : plainItemOf(each, context));
  const { kind, audience, language } = notification;
  const severity = one.severity;
  const link = `${context.publicUrl}/#/alerts`;
  return { notificationId: notification.notificationId, kind, severity, audience, language, link, items };
}

async function itemOf(
  notification: ClaimedNotification,
  channel: Channel,
  context: DeliveryContext,
): Promise<NotificationItem> {
  const patientLabel = channel.saysWho ? await labelFor(notification, context) : undefined;
  return { ...plainItemOf(notification, context), patientLabel };
}

function plainItemOf(notification: ClaimedNotification, { publicUrl }: DeliveryContext): NotificationItem {
  const { notificationId, kind, alert, reason } = notification;
  const { alertId, condition, direction, openedAt } = alert ?? {};
  const about = { alertId, condition, direction, openedAt, isForOwner: reason === NO_OUTCOME_YET };
  return { notificationId, kind, severity: severityNow(notification), ...about, link: linkOf(notification, publicUrl) };
}

function messageOf(notification: ClaimedNotification, { code }: Delivery, context: DeliveryContext): Notification {
  const { subject, teamId, audience, language, alert } = notification;
  return { ...plainItemOf(notification, context), subject, teamId, code, audience, language, isTest: alert?.isTest };
}

/** Where a signed-in person sees what it is about. */
function linkOf({ alert, teamId }: ClaimedNotification, publicUrl: string): string {
  if (alert) return `${publicUrl}/#/alerts/${alert.alertId}`;
  return teamId === undefined ? publicUrl : `${publicUrl}/#/teams/${teamId}`;
}

/** A patient knows who they are; a carer has no file number to tell by. */
async function labelFor(notification: ClaimedNotification, { labelPatient }: DeliveryContext) {
  const { alert, audience } = notification;
  if (!alert || audience === 'patient') return undefined;
  const label = await labelPatient(alert.patientKey);
  return audience === 'carer' && label ? { surname: label.surname } : label;
}

/** The worst first, and of what is equally bad a low: of many a text names but a few. */
function byUrgency(a: ClaimedNotification, b: ClaimedNotification): number {
  const isLow = ({ alert }: ClaimedNotification) => Number(isGlucoseLow(alert ?? {}));
  return rankOf(severityNow(b)) - rankOf(severityNow(a)) || isLow(b) - isLow(a);
}

/** A page that arrives late must not be worse than what is. What got worse meanwhile is a page of its own. */
function severityNow({ kind, severity, alert }: ClaimedNotification): Severity {
  return !alert || isGoodNews(kind) ? severity : lesserOf(severity, alert.severity);
}

/** In-app needs none: the alert's own row is the message. */
const NOWHERE: Destination = {};

/** Where it goes; or what becomes of it where it can go nowhere: the contact was removed since, may not be used, or its key is gone. */
function openDestination({ notification }: Delivery, { vault }: DeliveryContext): Destination | Settlement {
  const { contactId, audience, sealedAddress: address, sealedSecret: secret, keyId, unusable } = notification;
  if (contactId === undefined) return NOWHERE;
  if (!address || keyId === undefined) return { status: 'skipped', failure: unusable ?? 'contact_removed' };
  const open = audience === 'team' ? openMemberContact : openPatientContact;
  try {
    return open(vault, contactId, { address, secret, keyId });
  } catch {
    return { status: 'failed', failure: 'contact_unreadable', perhapsArrived: false };
  }
}
