// A pending signal asks for another measurement instead of paging (corroboration): by a request to the patient's own device, and by a
// message to the patient, once for each reading that is to be confirmed. Promise: nobody of the team hears of it.
import type { PoolClient } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { PATIENT_ALONE } from '../domain/alerts/escalation-policy.ts';
import { routeStep } from '../domain/alerts/route-step.ts';
import { turnOf } from '../domain/alerts/severity-order.ts';
import type { Severity } from '../domain/rules/rule.ts';
import { windowRuleById } from '../domain/rules/rule-catalogue.ts';
import { addDeviceRequest } from '../storage/alerts/device-requests.ts';
import { type PlannedNotification, planNotifications } from '../storage/alerts/notification-log.ts';
import { readRouting } from '../storage/alerts/read-routing.ts';
import type { ChangedSignal } from '../storage/alerts/signal-changes.ts';
import type { AlertingContext } from './alerting-context.ts';
import type { DueDelivery } from './delivery/delivery-pool.ts';

const MS_PER_MIN = 60_000;
/** What fires where no repeat comes. */
const SEVERITY: Severity = 'critical';

export interface WhoRepeats {
  readonly patientKey: number;
  /** Absent while nobody is responsible. */
  readonly teamId?: string | undefined;
}

/** Answers the messages that are to be delivered once this has committed. */
export async function requestRepeats(
  tx: PoolClient,
  who: WhoRepeats,
  signals: readonly ChangedSignal[],
  { channels }: Pick<AlertingContext, 'channels'>,
  now: number,
): Promise<DueDelivery[]> {
  const due: DueDelivery[] = [];
  for (const { verdict, ruleId, deadlineAt, explanation } of signals) {
    const { askToRepeatAfter, repeatWithin } = explanation.thresholds;
    if (verdict !== 'pending' || deadlineAt === undefined || deadlineAt <= now || !askToRepeatAfter || !repeatWithin)
      continue;
    const askedAt = deadlineAt - repeatWithin.value * MS_PER_MIN;
    const measureAt = askedAt + askToRepeatAfter.value * MS_PER_MIN;
    const kinds = windowRuleById(ruleId)?.kinds ?? [];
    const { patientKey } = who;
    await addDeviceRequest(tx, { patientKey, kinds, measureAt, expiresAt: deadlineAt, now });
    // The words to the patient are of blood pressure, which is all that is corroborated so far.
    if (!kinds.includes('bp')) continue;
    const planned = await messageTo(tx, who, { ruleId, deadlineAt }, channels, now);
    const added = await planNotifications(tx, planned, now);
    due.push(...added.map((notificationId) => ({ notificationId, turn: turnOf(SEVERITY) })));
  }
  return due;
}

/** To the first contact of the patient that can be used; without contact or consent to nobody. */
async function messageTo(
  tx: PoolClient,
  { patientKey, teamId }: WhoRepeats,
  { ruleId, deadlineAt }: { readonly ruleId: string; readonly deadlineAt: number },
  channels: AlertingContext['channels'],
  now: number,
): Promise<PlannedNotification[]> {
  const routing = await readRouting(tx, { teamId, patientKey });
  const hasChannel = (channel: string) => channels.has(channel);
  const { people } = routeStep(PATIENT_ALONE.steps[0]!, { routing, at: now, hasChannel });
  const [contact] = people.flatMap(({ contacts }) => contacts);
  if (!contact) return [];
  const { contactId, channel } = contact;
  return [
    {
      notificationId: uuidv7(),
      subject: { repeat: { patientKey, ruleId, deadlineAt } },
      teamId,
      occurrence: 1,
      contactId,
      channel,
      audience: 'patient',
      kind: 'repeat_request',
      severity: SEVERITY,
      reason: 'awaiting_repeat',
      // Rules that share a line ask for the same repeat.
      sentKey: `repeat.${patientKey}.${deadlineAt}`,
    },
  ];
}
