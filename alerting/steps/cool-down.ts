// Until when what fires is no news, because its rules have been told and were clear only a while ago.
import { endOfCooldown } from '../../domain/alerts/cooldown.ts';
import { readLastCleared } from '../../storage/alerts/read-last-cleared.ts';
import type { Plan, PlanContext } from '../plan.ts';
import { withCooldown } from '../rule-timing.ts';

export async function coolDown(plan: Plan, { tx }: PlanContext): Promise<Plan> {
  const { alert, reasons } = plan;
  const firing = withCooldown(reasons);
  // Most rules have none, and one that is news is enough.
  if (firing.length === 0 || firing.some(({ cooldownMs }) => cooldownMs === undefined)) return plan;
  const own = reasons.flatMap(({ ruleId, severity, firing: still, clearedAt }) =>
    alert.told === undefined || still || clearedAt === undefined ? [] : [{ ruleId, severity, clearedAt }],
  );
  const ruleIds = firing.map(({ ruleId }) => ruleId);
  const cooledDownAt = endOfCooldown(firing, [...own, ...(await readLastCleared(tx, alert, ruleIds))]);
  return { ...plan, cooledDownAt };
}
