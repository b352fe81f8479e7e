// Leaves out whoever was told this already, or is being told, and says to each what it is to them: an alert they have not heard of
// has opened, whatever it is to the others.
import { v7 as uuidv7 } from 'uuid';
import type { NotificationKind } from '../../domain/alerts/decide-notification.ts';
import { idempotencyKey } from '../../domain/alerts/idempotency-key.ts';
import type { AlertRecord } from '../../storage/alerts/alert-record.ts';
import {
  mayBeHeard,
  type PlannedNotification,
  readTold,
  type ToldContact,
} from '../../storage/alerts/notification-log.ts';
import type { Plan, PlanContext, Recipient, Telling } from '../plan.ts';

export async function skipAlreadySent(plan: Plan, { tx }: PlanContext): Promise<Plan> {
  const { telling } = plan;
  if (!telling) return plan;
  const told = await readTold(tx, plan.alert.alertId);
  const notifications = plan.recipients.flatMap((recipient): PlannedNotification[] => {
    const heard = told.filter((each) => each.recipient === idOf(recipient) && mayBeHeard(each));
    if (isBeingTold(heard, plan)) return [];
    return [notify(plan, recipient, telling, kindFor(telling.kind, heard, plan.alert))];
  });
  return { ...plan, notifications };
}

const idOf = ({ contactId, userId }: Recipient) => contactId ?? userId;

/** An attempt that still goes on will bring the page: a reminder beside it would only arrive with it. */
function isBeingTold(heard: readonly ToldContact[], { alert, telling }: Plan): boolean {
  return (
    telling?.kind === 'reminder' &&
    heard.some(({ status, occurrence }) => status === 'pending' && occurrence === alert.occurrence)
  );
}

/** What is on its way for an earlier occurrence will not be sent any more, and what has no answer may not have arrived. */
function kindFor(
  kind: NotificationKind,
  heard: readonly ToldContact[],
  { occurrence }: Pick<AlertRecord, 'occurrence'>,
): NotificationKind {
  if (kind === 'cleared' || kind === 'closed') return kind;
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
  const { contactId, memberId, userId, channel } = recipient;
  const whom = { contactId, memberId, userId, channel };
  return { notificationId: uuidv7(), alertId, occurrence, ...whom, kind, severity, reason, sentKey };
}
