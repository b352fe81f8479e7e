// Writes how an attempt at a message for several went: for each on its own alert's timeline, with the head by whose message it was told.
// Promise: all of it or nothing, and only by whoever made the attempt.
import {
  type ClaimedNotification,
  reviewAfterFailure,
  type Settlement,
  settleNotification,
} from '../../storage/alerts/notification-claims.ts';
import { type CompanySettlement, lockKeysOf, settleCompany } from '../../storage/alerts/settle-company.ts';
import { inTransaction } from '../../storage/in-transaction.ts';
import type { Delivery, DeliveryContext } from './delivery.ts';
import { countOutcome, entryOf, isInVain } from './outcome-of-delivery.ts';

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

  const isSettled = await inTransaction(pool, async (tx) => {
    if (inVain.length > 0) await lockKeysOf(tx, inVain);
    const entry = entryOf(head, ofHead);
    const withItems = entry && { ...entry, detail: { ...entry.detail, items } };
    if (!(await settleNotification(tx, head, ofHead, now, withItems))) return false;
    await settleCompany(tx, ended, now);
    if (inVain.length > 0) await reviewAfterFailure(tx, inVain, now);
    return true;
  });
  if (!isSettled) return;
  for (const { notification, settlement } of all) countOutcome(notification, settlement, { counters, log }, now);
  const together = ended.filter(({ settlement }) => settlement.status === 'delivered').length;
  if (together > 0) counters.digested.inc({ company: head.company?.split(':')[0] ?? 'none' }, together);
}
