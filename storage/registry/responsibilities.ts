// Which team is responsible for a patient, with history: one at a time, changed from now on only, because alerts go out by it.
import { type Kysely, sql } from 'kysely';
import type { Database } from '../database-schema.ts';
import type { PatientRef } from './find-in-scope.ts';
import { announcePatientFact } from './patient-facts.ts';

export interface Responsibility {
  readonly teamId: string;
  /** Epoch ms. */
  readonly from: number;
  readonly to?: number | undefined;
}

/** Nothing happens where the team is responsible already. The caller has checked both teams. */
export async function assignTeam(
  db: Kysely<Database>,
  patient: PatientRef,
  teamId: string,
  assignedBy: string,
  now: number,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const { patientKey } = patient;
    const ended = await tx
      .updateTable('responsibilities')
      .set({ to_at: sql<Date>`greatest(${new Date(now)}::timestamptz, from_at + interval '1 ms')` })
      .where('patient_key', '=', patientKey)
      .where('to_at', 'is', null)
      .where('team_id', '<>', teamId)
      .returning('to_at')
      .executeTakeFirst();
    if (!ended?.to_at) return;
    await tx
      .insertInto('responsibilities')
      .values({ patient_key: patientKey, team_id: teamId, from_at: ended.to_at, to_at: null, assigned_by: assignedBy })
      .execute();
    await announcePatientFact(tx, { ...patient, teamId }, now);
  });
}

/** Newest first. */
export async function listResponsibilities(db: Kysely<Database>, patientKey: number): Promise<Responsibility[]> {
  const rows = await db
    .selectFrom('responsibilities')
    .select(['team_id', 'from_at', 'to_at'])
    .where('patient_key', '=', patientKey)
    .orderBy('from_at', 'desc')
    .execute();
  return rows.map((row) => ({ teamId: row.team_id, from: row.from_at.getTime(), to: row.to_at?.getTime() }));
}
