// In whose company each notification goes (domain/alerts/company.ts): what is not urgent waits a moment for the others that are decided
// with it, and goes in one message with those of the same company that its contact has by then. To a contact that is told too much
// already it goes with everything else.
import { ALONE, companyOf, DIGEST, GATHER_MS, nextStormBeat, STORM } from '../../domain/alerts/company.ts';
import type { PlannedNotification } from '../../storage/alerts/notification-log.ts';
import { readCrowded } from '../../storage/alerts/read-crowded.ts';
import type { Plan, PlanContext } from '../plan.ts';

export async function keepCompany(plan: Plan, { tx, now, channels, counters }: PlanContext): Promise<Plan> {
  const { patientKey, test: isTest } = plan.alert;
  const wasPutOff = plan.wasPutOff ?? false;
  const planned = plan.notifications.map((each): PlannedNotification => {
    if (each.contactId === undefined) return each;
    const { kind, severity, audience, channel } = each;
    const follows = channels.get(channel)?.follows ?? false;
    const company = companyOf({ kind, severity, audience, patientKey, follows, wasPutOff, isTest });
    return { ...each, company, ...(company && company !== ALONE && { dueAt: now + GATHER_MS }) };
  });
  const asked = planned.flatMap(({ company, contactId = [] }) => (company && company !== DIGEST ? contactId : []));
  const crowded = await readCrowded(tx, asked, now);
  const notifications = planned.map((each): PlannedNotification => {
    const { company, contactId = '', severity } = each;
    if (!company || company === DIGEST || !crowded.has(contactId)) return each;
    counters.held.inc({ reason: 'storm' });
    return { ...each, company: STORM, dueAt: nextStormBeat(severity, now) };
  });
  return { ...plan, notifications };
}
