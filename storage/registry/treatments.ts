// What a patient takes, dated: a rule asks for the class that held when something was measured.
import { type Kysely, sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { type TreatmentClass, treatmentClassOf } from '../../domain/care/treatment.ts';
import type { Database } from '../database-schema.ts';
import type { PatientRef } from './find-in-scope.ts';
import { announcePatientFact } from './patient-facts.ts';
import { invalid } from './refusal.ts';

export interface NewTreatment {
  readonly class: TreatmentClass;
  readonly name: string;
  /** Epoch ms. */
  readonly from: number;
  readonly to?: number | undefined;
}

export interface Treatment extends NewTreatment {
  readonly treatmentId: string;
}

/** What is absent stays; null lets it go on. */
export interface TreatmentChange {
  readonly class?: TreatmentClass | undefined;
  readonly name?: string | undefined;
  readonly from?: number | undefined;
  readonly to?: number | null | undefined;
}

export async function addTreatment(
  db: Kysely<Database>,
  patient: PatientRef,
  treatment: NewTreatment,
  now: number,
): Promise<Treatment> {
  checkOrder(treatment.from, treatment.to);
  return db.transaction().execute(async (tx) => {
    const treatmentId = uuidv7();
    const { class: name, from, to } = treatment;
    await tx
      .insertInto('treatments')
      .values({
        treatment_id: treatmentId,
        patient_key: patient.patientKey,
        class: name,
        name: treatment.name,
        from_at: new Date(from),
        to_at: to === undefined ? null : new Date(to),
      })
      .execute();
    await announcePatientFact(tx, patient, now);
    return { treatmentId, ...treatment };
  });
}

/** Undefined where the patient has no such treatment. */
export async function changeTreatment(
  db: Kysely<Database>,
  patient: PatientRef,
  treatmentId: string,
  change: TreatmentChange,
  now: number,
): Promise<Treatment | undefined> {
  return db.transaction().execute(async (tx) => {
    const before = (await listTreatments(tx, patient.patientKey)).find((known) => known.treatmentId === treatmentId);
    if (!before) return undefined;
    const { class: treatmentClass = before.class, name = before.name, from = before.from } = change;
    const to = change.to === undefined ? before.to : (change.to ?? undefined);
    checkOrder(from, to);
    await tx
      .updateTable('treatments')
      .set({
        class: treatmentClass,
        name,
        from_at: new Date(from),
        to_at: to === undefined ? null : new Date(to),
        recorded_at: sql<Date>`now()`,
      })
      .where('treatment_id', '=', treatmentId)
      .execute();
    await announcePatientFact(tx, patient, now);
    return { ...before, class: treatmentClass, name, from, to };
  });
}

/** All there ever were, in ascending `from`. */
export async function listTreatments(db: Kysely<Database>, patientKey: number): Promise<Treatment[]> {
  const rows = await db
    .selectFrom('treatments')
    .select(['treatment_id', 'class', 'name', 'from_at', 'to_at'])
    .where('patient_key', '=', patientKey)
    .orderBy('from_at')
    .orderBy('treatment_id')
    .execute();
  return rows.map((row) => ({
    treatmentId: row.treatment_id,
    class: treatmentClassOf(row.class),
    name: row.name,
    from: row.from_at.getTime(),
    to: row.to_at?.getTime(),
  }));
}

function checkOrder(from: number, to: number | undefined): void {
  if (to !== undefined && to <= from) throw invalid('to', '`to` must lie after `from`.');
}
