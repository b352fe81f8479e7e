// One attempt at one notification: the second half of the pipeline, outside any transaction. Promise: two that try at once send once,
// and a process that dies in between leaves it due again, with the same key.
import { claimNotification } from '../../storage/alerts/notification-log.ts';
import { TIME_OUT_MS } from '../channels/channel.ts';
import type { Delivery, DeliveryContext, DeliveryStep } from './delivery.ts';

/** The longest an attempt takes, and room for its reads and its record. */
const LEASE_MS = TIME_OUT_MS + 5_000;

export async function deliverNotification(
  notificationId: string,
  steps: readonly DeliveryStep[],
  context: DeliveryContext,
): Promise<Delivery | undefined> {
  const notification = await claimNotification(context.pool, notificationId, context.now(), LEASE_MS);
  if (!notification) return undefined;
  let delivery: Delivery = { notification };
  for (const step of steps) delivery = await step(delivery, context);
  return delivery;
}
