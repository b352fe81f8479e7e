// Whether another alert of the same patient makes this one superfluous. The table is data; nothing ever silences a low but a worse low,
// and nothing silences what is urgent.
import type { Condition, Direction } from '../../domain/rules/rule.ts';
import { isUrgent } from '../../storage/alerts/alert-lifecycle.ts';
import { readFiringOfPatient } from '../../storage/alerts/read-alert.ts';
import type { Plan, PlanContext } from '../plan.ts';

interface Inhibition {
  /** What fires and speaks for the other. */
  readonly source: { readonly condition: Condition; readonly ruleIds: readonly string[] };
  /** What is held back: never urgent, and of these directions. */
  readonly target: { readonly condition: Condition; readonly directions: readonly Direction[] };
  readonly reason: string;
}

/** clinical.md §7, "Priorities". Low over low needs no row: they are reasons of one alert. */
const INHIBITIONS: readonly Inhibition[] = [
  {
    source: { condition: 'device', ruleIds: ['DATA-02'] },
    target: { condition: 'glucose', directions: ['high', 'none'] },
    reason: 'sensor_fault',
  },
];

export async function inhibit(plan: Plan, { tx, now, policy, counters }: PlanContext): Promise<Plan> {
  const { alert, telling } = plan;
  if (!telling || telling.kind === 'closed' || telling.kind === 'cleared' || isUrgent(alert.severity)) return plan;
  const candidates = INHIBITIONS.filter(
    ({ target }) => target.condition === alert.condition && target.directions.includes(alert.direction),
  );
  if (candidates.length === 0) return plan;
  const others = await readFiringOfPatient(tx, alert.patientKey);
  const inhibition = candidates.find(({ source }) =>
    others.some(
      ({ condition, firingRuleIds }) =>
        condition === source.condition && firingRuleIds.some((ruleId) => source.ruleIds.includes(ruleId)),
    ),
  );
  if (!inhibition) return plan;
  counters.decisions.inc({ decision: 'inhibit', reason: inhibition.reason });
  return {
    ...plan,
    telling: undefined,
    wait: { until: now + policy.inhibitedRetryMs, reason: `inhibited_by_${inhibition.reason}` },
  };
}
