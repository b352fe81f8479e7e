// In whose company each notification goes (domain/alerts/company.ts): what is not urgent waits a moment for the others that are decided
// with it, and goes in one message with those of the same company that its contact has by then. To a contact that is told too much
// already it goes with everything else, critical lows with nothing but each other.
import {
  companyOf,
  GATHER_MS,
  goesByItself,
  nextStormBeat,
  STORM,
  STORM_OF_LOWS,
  type Storm,
  stormOf,
} from '../../domain/alerts/company.ts';
import type { PlannedNotification } from '../../storage/alerts/notification-log.ts';
import { readCrowded } from '../../storage/alerts/read-crowded.ts';
import type { Plan, PlanContext } from '../plan.ts';

export async function keepCompany(plan: Plan, { tx, now, channels, counters }: PlanContext): Promise<Plan> {
  const { patientKey, condition, direction, test: isTest } = plan.alert;
  const wasPutOff = plan.wasPutOff ?? false;
  const planned = plan.notifications.map((each): PlannedNotification => {
    if (each.contactId === undefined) return each;
    const { kind, severity, audience, channel } = each;
    const follows = channels.get(channel)?.follows ?? false;
    const company = companyOf({
      kind,
      severity,
      condition,
      direction,
      audience,
      patientKey,
      follows,
      wasPutOff,
      isTest,
    });
    return { ...each, company, ...(company && !goesByItself(company) && { dueAt: now + GATHER_MS }) };
  });
  const crowdedBy = async (storm: Storm) => {
    const contactIds = planned.flatMap(({ company, contactId = [] }) => (stormOf(company) === storm ? contactId : []));
    return readCrowded(tx, { contactIds, storm, now });
  };
  const crowded = { [STORM]: await crowdedBy(STORM), [STORM_OF_LOWS]: await crowdedBy(STORM_OF_LOWS) };
  const notifications = planned.map((each): PlannedNotification => {
    const { company, contactId = '', severity } = each;
    const storm = stormOf(company);
    if (!storm || !crowded[storm].has(contactId)) return each;
    counters.held.inc({ reason: 'storm' });
    return { ...each, company: storm, dueAt: nextStormBeat(severity, now) };
  });
  return { ...plan, notifications };
}
