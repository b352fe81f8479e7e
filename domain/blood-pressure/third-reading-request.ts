// Asks for the third reading of a session whose first two are 10 mmHg or more apart (clinical.md §5.2): a minute after the second, as
// readings at home are taken, and worth having while it would still belong to the session.
import type { BloodPressureReading } from '../reading.ts';
import type { MeasurementRequest } from '../rules/rule.ts';
import { bloodPressureSessions, SESSION_MS } from './session.ts';

const READ_APART_MS = 60_000;

/**
 * @param second the reading that has just come
 * @param readings of the patient, ascending in `measuredAt`, `second` among them
 * @returns undefined where it isn't the second of an unstable session, or came when the session was over
 */
export function thirdReadingRequest(
  second: BloodPressureReading,
  readings: readonly BloodPressureReading[],
): MeasurementRequest | undefined {
  const { deviceKey, measuredAt, receivedAt } = second;
  const session = bloodPressureSessions(readings).find(
    (one) => one.deviceKey === deviceKey && one.endAt === measuredAt && one.unstable,
  );
  if (session === undefined) return undefined;
  const dueAt = measuredAt + READ_APART_MS;
  const expiresAt = session.startAt + SESSION_MS;
  if (dueAt > expiresAt || receivedAt > expiresAt) return undefined;
  return { kind: 'bp', deviceKey, dueAt, expiresAt };
}
