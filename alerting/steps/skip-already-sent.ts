// Leaves out whoever was told this already, or is being told, and says to each what it is to them: an alert they have not heard of
// has opened, whatever it is to the others.
import { v7 as uuidv7 } from 'uuid';
import { isGoodNews, type NotificationKind } from '../../domain/alerts/decide-notification.ts';
import { idempotencyKey } from '../../domain/alerts/idempotency-key.ts';
import { countsAsTold, mayBeHeard } from '../../domain/alerts/may-be-heard.ts';
import type { Recipient } from '../../domain/alerts/take-steps.ts';
import type { AlertRecord } from '../../storage/alerts/alert-record.ts';
import type { PlannedNotification, ToldContact } from '../../storage/alerts/notification-log.ts';
import type { Plan, Telling } from '../plan.ts';

export function skipAlreadySent(plan: Plan): Plan {
  const { telling, told = [] } = plan;
  if (!telling) return plan;
  const notifications = plan.recipients.flatMap((recipient): PlannedNotification[] => {
    const ofRecipient = told.filter((each) => each.recipient === idOf(recipient));
    if (isBeingTold(ofRecipient.filter(countsAsTold), plan)) return [];
    const heard = ofRecipient.filter(mayBeHeard);
    return [notify(plan, recipient, telling, kindFor(telling.kind, heard, plan.alert))];
  });
  return { ...plan, notifications };
}

const idOf = ({ contactId, userId }: Recipient) => contactId ?? userId;

/**
 * An attempt that still goes on will bring the page: a reminder beside it would only arrive with it. A further step, or a stage that is the
 * patient's, is no reason to tell anybody the same again.
 */
function isBeingTold(heard: readonly ToldContact[], { alert, telling }: Plan): boolean {
  const here = heard.filter(({ occurrence }) => occurrence === alert.occurrence);
  if (telling?.scope === 'next_steps' || telling?.scope === 'outside') return here.length > 0;
  if (telling?.scope === 'patient') return here.some(({ severity }) => severity === alert.severity);
  return telling?.kind === 'reminder' && here.some(({ status }) => status === 'pending');
}

/** What is on its way for an earlier occurrence will not be sent any more, and what has no answer may not have arrived. */
function kindFor(
  kind: NotificationKind,
  heard: readonly ToldContact[],
  { occurrence }: Pick<AlertRecord, 'occurrence'>,
): NotificationKind {
  if (isGoodNews(kind)) return kind;
  const knowsOfIt = heard.some(
    (each) => each.status === 'delivered' || (each.status === 'pending' && each.occurrence === occurrence),
  );
  if (!knowsOfIt) return 'opened';
  return kind === 'opened' ? 'changed' : kind;
}

function notify(
  { alert }: Plan,
  recipient: Recipient,
  { step, reason }: Telling,
  kind: NotificationKind,
): PlannedNotification {
  const { alertId, occurrence, severity } = alert;
  const sentKey = idempotencyKey({ alertId, contactId: idOf(recipient) ?? '', occurrence, kind, severity, step });
  const { contactId, memberId, userId, channel, audience, escalationStep } = recipient;
  const whom = { contactId, memberId, userId, channel, audience, escalationStep };
  return { notificationId: uuidv7(), alertId, occurrence, ...whom, kind, severity, reason, sentKey };
}
