// Which of the firing rules speak: one that another speaks for is not named. The table is data (domain/alerts/inhibition.ts), and
// silences no alert as a whole: what fires for another condition or direction is an alert of its own.
import { withoutInhibited } from '../../domain/alerts/inhibition.ts';
import type { Plan } from '../plan.ts';

export function inhibit(plan: Plan): Plan {
  const { telling, reasons } = plan;
  if (!telling) return plan;
  const firing = reasons.filter((reason) => reason.firing);
  const rules = new Set(withoutInhibited(firing).map(({ ruleId }) => ruleId));
  return { ...plan, telling: { ...telling, rules: [...rules].toSorted() } };
}
