// Who gets it: the team responsible now, every member's every contact at once. Whom it can't reach is skipped with a reason, counted and
// on the timeline, and is never an error: the alert stays open in the app.

import { mayBeHeard, readTold } from '../../storage/alerts/notification-log.ts';
import { readTeamContacts, type TeamContact } from '../../storage/alerts/team-contacts.ts';
import type { TimelineEntry } from '../../storage/alerts/timeline.ts';
import type { Plan, PlanContext, Recipient } from '../plan.ts';
import { isForPatientOnly } from '../rule-timing.ts';

export async function route(plan: Plan, context: PlanContext): Promise<Plan> {
  const { alert, reasons, telling } = plan;
  if (!telling) return plan;
  if (telling.kind === 'cleared' || telling.kind === 'closed') return routeEnd(plan, context);
  if (isForPatientOnly(reasons)) return skipAll({ ...plan, telling: undefined }, 'meant_for_patient', context);
  if (alert.teamId === undefined) return skipAll(plan, 'no_responsible_team', context);
  const contacts = await readTeamContacts(context.tx, alert.teamId);
  const skipped: TimelineEntry[] = [];
  const recipients: Recipient[] = [];
  for (const contact of contacts) {
    const unusable = whyUnusable(contact, context);
    if (unusable) skipped.push(skip(plan, unusable, context, contact));
    else if (contact.channel) recipients.push({ ...contact, channel: contact.channel });
  }
  const inApp = inAppRecipients(contacts);
  const reached = { ...plan, recipients: [...recipients, ...inApp], timeline: [...plan.timeline, ...skipped] };
  return recipients.length > 0 ? reached : skipAll(reached, 'no_reachable_contact', context);
}

/** Its end is for those who follow alerts and have heard of this one, whichever team they are in by now. */
async function routeEnd(plan: Plan, { tx, channels }: PlanContext): Promise<Plan> {
  const told = (await readTold(tx, plan.alert.alertId)).filter(mayBeHeard);
  const followers = told.filter(({ channel }) => channels.get(channel)?.follows);
  return { ...plan, recipients: [...new Map(followers.map((each) => [each.recipient, each])).values()] };
}

function whyUnusable({ contactId, channel, verified }: TeamContact, { channels }: PlanContext): string | undefined {
  // A member without any contact is no fault of theirs; the app is open to them all the same.
  if (contactId === undefined || channel === 'in_app') return undefined;
  if (!channel || !channels.has(channel)) return 'unknown_channel';
  return verified ? undefined : 'unverified_contact';
}

/** Everybody of the team who can sign in, once. */
function inAppRecipients(contacts: readonly TeamContact[]): Recipient[] {
  const byUser = new Map<string, Recipient>();
  for (const { userId, memberId } of contacts) if (userId) byUser.set(userId, { userId, memberId, channel: 'in_app' });
  return [...byUser.values()];
}

function skipAll(plan: Plan, reason: string, context: PlanContext): Plan {
  return { ...plan, timeline: [...plan.timeline, skip(plan, reason, context)] };
}

function skip(
  { alert, telling }: Plan,
  reason: string,
  { now, counters }: PlanContext,
  contact?: TeamContact,
): TimelineEntry {
  counters.contactSkips.inc({ reason });
  const { contactId, memberId, channel } = contact ?? {};
  const entry = {
    alertId: alert.alertId,
    at: now,
    event: 'contact_skipped',
    reason,
    contactId,
    memberId,
    channel,
  } as const;
  return telling ? { ...entry, detail: { kind: telling.kind } } : entry;
}
