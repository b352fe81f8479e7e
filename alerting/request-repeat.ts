// A pending signal asks for another measurement instead of paging (corroboration): a request to the patient's own device.
import type { PoolClient } from 'pg';
import { windowRuleById } from '../domain/rules/rule-catalogue.ts';
import { addDeviceRequest } from '../storage/alerts/device-requests.ts';
import type { ChangedSignal } from '../storage/alerts/signal-changes.ts';

const MS_PER_MIN = 60_000;

export async function requestRepeats(
  tx: PoolClient,
  patientKey: number,
  signals: readonly ChangedSignal[],
  now: number,
): Promise<void> {
  for (const { verdict, ruleId, deadlineAt, explanation } of signals) {
    const { askToRepeatAfter, repeatWithin } = explanation.thresholds;
    if (verdict !== 'pending' || deadlineAt === undefined || deadlineAt <= now || !askToRepeatAfter || !repeatWithin)
      continue;
    const askedAt = deadlineAt - repeatWithin.value * MS_PER_MIN;
    const measureAt = askedAt + askToRepeatAfter.value * MS_PER_MIN;
    const kinds = windowRuleById(ruleId)?.kinds ?? [];
    await addDeviceRequest(tx, { patientKey, kinds, measureAt, expiresAt: deadlineAt, now });
  }
}
