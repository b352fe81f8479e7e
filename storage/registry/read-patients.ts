// Patients with who they are, as a caller who may see them gets them.
import { type Kysely, sql } from 'kysely';
import { RISK_GROUPS, type RiskGroup } from '../../domain/metrics/glucose-targets.ts';
import type { Database } from '../database-schema.ts';
import type { PatientIdentities, PatientIdentity } from './patient-identities.ts';
import { SEXES, type Sex } from './patients.ts';

export interface DatedValue {
  readonly value: string;
  /** Epoch ms; 0 where it has held from the beginning. */
  readonly from: number;
  readonly to?: number | undefined;
}

export interface PatientRecord extends PatientIdentity {
  readonly patientKey: number;
  readonly patientId: string;
  readonly birthDate?: string | undefined;
  readonly sex?: Sex | undefined;
  /** Those that hold now. */
  readonly conditions: readonly string[];
  /** Absent: standard. */
  readonly riskGroup?: RiskGroup | undefined;
  readonly conditionHistory: readonly DatedValue[];
  readonly riskGroupHistory: readonly DatedValue[];
  /** Responsible now. */
  readonly teamId: string;
  readonly timeZone: string;
  readonly registeredAt: number;
}

type DatedRow = { value: string; from: number; to: number | null };

/** In the order of the keys; erased and unknown ones are left out. */
export async function readPatients(
  db: Kysely<Database>,
  identities: PatientIdentities,
  patientKeys: readonly number[],
  now: number,
): Promise<PatientRecord[]> {
  if (patientKeys.length === 0) return [];
  const [who, { rows }] = await Promise.all([
    identities.read(db, patientKeys),
    sql<PatientRow>`
      select p.patient_key, p.patient_id, p.birth_date, p.sex, p.time_zone, p.registered_at, r.team_id,
        ${history('patient_conditions', 'code')} as conditions, ${history('patient_risk_groups', 'risk_group')} as risk_groups
      from patients p join responsibilities r on r.patient_key = p.patient_key and r.to_at is null
      where p.patient_key = any(${patientKeys}::int[]) and p.erased_at is null
      order by array_position(${patientKeys}::int[], p.patient_key)`.execute(db),
  ]);
  return rows.map((row) => toRecord(row, who.get(row.patient_key) ?? { name: '', identifiers: [] }, now));
}

interface PatientRow {
  patient_key: number;
  patient_id: string;
  birth_date: string | null;
  sex: string | null;
  time_zone: string;
  registered_at: Date;
  team_id: string;
  conditions: DatedRow[];
  risk_groups: DatedRow[];
}

const history = (table: string, column: string) => sql`
  coalesce((select json_agg(json_build_object('value', ${sql.ref(`h.${column}`)},
       'from', (extract(epoch from h.from_at) * 1000)::int8, 'to', (extract(epoch from h.to_at) * 1000)::int8)
     order by h.from_at, ${sql.ref(`h.${column}`)}) from ${sql.table(table)} h where h.patient_key = p.patient_key), '[]')`;

function toRecord(row: PatientRow, identity: PatientIdentity, now: number): PatientRecord {
  const conditionHistory = row.conditions.map(toDated);
  const riskGroupHistory = row.risk_groups.map(toDated);
  const group = riskGroupHistory.find((entry) => holdsAt(entry, now))?.value;
  return {
    ...identity,
    patientKey: row.patient_key,
    patientId: row.patient_id,
    birthDate: row.birth_date ?? undefined,
    sex: SEXES.find((sex) => sex === row.sex),
    conditions: conditionHistory.filter((entry) => holdsAt(entry, now)).map(({ value }) => value),
    riskGroup: RISK_GROUPS.find((known) => known === group),
    conditionHistory,
    riskGroupHistory,
    teamId: row.team_id,
    timeZone: row.time_zone,
    registeredAt: row.registered_at.getTime(),
  };
}

const toDated = ({ value, from, to }: DatedRow): DatedValue => ({ value, from, to: to ?? undefined });
const holdsAt = ({ from, to }: DatedValue, at: number) => from <= at && (to === undefined || at < to);
