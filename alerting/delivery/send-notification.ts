// Opens the contact and hands the notification to its channel. Address and secret exist in this step alone.
import { lesserOf } from '../../domain/alerts/severity-order.ts';
import type { Severity } from '../../domain/rules/rule.ts';
import { openMemberContact } from '../../storage/registry/member-contacts.ts';
import type { Destination, Notification } from '../channels/channel.ts';
import type { Delivery, DeliveryContext } from './delivery.ts';

export async function sendNotification(delivery: Delivery, context: DeliveryContext): Promise<Delivery> {
  if (delivery.settlement) return delivery;
  const { notification } = delivery;
  const channel = context.channels.get(notification.channel);
  const destination = openDestination(delivery, context);
  if (!channel || !destination) {
    const failure = channel ? 'contact_removed' : 'unknown_channel';
    return { ...delivery, settlement: { status: 'skipped', failure } };
  }
  const { notificationId, alertId, kind, condition, direction, openedAt } = notification;
  const message: Notification = {
    notificationId,
    alertId,
    kind,
    severity: severityNow(delivery),
    condition,
    direction,
    openedAt,
    link: `${context.publicUrl}/#/alerts/${alertId}`,
  };
  const answer = await channel.send(message, destination);
  context.counters.attempts.inc({ channel: channel.name, fate: answer.fate });
  if (answer.fate === 'delivered') context.afterSend();
  return { ...delivery, answer };
}

/** A page that arrives late must not be worse than what is. What got worse meanwhile is a page of its own. */
function severityNow({ notification: { kind, severity, alertSeverity } }: Delivery): Severity {
  return kind === 'cleared' || kind === 'closed' ? severity : lesserOf(severity, alertSeverity);
}

/** In-app needs none: the alert's own row is the message. */
const NOWHERE: Destination = {};

/** Undefined where the contact was removed since it was decided to use it. */
function openDestination({ notification }: Delivery, { vault }: DeliveryContext): Destination | undefined {
  const { contactId, sealedAddress: address, sealedSecret: secret, keyId } = notification;
  if (contactId === undefined) return NOWHERE;
  return address && keyId !== undefined ? openMemberContact(vault, contactId, { address, secret, keyId }) : undefined;
}
