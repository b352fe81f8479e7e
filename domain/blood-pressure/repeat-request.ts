// Asks for another measurement where one is accepted but hard to believe: a pulse pressure below 10 mmHg (clinical.md §5.1).
// The times are BP-01's: repeat in 5 minutes, worth having for 15 (§7).
import type { BloodPressureReading } from '../reading.ts';
import type { MeasurementRequest } from '../rules/rule.ts';

const MINUTE_MS = 60_000;
const ASK_TO_REPEAT_AFTER_MS = 5 * MINUTE_MS;
const REPEAT_WITHIN_MS = 15 * MINUTE_MS;

/** undefined where it came too late for a repeat to belong to the same sitting. */
export function repeatRequest({
  deviceKey,
  measuredAt,
  receivedAt,
}: BloodPressureReading): MeasurementRequest | undefined {
  if (receivedAt - measuredAt > ASK_TO_REPEAT_AFTER_MS) return undefined;
  return {
    kind: 'bp',
    deviceKey,
    dueAt: measuredAt + ASK_TO_REPEAT_AFTER_MS,
    expiresAt: measuredAt + REPEAT_WITHIN_MS,
  };
}
