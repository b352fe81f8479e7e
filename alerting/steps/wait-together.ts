// What is not urgent waits half a minute for company: for no longer than what already waits about the same patient, so that they are
// told in one message.
import { readGroupedAt } from '../../storage/alerts/read-grouped-at.ts';
import type { Plan, PlanContext } from '../plan.ts';

export async function waitTogether(plan: Plan, { tx }: PlanContext): Promise<Plan> {
  const { alert, wait } = plan;
  if (wait?.reason !== 'grouping') return plan;
  const until = Math.min(wait.until, (await readGroupedAt(tx, alert)) ?? Number.POSITIVE_INFINITY);
  return { ...plan, wait: { ...wait, until } };
}
