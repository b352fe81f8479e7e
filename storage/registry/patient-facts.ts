// What follows from any change of what is true of a patient: caches forget them, and their rules are looked at again.
import type { Kysely } from 'kysely';
import type { Database } from '../database-schema.ts';
import type { PatientRef } from './find-in-scope.ts';
import { markForEvaluation } from './mark-dirty-days.ts';
import { recordChange } from './registry-changes.ts';

/** In the transaction of the change. `now` is epoch ms. */
export async function announcePatientFact(tx: Kysely<Database>, patient: PatientRef, now: number): Promise<void> {
  await recordChange(tx, 'patient', patient.patientKey);
  await markForEvaluation(tx, patient, now);
}
