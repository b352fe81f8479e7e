// Leaves out whoever was told this already, or is being told, and says to each what it is to them: an alert they have not heard of
// has opened, whatever it is to the others.
import { v7 as uuidv7 } from 'uuid';
import type { NotificationKind } from '../../storage/alerts/alert-record.ts';
import {
  type PlannedNotification,
  readTold,
  type ToldContact,
  wasHeard,
} from '../../storage/alerts/notification-log.ts';
import type { Plan, PlanContext, Recipient } from '../plan.ts';

export async function skipAlreadySent(plan: Plan, { tx }: PlanContext): Promise<Plan> {
  const { telling } = plan;
  if (!telling) return plan;
  const told = await readTold(tx, plan.alert.alertId);
  const notifications = plan.recipients.flatMap((recipient): PlannedNotification[] => {
    const heard = told.filter((each) => each.recipient === idOf(recipient) && wasHeard(each));
    if (isBeingTold(heard, plan)) return [];
    return [notify(plan, recipient, kindFor(telling.kind, heard), telling.reason)];
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

function kindFor(kind: NotificationKind, heard: readonly ToldContact[]): NotificationKind {
  if (kind === 'cleared' || kind === 'closed') return kind;
  if (heard.length === 0) return 'opened';
  return kind === 'opened' ? 'changed' : kind;
}

function notify({ alert }: Plan, recipient: Recipient, kind: NotificationKind, reason: string): PlannedNotification {
  const { alertId, occurrence, severity, announcedAt } = alert;
  const { contactId, memberId, userId, channel } = recipient;
  // A reminder is told from the one before by what it follows.
  const step = kind === 'reminder' ? (announcedAt ?? 0) : 0;
  const sentKey = [alertId, occurrence, kind, severity, step, idOf(recipient)].join('.');
  return {
    notificationId: uuidv7(),
    alertId,
    occurrence,
    contactId,
    memberId,
    userId,
    channel,
    kind,
    severity,
    reason,
    sentKey,
  };
}
