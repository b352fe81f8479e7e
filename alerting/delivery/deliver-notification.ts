// One attempt at one notification: the second half of the pipeline, outside any transaction. Promise: two that try at once send once,
// and a process that dies in between leaves it due again within seconds, with the same key.
import { setTimeout as delay } from 'node:timers/promises';
import {
  type ClaimedNotification,
  claimNotification,
  claimOthers,
  renewClaim,
} from '../../storage/alerts/notification-claims.ts';
import { claimCompany } from '../../storage/alerts/notification-company.ts';
import type { Delivery, DeliveryContext, DeliveryStep } from './delivery.ts';
import { countOutcome } from './outcome-of-delivery.ts';
import { judgePage } from './recheck-alert.ts';

/** Renewed while an attempt lasts: a receiver may take longer than a crash should cost. */
const LEASE_MS = 4_000;
const RENEW_EVERY_MS = 1_500;
/** Who decides about the company of a contact is done within a few ms; whoever still finds it taken leaves it to the next round. */
const ASK_AGAIN_MS = 40;
const ASKED_AT_MOST = 3;

/** Undefined where it is settled, not due, or being sent by somebody else. */
export async function deliverNotification(
  notificationId: string,
  steps: readonly DeliveryStep[],
  context: DeliveryContext,
): Promise<Delivery | undefined> {
  const claimed = await claim(notificationId, context);
  if (!claimed) return undefined;
  const renewing = setInterval(() => renew(claimed.notification, context), RENEW_EVERY_MS);
  try {
    let delivery = claimed;
    for (const step of steps) delivery = await step(delivery, context);
    return delivery;
  } finally {
    clearInterval(renewing);
  }
}

async function claim(notificationId: string, context: DeliveryContext): Promise<Delivery | undefined> {
  const { pool, channels, counters } = context;
  const notification = await claimNotification(pool, notificationId, context.now(), LEASE_MS);
  if (notification?.company !== undefined) {
    const others = await claimOthers(pool, notificationId);
    return { notification, others };
  }
  if (notification) return { notification };
  for (let asked = 0; asked < ASKED_AT_MOST; asked++) {
    const answer = await claimCompany(pool, notificationId, {
      now: context.now(),
      leaseMs: LEASE_MS,
      judge: (each) => judgePage(each, channels),
    });
    if (answer === undefined) return undefined;
    if ('left' in answer) {
      for (const { notification: each, settlement } of answer.left)
        countOutcome(each, settlement, context, context.now());
      return answer.head && { notification: answer.head, others: answer.others };
    }
    if ('held' in answer) {
      counters.held.inc({ reason: 'storm' }, answer.held);
      return undefined;
    }
    await delay(ASK_AGAIN_MS);
  }
  return undefined;
}

function renew({ notificationId, attempts }: ClaimedNotification, { pool, now, log }: DeliveryContext): void {
  renewClaim(pool, notificationId, attempts, now(), LEASE_MS).catch((err: unknown) =>
    log.warn({ err, notificationId }, 'a notification may be sent twice: its claim could not be renewed'),
  );
}
