// The way of an alert to people, in one place. The first half runs in the transaction that holds the alert's key and ends in the
// notification log (what waits for company does so there, and is told with it); the second runs for each entry of the
// log, outside of it, as often as it takes.
import type { DeliveryStep } from './delivery/delivery.ts';
import { openCode } from './delivery/open-code.ts';
import { recheckAlert } from './delivery/recheck-alert.ts';
import { recordDelivery } from './delivery/record-delivery.ts';
import { sendNotification } from './delivery/send-notification.ts';
import type { Plan, PlanContext, PlanStep } from './plan.ts';
import { announce } from './steps/announce.ts';
import { coolDown } from './steps/cool-down.ts';
import { decide } from './steps/decide.ts';
import { holdBack } from './steps/hold-back.ts';
import { inhibit } from './steps/inhibit.ts';
import { keepCompany } from './steps/keep-company.ts';
import { lookBack } from './steps/look-back.ts';
import { putOff } from './steps/put-off.ts';
import { route } from './steps/route.ts';
import { schedule } from './steps/schedule.ts';
import { skipAlreadySent } from './steps/skip-already-sent.ts';
import { waitTogether } from './steps/wait-together.ts';

const PLANNING: readonly PlanStep[] = [
  lookBack,
  coolDown,
  decide,
  waitTogether,
  inhibit,
  holdBack,
  putOff,
  route,
  skipAlreadySent,
  keepCompany,
  announce,
  schedule,
];

export const DELIVERING: readonly DeliveryStep[] = [recheckAlert, openCode, sendNotification, recordDelivery];

export async function planNext(plan: Plan, context: PlanContext): Promise<Plan> {
  let next = plan;
  for (const step of PLANNING) next = await step(next, context);
  return next;
}
