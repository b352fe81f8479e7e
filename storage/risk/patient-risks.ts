// The patient_risks table: every patient's order of risk, ready for a list.
import { type Kysely, sql } from 'kysely';
import type { Pool } from 'pg';
import { type PatientRisk, patientRisk, type RiskReason } from '../../domain/risk.ts';
import type { Database } from '../database-schema.ts';
import { numberArray, textArray } from '../readings/array-literal.ts';
import { type RiskFactsDeps, readRiskFacts } from './read-risk-facts.ts';

/** Judges them anew. Erased patients get no row. */
export async function refreshPatientRisks(
  deps: RiskFactsDeps,
  patientKeys: readonly number[],
  now: number,
): Promise<void> {
  const facts = await readRiskFacts(deps, patientKeys, now);
  const judged = [...facts].map(([patientKey, known]) => ({ patientKey, ...patientRisk(known) }));
  if (judged.length === 0) return;
  await deps.pool.query({
    name: 'patient-risks-write',
    text: `insert into patient_risks (patient_key, score, reasons, computed_at)
      select p.patient_key, given.score, given.reasons, $4
      from unnest($1::int4[], $2::int4[], $3::jsonb[]) as given (patient_key, score, reasons)
      join patients p on p.patient_key = given.patient_key and p.erased_at is null
      order by p.patient_key
      on conflict (patient_key) do update set score = excluded.score, reasons = excluded.reasons, computed_at = excluded.computed_at
      where patient_risks.computed_at <= excluded.computed_at`,
    values: [
      numberArray(judged, ({ patientKey }) => patientKey),
      numberArray(judged, ({ score }) => score),
      textArray(judged, ({ reasons }) => JSON.stringify(reasons)),
      now,
    ],
  });
}

/** Of those who have been judged. */
export async function readPatientRisks(
  db: Kysely<Database>,
  patientKeys: readonly number[],
): Promise<Map<number, PatientRisk>> {
  if (patientKeys.length === 0) return new Map();
  const { rows } = await sql<{ patient_key: number; score: number; reasons: RiskReason[] }>`
    select patient_key, score, reasons from patient_risks where patient_key = any(${patientKeys}::int[])`.execute(db);
  return new Map(rows.map(({ patient_key, score, reasons }) => [patient_key, { score, reasons }]));
}

export async function patientsOfAlerts(pool: Pick<Pool, 'query'>, alertIds: readonly string[]): Promise<number[]> {
  const { rows } = await pool.query<{ patient_key: number }>(
    'select distinct patient_key from alerts where alert_id = any($1::uuid[]) and not test',
    [alertIds],
  );
  return rows.map(({ patient_key }) => patient_key);
}

/** Whose alerts may have changed unheard: who has one that isn't closed, or whose risk still says so. */
export async function patientsWithAlerts(pool: Pick<Pool, 'query'>): Promise<number[]> {
  const { rows } = await pool.query<{ patient_key: number }>(
    `select patient_key from alerts where state in ('open', 'acknowledged', 'snoozed') and not test
     union select patient_key from patient_risks where reasons @> '[{"code": "open_alert"}]'`,
  );
  return rows.map(({ patient_key }) => patient_key);
}

/** Never judged, or not since `before` (epoch ms), the longest waiting first. */
export async function patientsToJudge(pool: Pick<Pool, 'query'>, before: number, limit: number): Promise<number[]> {
  const { rows } = await pool.query<{ patient_key: number }>(
    `select p.patient_key from patients p left join patient_risks k using (patient_key)
     where p.erased_at is null and (k.computed_at is null or k.computed_at < $1)
     order by k.computed_at nulls first, p.patient_key limit $2`,
    [before, limit],
  );
  return rows.map(({ patient_key }) => patient_key);
}
