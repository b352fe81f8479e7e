// A pending signal asks for another measurement instead of paging (corroboration): by a request to the patient's own device, and by a
// message to the patient.
import type { PoolClient } from 'pg';
import { turnOf } from '../domain/alerts/severity-order.ts';
import { windowRuleById } from '../domain/rules/rule-catalogue.ts';
import { addDeviceRequest } from '../storage/alerts/device-requests.ts';
import type { ChangedSignal } from '../storage/alerts/signal-changes.ts';
import type { AlertingContext } from './alerting-context.ts';
import { askToRepeat, REPEAT_SEVERITY } from './ask-to-repeat.ts';
import type { DueDelivery } from './delivery/delivery-pool.ts';

const MS_PER_MIN = 60_000;

export interface WhoRepeats {
  readonly patientKey: number;
  /** Absent while nobody is responsible. */
  readonly teamId?: string | undefined;
}

/** Answers the messages that are to be delivered once this has committed. */
export async function requestRepeats(
  tx: PoolClient,
  { patientKey, teamId }: WhoRepeats,
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
    await addDeviceRequest(tx, { patientKey, kinds, measureAt, expiresAt: deadlineAt, now });
    // The words to the patient are of blood pressure, which is all that is corroborated so far.
    if (!kinds.includes('bp')) continue;
    const added = await askToRepeat(tx, { subject: { patientKey, ruleId, deadlineAt }, teamId, channels, now });
    due.push(...added.map((notificationId) => ({ notificationId, turn: turnOf(REPEAT_SEVERITY) })));
  }
  return due;
}
