// What everybody was told of the alert, and whether what was tried last has reached nobody: read once, for the steps that follow.
import { isCurrent } from '../../domain/alerts/escalation.ts';
import { readTold, type ToldContact } from '../../storage/alerts/notification-log.ts';
import type { Plan, PlanContext } from '../plan.ts';

export async function lookBack(plan: Plan, { tx }: PlanContext): Promise<Plan> {
  const { alert } = plan;
  if (alert.version === 0) return { ...plan, told: [] };
  const told = await readTold(tx, alert.alertId);
  return { ...plan, told, hasFailed: alert.state === 'open' && hasFailed(plan, told) };
}

function hasFailed({ alert }: Plan, told: readonly ToldContact[]): boolean {
  const { escalation, occurrence } = alert;
  if (!isCurrent(escalation, alert)) return false;
  const here = told.filter((each) => each.occurrence === occurrence && each.channel !== 'in_app');
  const last = here.filter(({ escalationStep }) => escalationStep === escalation.next - 1);
  // Skipped is also whoever left before it was sent to them.
  const isLastInVain = last.length > 0 && last.every((each) => isInVain(each));
  return isLastInVain || here.some(({ status }) => status === 'failed');
}

const isInVain = ({ status, isWithheld }: ToldContact) => status === 'failed' || (status === 'skipped' && !isWithheld);
