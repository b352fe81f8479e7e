// Conditions and risk group of a patient over time: a change ends what held before and keeps it.
import { type Kysely, sql } from 'kysely';
import type { RiskGroup } from '../../domain/metrics/glucose-targets.ts';
import type { Database } from '../database-schema.ts';

/** From `fromAt` (epoch ms) on the patient has exactly these; what was to begin later gives way. */
export async function setConditions(
  tx: Kysely<Database>,
  patientKey: number,
  codes: readonly string[],
  fromAt: number,
): Promise<void> {
  const from = new Date(fromAt);
  const distinct = [...new Set(codes)];
  const mine = tx.deleteFrom('patient_conditions').where('patient_key', '=', patientKey);
  await mine.where('from_at', '>', from).execute();
  // Begun and ended at the same instant is never to have been.
  await mine
    .where('from_at', '=', from)
    .where((where) => where.not(where('code', '=', sql<string>`any(${distinct}::text[])`)))
    .execute();
  const holdsAfter = sql<boolean>`(to_at is null or to_at > ${from})`;
  await tx
    .updateTable('patient_conditions')
    .set((set) => ({
      to_at: sql<Date | null>`case when ${set.ref('code')} = any(${distinct}::text[]) then null else ${from}::timestamptz end`,
    }))
    .where('patient_key', '=', patientKey)
    .where(holdsAfter)
    .execute();
  if (distinct.length === 0) return;
  await sql`
    insert into patient_conditions (patient_key, code, from_at)
    select ${patientKey}::int, code, ${from}::timestamptz from unnest(${distinct}::text[]) as code
    where not exists (
      select from patient_conditions c where c.patient_key = ${patientKey} and c.code = code.code and c.to_at is null)`.execute(
    tx,
  );
}

export async function setRiskGroup(
  tx: Kysely<Database>,
  patientKey: number,
  riskGroup: RiskGroup,
  fromAt: number,
): Promise<void> {
  const from = new Date(fromAt);
  await tx
    .deleteFrom('patient_risk_groups')
    .where('patient_key', '=', patientKey)
    .where('from_at', '>=', from)
    .execute();
  await tx
    .updateTable('patient_risk_groups')
    .set({ to_at: from })
    .where('patient_key', '=', patientKey)
    .where(sql<boolean>`(to_at is null or to_at > ${from})`)
    .execute();
  await tx
    .insertInto('patient_risk_groups')
    .values({ patient_key: patientKey, risk_group: riskGroup, from_at: from, to_at: null })
    .execute();
}

/** Codes that held at an instant (epoch ms). */
export async function conditionsAt(db: Kysely<Database>, patientKey: number, at: number): Promise<string[]> {
  const rows = await db
    .selectFrom('patient_conditions')
    .select('code')
    .where('patient_key', '=', patientKey)
    .where('from_at', '<=', new Date(at))
    .where((where) => where.or([where('to_at', 'is', null), where('to_at', '>', new Date(at))]))
    .execute();
  return rows.map(({ code }) => code);
}
