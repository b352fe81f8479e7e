// Patients: what is true of them, dated, beside who they are (patient-identities.ts).
// Promise: a change and everything that has to learn of it are one transaction.
import type { Kysely } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { addDays } from '../../domain/local-day.ts';
import type { RiskGroup } from '../../domain/metrics/glucose-targets.ts';
import type { Database } from '../database-schema.ts';
import type { PatientRef } from './find-in-scope.ts';
import { markDirtyDays, markForEvaluation, summarisedDaysSince } from './mark-dirty-days.ts';
import { setConditions, setRiskGroup } from './patient-conditions.ts';
import type { IdentityChange, PatientIdentities, PatientIdentity } from './patient-identities.ts';
import { recordChange } from './registry-changes.ts';

export const SEXES = ['female', 'male', 'other', 'unknown'] as const;
export type Sex = (typeof SEXES)[number];

export interface NewPatient extends Omit<PatientIdentity, 'identifiers'> {
  readonly identifiers?: PatientIdentity['identifiers'] | undefined;
  /** YYYY-MM-DD. */
  readonly birthDate: string;
  readonly sex: Sex;
  readonly conditions: readonly string[];
  readonly riskGroup?: RiskGroup | undefined;
  readonly teamId: string;
  /** IANA; absent: Asia/Shanghai. */
  readonly timeZone?: string | undefined;
}

export interface PatientChange extends IdentityChange {
  readonly birthDate?: string | undefined;
  readonly sex?: Sex | undefined;
  readonly timeZone?: string | undefined;
  readonly conditions?: readonly string[] | undefined;
  readonly riskGroup?: RiskGroup | undefined;
  /** Since when the new conditions and risk group hold, epoch ms; absent: now. */
  readonly from?: number | undefined;
}

export interface PatientsDeps {
  readonly db: Kysely<Database>;
  readonly identities: PatientIdentities;
}

/** Throws Refusal `conflict` where another patient has one of the identifiers. The caller has checked the team. */
export async function createPatient(
  { db, identities }: PatientsDeps,
  patient: NewPatient,
  createdBy: string,
  now: number,
): Promise<PatientRef> {
  return db.transaction().execute(async (tx) => {
    const { birthDate, sex, timeZone, teamId } = patient;
    const row = await tx
      .insertInto('patients')
      .values({
        patient_id: uuidv7(),
        birth_date: birthDate,
        sex,
        ...(timeZone === undefined ? {} : { time_zone: timeZone }),
        registered_at: new Date(now),
      })
      .returning(['patient_key', 'patient_id', 'time_zone'])
      .executeTakeFirstOrThrow();
    const patientKey = row.patient_key;
    await identities.write(tx, patientKey, patient);
    await tx
      .insertInto('responsibilities')
      .values({
        patient_key: patientKey,
        team_id: teamId,
        from_at: new Date(now),
        to_at: null,
        assigned_by: createdBy,
      })
      .execute();
    // Known at registration, true before it: a backlog is judged with them as well.
    await setConditions(tx, patientKey, patient.conditions, 0);
    if (patient.riskGroup !== undefined) await setRiskGroup(tx, patientKey, patient.riskGroup, 0);
    await recordChange(tx, 'patient', patientKey);
    return { patientKey, patientId: row.patient_id, timeZone: row.time_zone, teamId };
  });
}

export async function changePatient(
  { db, identities }: PatientsDeps,
  patient: PatientRef,
  change: PatientChange,
  now: number,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const { patientKey } = patient;
    const { birthDate, sex, timeZone, conditions, riskGroup, from = now } = change;
    await identities.write(tx, patientKey, change);
    await tx
      .updateTable('patients')
      .set({
        patient_id: patient.patientId,
        ...(birthDate === undefined ? {} : { birth_date: birthDate }),
        ...(sex === undefined ? {} : { sex }),
        ...(timeZone === undefined ? {} : { time_zone: timeZone }),
      })
      .where('patient_key', '=', patientKey)
      .execute();
    if (conditions !== undefined) await setConditions(tx, patientKey, conditions, from);
    if (riskGroup !== undefined) await setRiskGroup(tx, patientKey, riskGroup, from);
    if (timeZone !== undefined && timeZone !== patient.timeZone) {
      // Days begin elsewhere now: what was summed up under the old zone is summed up anew, and so are its neighbours.
      const days = await summarisedDaysSince(tx, patient, 0);
      const touched = days.flatMap((day) => [addDays(day, -1), day, addDays(day, 1)]);
      await markDirtyDays(tx, { patientKey, days: touched }, { evaluate: false });
    }
    await recordChange(tx, 'patient', patientKey);
    await markForEvaluation(tx, { ...patient, timeZone: timeZone ?? patient.timeZone }, now);
  });
}
