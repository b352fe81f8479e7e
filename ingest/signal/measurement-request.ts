// What a rule asks of the patient, as the device gets it: `{"requestId", "kind", "measureAt", "expiresAt"}` on its `requests` topic.
import { v7 as uuidv7 } from 'uuid';
import type { MeasurementRequest } from '../../domain/rules/rule.ts';
import type { DeviceRequest } from '../../storage/readings/device-status.ts';

export function toDeviceRequest({ kind, deviceKey, dueAt, expiresAt }: MeasurementRequest): DeviceRequest {
  const requestId = uuidv7();
  return {
    requestId,
    deviceKey,
    request: { requestId, kind, measureAt: dueAt, expiresAt },
    expiresAt,
  };
}
