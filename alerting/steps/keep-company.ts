// In whose company each notification goes (domain/alerts/company.ts): what is not urgent waits a moment for the others that are decided
// with it, and goes in one message with those of the same company that its contact has by then.
import { ALONE, companyOf, GATHER_MS } from '../../domain/alerts/company.ts';
import type { PlannedNotification } from '../../storage/alerts/notification-log.ts';
import type { Plan, PlanContext } from '../plan.ts';

export function keepCompany(plan: Plan, { now, channels }: PlanContext): Plan {
  const { patientKey, test: isTest } = plan.alert;
  const notifications = plan.notifications.map((each): PlannedNotification => {
    const { kind, severity, audience, channel, contactId } = each;
    if (contactId === undefined) return each;
    const follows = channels.get(channel)?.follows ?? false;
    const wasPutOff = plan.wasPutOff ?? false;
    const company = companyOf({ kind, severity, audience, patientKey, follows, wasPutOff, isTest });
    return { ...each, company, ...(company && company !== ALONE && { dueAt: now + GATHER_MS }) };
  });
  return { ...plan, notifications };
}
