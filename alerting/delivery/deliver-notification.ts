// One attempt at one notification: the second half of the pipeline, outside any transaction. Promise: two that try at once send once,
// and a process that dies in between leaves it due again within seconds, with the same key.
import { type ClaimedNotification, claimNotification, renewClaim } from '../../storage/alerts/notification-claims.ts';
import type { Delivery, DeliveryContext, DeliveryStep } from './delivery.ts';

/** Renewed while an attempt lasts: a receiver may take longer than a crash should cost. */
const LEASE_MS = 4_000;
const RENEW_EVERY_MS = 1_500;

/** Undefined where it is settled, not due, or being sent by somebody else. */
export async function deliverNotification(
  notificationId: string,
  steps: readonly DeliveryStep[],
  context: DeliveryContext,
): Promise<Delivery | undefined> {
  const notification = await claimNotification(context.pool, notificationId, context.now(), LEASE_MS);
  if (!notification) return undefined;
  const renewing = setInterval(() => renew(notification, context), RENEW_EVERY_MS);
  try {
    let delivery: Delivery = { notification };
    for (const step of steps) delivery = await step(delivery, context);
    return delivery;
  } finally {
    clearInterval(renewing);
  }
}

function renew({ notificationId, attempts }: ClaimedNotification, { pool, now, log }: DeliveryContext): void {
  renewClaim(pool, notificationId, attempts, now(), LEASE_MS).catch((err: unknown) =>
    log.warn({ err, notificationId }, 'a notification may be sent twice: its claim could not be renewed'),
  );
}
