// Opens the contact and hands the notification to its channel. Address and secret exist in this step alone.
import { lesserOf } from '../../domain/alerts/severity-order.ts';
import type { Severity } from '../../domain/rules/rule.ts';
import type { ClaimedNotification } from '../../storage/alerts/notification-claims.ts';
import { openMemberContact } from '../../storage/registry/member-contacts.ts';
import { openPatientContact } from '../../storage/registry/patient-contacts.ts';
import type { Destination, Notification } from '../channels/channel.ts';
import type { Delivery, DeliveryContext } from './delivery.ts';

export async function sendNotification(delivery: Delivery, context: DeliveryContext): Promise<Delivery> {
  if (delivery.settlement) return delivery;
  const { notification } = delivery;
  const channel = context.channels.get(notification.channel);
  const destination = openDestination(delivery, context);
  if (!channel || !destination) {
    const failure = channel ? (notification.withheld ?? 'contact_removed') : 'unknown_channel';
    return { ...delivery, settlement: { status: 'skipped', failure } };
  }
  const patientLabel = channel.saysWho ? await labelFor(delivery, context) : undefined;
  const answer = await channel.send({ ...messageOf(delivery, context), patientLabel }, destination);
  context.counters.attempts.inc({ channel: channel.name, fate: answer.fate });
  if (answer.fate === 'delivered') context.afterSend();
  return { ...delivery, answer };
}

function messageOf(delivery: Delivery, { publicUrl }: DeliveryContext): Notification {
  const { notificationId, kind, alert, subject, teamId, audience, language } = delivery.notification;
  const { alertId, condition, direction, openedAt, isTest } = alert ?? {};
  return {
    notificationId,
    alertId,
    kind,
    severity: severityNow(delivery),
    condition,
    direction,
    openedAt,
    subject,
    teamId,
    code: delivery.code,
    audience,
    link: linkOf(delivery.notification, publicUrl),
    language,
    isTest,
  };
}

/** Where a signed-in person sees what it is about. */
function linkOf({ alert, teamId }: ClaimedNotification, publicUrl: string): string {
  if (alert) return `${publicUrl}/#/alerts/${alert.alertId}`;
  return teamId === undefined ? publicUrl : `${publicUrl}/#/teams/${teamId}`;
}

/** A patient knows who they are; a carer has no file number to tell by. */
async function labelFor({ notification }: Delivery, { labelPatient }: DeliveryContext) {
  const { alert, audience } = notification;
  if (!alert || audience === 'patient') return undefined;
  const label = await labelPatient(alert.patientKey);
  return audience === 'carer' && label ? { surname: label.surname } : label;
}

/** A page that arrives late must not be worse than what is. What got worse meanwhile is a page of its own. */
function severityNow({ notification: { kind, severity, alert } }: Delivery): Severity {
  return !alert || kind === 'cleared' || kind === 'closed' ? severity : lesserOf(severity, alert.severity);
}

/** In-app needs none: the alert's own row is the message. */
const NOWHERE: Destination = {};

/** Undefined where the contact was removed since it was decided to use it, or may not be used any more. */
function openDestination({ notification }: Delivery, { vault }: DeliveryContext): Destination | undefined {
  const { contactId, audience, sealedAddress: address, sealedSecret: secret, keyId } = notification;
  if (contactId === undefined) return NOWHERE;
  if (!address || keyId === undefined) return undefined;
  return audience === 'team'
    ? openMemberContact(vault, contactId, { address, secret, keyId })
    : openPatientContact(vault, contactId, { address, keyId });
}
