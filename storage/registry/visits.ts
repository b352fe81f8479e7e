// Visits that took place; follow-up is counted from them. Telemetry is never one (clinical.md §6).
import type { Kysely } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { Database, VisitDetails } from '../database-schema.ts';
import type { PatientRef } from './find-in-scope.ts';
import { announcePatientFact } from './patient-facts.ts';

export interface NewVisit {
  /** Epoch ms. */
  readonly at: number;
  readonly kind: string;
  readonly details: VisitDetails;
}

export interface Visit extends NewVisit {
  readonly visitId: string;
}

export async function addVisit(
  db: Kysely<Database>,
  patient: PatientRef,
  visit: NewVisit,
  recordedBy: string,
  now: number,
): Promise<Visit> {
  return db.transaction().execute(async (tx) => {
    const visitId = uuidv7();
    await tx
      .insertInto('visits')
      .values({
        visit_id: visitId,
        patient_key: patient.patientKey,
        at: new Date(visit.at),
        kind: visit.kind,
        details: JSON.stringify(visit.details),
        recorded_by: recordedBy,
      })
      .execute();
    await announcePatientFact(tx, patient, now);
    return { visitId, ...visit };
  });
}

/** Newest first. */
export async function listVisits(db: Kysely<Database>, patientKey: number): Promise<Visit[]> {
  const rows = await db
    .selectFrom('visits')
    .select(['visit_id', 'at', 'kind', 'details'])
    .where('patient_key', '=', patientKey)
    .orderBy('at', 'desc')
    .orderBy('visit_id', 'desc')
    .execute();
  return rows.map((row) => ({ visitId: row.visit_id, at: row.at.getTime(), kind: row.kind, details: row.details }));
}
