// What alerting needs to know of a patient: whether they still are one, and which team is responsible now.
import { dropNulls } from './drop-nulls.ts';
import type { Queryable } from './queryable.ts';

export interface PatientCare {
  readonly patientId: string;
  readonly teamId?: string | undefined;
}

/** Undefined where the patient is unknown or erased: nothing is opened for them any more. */
export async function readPatientCare(
  tx: Queryable,
  patientKey: number,
  now: number,
): Promise<PatientCare | undefined> {
  const { rows } = await tx.query<PatientCare>(
    `select p.patient_id as "patientId",
       (select r.team_id from responsibilities r
        where r.patient_key = p.patient_key and r.from_at <= to_timestamp($2::float8 / 1000)
          and (r.to_at is null or r.to_at > to_timestamp($2::float8 / 1000))
        order by r.from_at desc limit 1) as "teamId"
     from patients p where p.patient_key = $1 and p.erased_at is null`,
    [patientKey, now],
  );
  return rows[0] && dropNulls(rows[0]);
}
