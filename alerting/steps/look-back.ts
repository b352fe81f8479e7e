// What everybody was told of the alert, and whether what was tried last has reached nobody: read once, for the steps that follow.
import { isClosed } from '../../domain/alerts/advance-alert.ts';
import { isCurrent } from '../../domain/alerts/escalation.ts';
import { PATIENT_ALONE } from '../../domain/alerts/escalation-policy.ts';
import { isLost, stuckAt } from '../../domain/alerts/may-be-heard.ts';
import { nextOutside } from '../../domain/alerts/take-steps.ts';
import { readTold, type ToldContact } from '../../storage/alerts/notification-log.ts';
import { readRouting } from '../../storage/alerts/read-routing.ts';
import type { Plan, PlanContext } from '../plan.ts';
import { isForPatientOnly } from '../rule-timing.ts';

export async function lookBack(plan: Plan, context: PlanContext): Promise<Plan> {
  const { alert } = plan;
  const { tx, now } = context;
  if (alert.version === 0) return { ...plan, told: [] };
  const told = (await readTold(tx, alert.alertId)).map((each): ToldContact => {
    const at = stuckAt(each);
    return at !== undefined && at <= now ? { ...each, isStuck: true } : each;
  });
  const here = told.filter((each) => isHere(each, plan));
  if (alert.state === 'open')
    return { ...plan, told, hasFailed: isCurrent(alert.escalation, alert) && hasFailed(plan, here) };
  const isLostOutside = here.some((each) => each.audience !== 'team' && isLost(each));
  return isLostOutside && !isClosed(alert) ? lookOutside({ ...plan, told }, context) : { ...plan, told };
}

/** Who is left to try of patient and carers: of nobody what is its owner's goes on. */
async function lookOutside(plan: Plan, { tx, now, channels }: PlanContext): Promise<Plan> {
  const { alert, reasons, told } = plan;
  const { teamId, patientKey, occurrence, escalation } = alert;
  const routing = await readRouting(tx, { teamId, patientKey });
  const taken = isCurrent(escalation, alert) ? escalation.steps.slice(0, escalation.next) : [];
  const isPatients = isForPatientOnly(reasons);
  const question = { routing, at: now, hasChannel: (channel: string) => channels.has(channel) };
  const next = nextOutside(isPatients ? PATIENT_ALONE.steps : taken, { occurrence, told }, question);
  // It is no step of the escalation that the team's stage begins with.
  return { ...plan, routing, nextOutside: isPatients ? next.map(({ escalationStep: _, ...whom }) => whom) : next };
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
