// Pages of patients within somebody's scope: as they were registered, or those at most risk first.
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { type PatientRisk, patientRisk } from '../../domain/risk.ts';
import type { Severity } from '../../domain/rules/rule.ts';
import type { Database } from '../database-schema.ts';
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
  const ranked = sort === 'risk' ? await readRisks(db, teamIds) : undefined;
  const inTeams = teamIds === undefined ? sql`true` : sql`r.team_id = any(${teamIds}::uuid[])`;
  const found = query === undefined ? sql`true` : identities.matches(sql.ref('p.patient_key'), query);
  const { join, score, order, isAfter } = ranked ? byRisk(ranked) : BY_REGISTRATION;
  const { rows } = await sql<{ patient_key: number; score: number }>`
    select p.patient_key, ${score} as score
    from patients p join responsibilities r on r.patient_key = p.patient_key and r.to_at is null ${join}
    where p.erased_at is null and ${inTeams} and ${found} and ${after ? isAfter(after) : sql`true`}
    order by ${order} limit ${limit}`.execute(db);
  const keys = rows.map((row) => row.patient_key);
  const risks = ranked ?? (await readRisks(db, teamIds, keys));
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

function byRisk(risks: ReadonlyMap<number, PatientRisk>): Order {
  const keys = [...risks.keys()];
  const scores = [...risks.values()].map(({ score }) => score);
  const score = sql`coalesce(k.score, 0)`;
  return {
    join: sql`left join unnest(${keys}::int[], ${scores}::int[]) as k(patient_key, score) on k.patient_key = p.patient_key`,
    score,
    order: sql`-${score}, p.patient_key`,
    isAfter: (position) => sql`(-${score}, p.patient_key) > (${-position.score}, ${position.patientKey})`,
  };
}

/** Of patients with unclosed alerts; everybody else's score is 0. */
export async function readRisks(
  db: Kysely<Database>,
  teamIds: readonly string[] | undefined,
  patientKeys?: readonly number[],
): Promise<Map<number, PatientRisk>> {
  const inTeams = teamIds === undefined ? sql`true` : sql`team_id = any(${teamIds}::uuid[])`;
  const ofPatients = patientKeys === undefined ? sql`true` : sql`patient_key = any(${patientKeys}::int[])`;
  const { rows } = await sql<{ patient_key: number; alerts: { severity: Severity; acknowledged: boolean }[] }>`
    select patient_key,
      json_agg(json_build_object('severity', severity, 'acknowledged', acknowledged_at is not null and state <> 'open')) as alerts
    from alerts
    where state in ('open', 'acknowledged', 'snoozed') and not test and ${inTeams} and ${ofPatients}
    group by patient_key`.execute(db);
  // Alerts don't depend on the risk group; what does comes with the metrics.
  return new Map(rows.map((row) => [row.patient_key, patientRisk({ riskGroup: 'standard', openAlerts: row.alerts })]));
}
