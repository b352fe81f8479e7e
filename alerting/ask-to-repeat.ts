// The message by which a patient is asked to measure again: to the first of their contacts that can be used, and to the next one where
// that failed for good. Promise: one message for one reading, and nobody of the team hears of it.
import { v7 as uuidv7 } from 'uuid';
import { PATIENT_ALONE } from '../domain/alerts/escalation-policy.ts';
import type { RepeatSubject } from '../domain/alerts/notification-subject.ts';
import { type RoutedContact, routeStep } from '../domain/alerts/route-step.ts';
import type { Severity } from '../domain/rules/rule.ts';
import { planNotifications, readStatusByKey } from '../storage/alerts/notification-log.ts';
import type { Queryable } from '../storage/alerts/queryable.ts';
import { readRouting } from '../storage/alerts/read-routing.ts';
import type { Channel } from './channels/channel.ts';

/** What fires where no repeat comes. */
export const REPEAT_SEVERITY: Severity = 'critical';

export interface RepeatQuestion {
  readonly subject: RepeatSubject;
  /** Absent while nobody is responsible. */
  readonly teamId?: string | undefined;
  readonly channels: ReadonlyMap<string, Channel>;
  readonly now: number;
}

/** Answers the ids of what is new: none where it was asked already, or there is no contact with consent left to ask. */
export async function askToRepeat(tx: Queryable, question: RepeatQuestion): Promise<string[]> {
  const { subject, teamId, channels, now } = question;
  const { patientKey } = subject;
  const routing = await readRouting(tx, { teamId, patientKey });
  const hasChannel = (channel: string) => channels.has(channel);
  const { people } = routeStep(PATIENT_ALONE.steps[0]!, { routing, at: now, hasChannel });
  const contacts = people.flatMap((person) => person.contacts);
  const tried = await readStatusByKey(
    tx,
    contacts.map((contact) => keyOf(subject, contact)),
  );
  // Somebody is being asked, or was.
  if ([...tried.values()].some((status) => status === 'pending' || status === 'delivered')) return [];
  const next = contacts.find((contact) => !tried.has(keyOf(subject, contact)));
  if (!next) return [];
  const { contactId, channel } = next;
  const planned = {
    notificationId: uuidv7(),
    subject: { repeat: subject },
    teamId,
    occurrence: 1,
    contactId,
    channel,
    audience: 'patient',
    kind: 'repeat_request',
    severity: REPEAT_SEVERITY,
    reason: 'awaiting_repeat',
    sentKey: keyOf(subject, next),
  } as const;
  return planNotifications(tx, [planned], now);
}

/** Rules that share a line ask for the same repeat. */
const keyOf = ({ patientKey, deadlineAt }: RepeatSubject, { contactId }: RoutedContact) =>
  `repeat.${patientKey}.${deadlineAt}.${contactId}`;
