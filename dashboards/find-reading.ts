// Finds one reading by its public id, if it exists and is of a patient in the caller's scope.
import type { StoredReading } from '../storage/ports/time-series.ts';
import { identityKey } from '../storage/readings/identity-key.ts';
import { parseReadingId } from '../storage/readings/reading-id.ts';
import type { Access } from '../storage/registry/access.ts';
import { type DeviceEntry, patientAt } from '../storage/registry/device-entry.ts';
import { findPatient, type PatientRef } from '../storage/registry/find-in-scope.ts';
import { notFound, Refusal } from '../storage/registry/refusal.ts';
import type { Permission } from '../storage/registry/role-permissions.ts';
import type { DashboardsServices } from './services.ts';

export interface FoundReading {
  readonly stored: StoredReading;
  readonly device: DeviceEntry;
  /** Whose it is by the device's bindings. */
  readonly patient: PatientRef;
}

/** Throws Refusal `not_found`, or `forbidden` where it may be read only. */
export async function findReading(
  { storage, db }: DashboardsServices,
  access: Access,
  readingId: string,
  permission: Permission,
): Promise<FoundReading> {
  const id = parseReadingId(readingId);
  const device = id && (await storage.devices.load([id.deviceId])).get(id.deviceId);
  if (!id || !device) throw notFound('reading');
  const identity = { deviceKey: device.deviceKey, kind: id.kind, at: id.at };
  const stored = (await storage.timeSeries.find([identity])).get(identityKey(identity))?.current;
  const patientKey = stored && patientAt(device, stored.reading.slot, stored.reading.measuredAt);
  const entry = patientKey === undefined ? undefined : (await storage.profiles.load([patientKey])).get(patientKey);
  if (!stored || !entry) throw notFound('reading');
  const patient = await findPatient(db, access, entry.patientId, permission).catch((error: unknown) => {
    // That there is such a reading is nobody's business either.
    throw error instanceof Refusal && error.code === 'not_found' ? notFound('reading') : error;
  });
  return { stored, device, patient };
}
