// What reads by measured time need to know of a patient whom the caller may see: zone, and which devices' readings are theirs.
import type { PatientRef } from '../storage/registry/find-in-scope.ts';
import type { PatientEntry } from '../storage/registry/patient-profiles.ts';
import { notFound } from '../storage/registry/refusal.ts';
import type { DashboardsServices } from './services.ts';

/** Throws Refusal `not_found` for one who was erased meanwhile. */
export async function patientEntryOf(
  { storage }: DashboardsServices,
  { patientKey }: Pick<PatientRef, 'patientKey'>,
): Promise<PatientEntry> {
  const entry = (await storage.profiles.load([patientKey])).get(patientKey);
  if (entry === undefined) throw notFound('patient');
  return entry;
}
