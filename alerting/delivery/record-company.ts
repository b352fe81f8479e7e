// Writes how an attempt at a message for several went: for each on its own alert's timeline, with the head by whose message it was told.
// Promise: all of it or nothing, and only by whoever made the attempt.
import {
  type ClaimedNotification,
  reviewAfterFailure,
  reviewWhenStuck,
  type Settlement,
  settleNotification,
} from '../../storage/alerts/notification-claims.ts';
import { type CompanySettlement, lockKeysOf, settleCompany } from '../../storage/alerts/settle-company.ts';
import { inTransaction } from '../../storage/in-transaction.ts';
import type { Delivery, DeliveryContext } from './delivery.ts';
import { countOutcome, entryOf, isInVain, reviewAtOf } from './outcome-of-delivery.ts';

export async function recordCompany(
  { notification: head, others = [], left }: Delivery,
  ofMessage: Settlement,
  { pool, counters, log }: Pick<DeliveryContext, 'pool' | 'counters' | 'log'>,
  now: number,
): Promise<void> {
  const settlementOf = ({ notificationId }: ClaimedNotification) => left?.get(notificationId) ?? ofMessage;
  // The head carries the message and its key for as long as it is to be tried again.
  const ofHead = ofMessage.status === 'pending' ? ofMessage : settlementOf(head);
  const items = 1 + others.length - (left?.size ?? 0);
  const ended = others.map((notification): CompanySettlement => {
    const settlement = settlementOf(notification);
    const entry = entryOf(notification, settlement);
    const detail = { ...entry?.detail, sentWith: head.notificationId };
    return { notification, settlement, entry: entry && { ...entry, detail } };
  });
  const all = [{ notification: head, settlement: ofHead }, ...ended];
  const inVain = all.flatMap(({ notification: { alertId }, settlement }) =>
    isInVain(settlement) && alertId !== undefined ? [alertId] : [],
  );
  const stuck = all.flatMap(({ notification, settlement }) => {
    const at = reviewAtOf(notification, settlement, now);
    return at !== undefined && notification.alertId !== undefined ? [{ alertId: notification.alertId, at }] : [];
  });
  const reviewed = [...inVain, ...stuck.map(({ alertId }) => alertId)];

  const isSettled = await inTransaction(pool, async (tx) => {
    if (reviewed.length > 0) await lockKeysOf(tx, reviewed);
    const entry = entryOf(head, ofHead);
    const withItems = entry && { ...entry, detail: { ...entry.detail, items } };
    if (!(await settleNotification(tx, head, ofHead, now, withItems))) return false;
    await settleCompany(tx, ended, now);
    if (inVain.length > 0) await reviewAfterFailure(tx, inVain, now);
    if (stuck.length > 0) await reviewWhenStuck(tx, stuck);
    return true;
  });
  if (!isSettled) return;
  for (const { notification, settlement } of all) countOutcome(notification, settlement, { counters, log }, now);
  const together = ended.filter(({ settlement }) => settlement.status === 'delivered').length;
  if (together > 0) counters.digested.inc({ company: head.company?.split(':')[0] ?? 'none' }, together);
}
