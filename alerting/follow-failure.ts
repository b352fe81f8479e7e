// What failed for good is followed by the next contact, or the next step, in the process that found out. The reconciler would find it due,
// too: within two seconds, and so many for each of several dead contacts.
import type { AlertingContext } from './alerting-context.ts';
import type { Delivery } from './delivery/delivery.ts';
import { isInVain } from './delivery/outcome-of-delivery.ts';
import { reviewAlert } from './review-alert.ts';

export async function followFailure(delivery: Delivery | undefined, context: AlertingContext): Promise<void> {
  if (!delivery?.settlement || !isInVain(delivery.settlement)) return;
  for (const { alertId } of [delivery.notification, ...(delivery.others ?? [])])
    if (alertId !== undefined) await reviewAlert(alertId, context);
}
