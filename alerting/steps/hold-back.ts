// Alerts that another thing speaks for, as long as that goes on: highs of a sensor that is at fault, silent devices while the whole fleet
// of the team is silent. Asked again every few minutes, and told once it is over and they still fire.
import { holderOf } from '../../domain/alerts/inhibition.ts';
import { isUrgent } from '../../domain/alerts/severity-order.ts';
import { isFiring } from '../../storage/alerts/is-firing.ts';
import { hasOpenIncident } from '../../storage/alerts/team-incidents.ts';
import { holdUntil } from '../hold-until.ts';
import type { Plan, PlanContext } from '../plan.ts';

/** Operational. */
const ASK_AGAIN_MS = 5 * 60_000;

export async function holdBack(plan: Plan, context: PlanContext): Promise<Plan> {
  const { telling, alert, reasons } = plan;
  const { tx, now } = context;
  const isPage = telling !== undefined && telling.scope !== 'end' && telling.scope !== 'owner';
  if (!isPage || alert.test || isUrgent(alert.severity) || isUrgent(alert.peakSeverity)) return plan;
  const until = now + ASK_AGAIN_MS;
  const firing = reasons.filter((reason) => reason.firing).map(({ ruleId }) => ruleId);
  const holder = holderOf(alert, firing);
  if (holder && (await isFiring(tx, alert.patientKey, holder.speaks)))
    return holdUntil(plan, { reason: holder.reason, until }, context);
  const { teamId, condition } = alert;
  if (condition === 'data' && teamId !== undefined && (await hasOpenIncident(tx, teamId, 'fleet_outage')))
    return holdUntil(plan, { reason: 'fleet_outage', until }, context);
  return plan;
}
