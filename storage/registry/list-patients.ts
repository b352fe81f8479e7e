// Pages of patients within somebody's scope: as they were registered, or those at most risk first.
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { PatientRisk } from '../../domain/risk.ts';
import type { Database } from '../database-schema.ts';
import { readPatientRisks } from '../risk/patient-risks.ts';
import type { PatientIdentities } from './patient-identities.ts';

export interface PatientFilter {
  /** Undefined: all teams. */
  readonly teamIds?: readonly string[] | undefined;
  /** A name, pinyin, initials, an identifier or a phone. */
  readonly query?: string | undefined;
}

export interface PatientPosition {
  readonly patientKey: number;
  /** 0 where the order is that of registration. */
  readonly score: number;
}

export interface PatientListing extends PatientPosition {
  readonly risk?: PatientRisk | undefined;
}

export interface ListPatientsDeps {
  readonly db: Kysely<Database>;
  readonly identities: PatientIdentities;
}

/** `after` is the last of the page before. Ordered by score, descending, then by registration. */
export async function listPatients(
  { db, identities }: ListPatientsDeps,
  { teamIds, query }: PatientFilter,
  sort: 'risk' | 'registration',
  after: PatientPosition | undefined,
  limit: number,
): Promise<PatientListing[]> {
  if (teamIds?.length === 0) return [];
  const inTeams = teamIds === undefined ? sql`true` : sql`r.team_id = any(${teamIds}::uuid[])`;
  const found = query === undefined ? sql`true` : identities.matches(sql.ref('p.patient_key'), query);
  const { join, score, order, isAfter } = sort === 'risk' ? BY_RISK : BY_REGISTRATION;
  const { rows } = await sql<{ patient_key: number; score: number }>`
    select p.patient_key, ${score} as score
    from patients p join responsibilities r on r.patient_key = p.patient_key and r.to_at is null ${join}
    where p.erased_at is null and ${inTeams} and ${found} and ${after ? isAfter(after) : sql`true`}
    order by ${order} limit ${limit}`.execute(db);
  const risks = await readPatientRisks(
    db,
    rows.map((row) => row.patient_key),
  );
  return rows.map((row) => ({ patientKey: row.patient_key, score: row.score, risk: risks.get(row.patient_key) }));
}

interface Order {
  readonly join: RawBuilder<unknown>;
  readonly score: RawBuilder<unknown>;
  readonly order: RawBuilder<unknown>;
  readonly isAfter: (position: PatientPosition) => RawBuilder<unknown>;
}

const BY_REGISTRATION: Order = {
  join: sql``,
  score: sql`0`,
  order: sql`p.patient_key`,
  isAfter: ({ patientKey }) => sql`p.patient_key > ${patientKey}`,
};

/** Who was never judged comes last, as who has no risk. */
const SCORE = sql`coalesce(k.score, 0)`;
const BY_RISK: Order = {
  join: sql`left join patient_risks k on k.patient_key = p.patient_key`,
  score: SCORE,
  order: sql`-${SCORE}, p.patient_key`,
  isAfter: ({ score, patientKey }) => sql`(-${SCORE}, p.patient_key) > (${-score}, ${patientKey})`,
};
