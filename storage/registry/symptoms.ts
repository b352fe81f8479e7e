// Symptoms that somebody reported. The code is what rules ask for; the note is sealed, because people write names into it.
import type { Kysely } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { type SymptomCode, symptomCodeOf } from '../../domain/care/symptom.ts';
import type { Database } from '../database-schema.ts';
import type { PatientRef } from './find-in-scope.ts';
import { announcePatientFact } from './patient-facts.ts';
import type { Vault } from './vault.ts';

export interface NewSymptom {
  /** Epoch ms. */
  readonly at: number;
  readonly code: SymptomCode;
  readonly note?: string | undefined;
}

export interface Symptom extends NewSymptom {
  readonly symptomId: string;
}

const place = (symptomId: string) => `symptom/${symptomId}/note`;

export async function addSymptom(
  db: Kysely<Database>,
  vault: Vault,
  patient: PatientRef,
  symptom: NewSymptom,
  recordedBy: string,
  now: number,
): Promise<Symptom> {
  return db.transaction().execute(async (tx) => {
    const symptomId = uuidv7();
    const note = symptom.note === undefined ? undefined : vault.seal(symptom.note, place(symptomId));
    await tx
      .insertInto('symptoms')
      .values({
        symptom_id: symptomId,
        patient_key: patient.patientKey,
        at: new Date(symptom.at),
        code: symptom.code,
        note_encrypted: note?.bytes ?? null,
        key_id: note?.keyId ?? null,
        recorded_by: recordedBy,
      })
      .execute();
    await announcePatientFact(tx, patient, now);
    return { symptomId, ...symptom };
  });
}

/** Newest first. */
export async function listSymptoms(db: Kysely<Database>, vault: Vault, patientKey: number): Promise<Symptom[]> {
  const rows = await db
    .selectFrom('symptoms')
    .select(['symptom_id', 'at', 'code', 'note_encrypted', 'key_id'])
    .where('patient_key', '=', patientKey)
    .orderBy('at', 'desc')
    .orderBy('symptom_id', 'desc')
    .execute();
  return rows.map((row) => ({
    symptomId: row.symptom_id,
    at: row.at.getTime(),
    code: symptomCodeOf(row.code),
    note:
      row.note_encrypted && row.key_id !== null
        ? vault.open({ bytes: row.note_encrypted, keyId: row.key_id }, place(row.symptom_id))
        : undefined,
  }));
}
