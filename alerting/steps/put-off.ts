// What is not urgent waits for the end of the team's quiet hours, or, where a patient was told of often enough today, for the next digest
// (domain/alerts/put-off.ts); so does what is for the patient alone, but for a low that is coming. The alert itself waits, not its
// notifications: who is told is decided when it is, by who is on call then, and what clears or gets worse meanwhile needs nobody to take
// anything back.
import { countedAgainst, isPutOff, putOffForPatient, putOffOf } from '../../domain/alerts/put-off.ts';
import { isUrgent } from '../../domain/alerts/severity-order.ts';
import { daysWindow } from '../../domain/local-day.ts';
import { countMessages } from '../../storage/alerts/count-messages.ts';
import { readRouting } from '../../storage/alerts/read-routing.ts';
import { holdUntil } from '../hold-until.ts';
import type { Plan, PlanContext } from '../plan.ts';
import { isForPatientOnly } from '../rule-timing.ts';

export async function putOff(plan: Plan, context: PlanContext): Promise<Plan> {
  const { telling, alert, reasons } = plan;
  const { teamId, patientKey, condition, severity, peakSeverity, dueAt, dueReason, test } = alert;
  const { now, tx } = context;
  if (!telling || telling.scope === 'end' || test || isUrgent(severity) || isUrgent(peakSeverity)) return plan;
  const isPatients = isForPatientOnly(reasons);
  if (isPatients ? condition === 'glucose' : teamId === undefined) return plan;
  if (isPutOff(dueReason) && dueAt !== undefined && dueAt <= now) return { ...plan, wasPutOff: true };
  const routing = await readRouting(tx, { teamId, patientKey });
  const { settings, timeZone, team } = routing;
  const since = daysWindow(1, timeZone, now).from;
  const audience = isPatients ? 'patient' : 'team';
  const messagesToday = await countMessages(tx, { patientKey, since, audience, about: countedAgainst(alert) });
  const isKnown = telling.kind === 'reminder' || telling.scope === 'next_steps' || telling.scope === 'outside';
  const question = { now, timeZone, settings, schedule: team?.schedule, messagesToday, isKnown };
  const made = isPatients ? putOffForPatient(question) : putOffOf(question);
  return made ? holdUntil(plan, made, context) : { ...plan, routing };
}
