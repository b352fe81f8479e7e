// Alerts that another thing speaks for, as long as that goes on: highs of a sensor that is at fault, silent devices while the whole fleet
// of the team is silent, for as long as that may last. Asked again every few minutes, and told once it is over and they still fire.
import { isSilence } from '../../domain/alerts/fleet-outage.ts';
import { holderOf } from '../../domain/alerts/inhibition.ts';
import { isUrgent } from '../../domain/alerts/severity-order.ts';
import { isFiring } from '../../storage/alerts/is-firing.ts';
import { readOutageOf } from '../../storage/alerts/team-incidents.ts';
import { holdUntil } from '../hold-until.ts';
import type { Plan, PlanContext } from '../plan.ts';

/** Operational. */
const ASK_AGAIN_MS = 5 * 60_000;
const FLEET_OUTAGE = 'fleet_outage';

export async function holdBack(plan: Plan, context: PlanContext): Promise<Plan> {
  const { telling, alert, reasons } = plan;
  const { tx, now } = context;
  const isPage = telling !== undefined && telling.scope !== 'end' && telling.scope !== 'owner';
  if (!isPage || alert.test || isUrgent(alert.severity) || isUrgent(alert.peakSeverity)) return plan;
  const until = now + ASK_AGAIN_MS;
  const firing = reasons.filter((reason) => reason.firing);
  const holder = holderOf(
    alert,
    firing.map(({ ruleId }) => ruleId),
  );
  if (holder && (await isFiring(tx, alert.patientKey, holder.speaks)))
    return holdUntil(plan, { reason: holder.reason, until }, context);
  const { teamId, dueReason } = alert;
  if (teamId !== undefined && firing.length > 0 && firing.every(isSilence)) {
    const episodeIds = [...new Set(firing.map(({ episodeId }) => episodeId))];
    const heldUntil = await readOutageOf(tx, { teamId, episodeIds, now });
    if (heldUntil !== undefined)
      return holdUntil(plan, { reason: FLEET_OUTAGE, until: Math.min(until, heldUntil) }, context);
  }
  // Many were held: what is left of them goes in one message.
  return dueReason === FLEET_OUTAGE ? { ...plan, wasPutOff: true } : plan;
}
