// What everybody was told of the alert, and whether what was tried last has reached nobody: read once, for the steps that follow.
import { isCurrent } from '../../domain/alerts/escalation.ts';
import { isLost, STUCK_AFTER_MS } from '../../domain/alerts/may-be-heard.ts';
import { isUrgent } from '../../domain/alerts/severity-order.ts';
import { readTold, type ToldContact } from '../../storage/alerts/notification-log.ts';
import type { Plan, PlanContext } from '../plan.ts';

export async function lookBack(plan: Plan, { tx, now }: PlanContext): Promise<Plan> {
  const { alert } = plan;
  if (alert.version === 0) return { ...plan, told: [] };
  const told = (await readTold(tx, alert.alertId)).map((each) =>
    isStuck(each, now) ? { ...each, isStuck: true } : each,
  );
  const here = isCurrent(alert.escalation, alert) ? told.filter((each) => isHere(each, plan)) : [];
  const hasFailedOutside = here.some((each) => each.audience !== 'team' && isLost(each));
  return {
    ...plan,
    told,
    hasFailed: alert.state === 'open' && hasFailed(plan, here),
    hasFailedOutside: (alert.state === 'acknowledged' || alert.state === 'snoozed') && hasFailedOutside,
  };
}

/** It was tried, and its channel has not taken it. */
function isStuck({ status, severity, attempts, createdAt }: ToldContact, now: number): boolean {
  return status === 'pending' && isUrgent(severity) && attempts > 0 && createdAt + STUCK_AFTER_MS <= now;
}

const isHere = ({ occurrence, channel }: ToldContact, { alert }: Plan) =>
  occurrence === alert.occurrence && channel !== 'in_app';

function hasFailed({ alert: { escalation } }: Plan, here: readonly ToldContact[]): boolean {
  const last = here.filter(({ escalationStep }) => escalationStep === (escalation?.next ?? 0) - 1);
  const isLastInVain = last.length > 0 && last.every((each) => isInVain(each));
  return isLastInVain || here.some(isLost);
}

/** Skipped is also whoever left before it was sent to them. */
const isInVain = (each: ToldContact) => isLost(each) || (each.status === 'skipped' && !each.isWithheld);
