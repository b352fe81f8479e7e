// What an attempt's outcome is to others: an entry on the timeline, a count, or a reason to try somebody else.
import { stuckAt } from '../../domain/alerts/may-be-heard.ts';
import type { ClaimedNotification, Settlement } from '../../storage/alerts/notification-claims.ts';
import type { CompanyEntry } from '../../storage/alerts/settle-company.ts';
import type { TimelineEvent } from '../../storage/alerts/timeline.ts';
import type { DeliveryContext } from './delivery.ts';

const EVENTS: Readonly<Record<Exclude<Settlement['status'], 'put_back'>, TimelineEvent>> = {
  delivered: 'notification_delivered',
  failed: 'notification_failed',
  skipped: 'notification_skipped',
  pending: 'notification_failed',
};

export function entryOf(
  { kind, attempts, reason }: ClaimedNotification,
  settlement: Settlement,
): CompanyEntry | undefined {
  if (settlement.status === 'put_back') return undefined;
  // An hour of failing attempts is one line on the timeline, not a hundred.
  if (settlement.status === 'pending' && attempts > 1) return undefined;
  return {
    event: EVENTS[settlement.status],
    reason: settlement.status === 'delivered' ? reason : settlement.failure,
    detail: { kind, attempts, final: settlement.status !== 'pending' },
  };
}

/** Whoever has left or withdrawn since, or is told by a way that was taken out of the set-up, cannot be told, as if their contact had failed. */
const GONE = ['contact_removed', 'consent_withdrawn', 'unknown_channel'];

/** It reaches nobody: somebody else is tried at once. */
export function isInVain(settlement: Settlement): boolean {
  return settlement.status === 'failed' || (settlement.status === 'skipped' && GONE.includes(settlement.failure));
}

/** From its first failures on a timer stands, whoever made the attempts. */
const FIRST_FAILURES = 3;

/** When somebody else is tried as well although it is tried on, epoch ms; undefined: never, or a timer for it stands. */
export function reviewAtOf(notification: ClaimedNotification, { status }: Settlement, now: number): number | undefined {
  if (status !== 'pending' || notification.alertId === undefined || notification.attempts > FIRST_FAILURES)
    return undefined;
  const at = stuckAt({ ...notification, status });
  return at === undefined ? undefined : Math.max(now, at);
}

export function countOutcome(
  { notificationId, alertId, channel, createdAt }: ClaimedNotification,
  settlement: Settlement,
  { counters, log }: Pick<DeliveryContext, 'counters' | 'log'>,
  now: number,
): void {
  if (settlement.status === 'pending' || settlement.status === 'put_back') return;
  counters.settled.inc({ channel, status: settlement.status });
  if (settlement.status === 'delivered') counters.delay.observe({ channel }, (now - createdAt) / 1_000);
  if (settlement.status === 'failed') {
    const { failure } = settlement;
    log.warn({ notificationId, alertId, channel, failure }, 'a notification failed for good');
  }
}
