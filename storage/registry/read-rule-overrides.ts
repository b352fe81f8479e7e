// Which thresholds of a patient's team and of their own held at an instant.
import { type Kysely, sql } from 'kysely';
import type { RuleOverrides } from '../../domain/rules/rule-overrides.ts';
import type { Database } from '../database-schema.ts';
import { holdingAt, newestRevision, readDocuments } from './dated-documents.ts';
import { NO_OVERRIDES, type OverridesVersion, readTeamRules } from './team-rules.ts';

/** As `targets` holds it. */
export interface TargetsDocument {
  readonly thresholds: RuleOverrides;
}

/** The revision is the newest there is, also where none holds then. @param at epoch ms */
export async function readPatientRules(
  db: Kysely<Database>,
  patientKey: number,
  at: number,
): Promise<OverridesVersion> {
  const documents = await readDocuments<TargetsDocument>(db, 'targets', patientKey);
  const revision = newestRevision(documents);
  const present = holdingAt(documents, at);
  if (present === undefined) return { ...NO_OVERRIDES, revision };
  const { document, recordedAt, recordedBy } = present;
  return { thresholds: document.thresholds, revision, setAt: recordedAt, setBy: recordedBy };
}

/** Of the team that was responsible then; none before the patient was registered. @param at epoch ms */
export async function readTeamRulesOf(db: Kysely<Database>, patientKey: number, at: number): Promise<OverridesVersion> {
  const row = await db
    .selectFrom('responsibilities')
    .select('team_id')
    .where('patient_key', '=', patientKey)
    .where('from_at', '<=', new Date(at))
    .where((where) => where.or([where('to_at', 'is', null), where('to_at', '>', new Date(at))]))
    .executeTakeFirst();
  return row === undefined ? NO_OVERRIDES : readTeamRules(db, row.team_id, at);
}

export interface PatientOverrides {
  readonly patientId: string;
  readonly thresholds: RuleOverrides;
}

/** Of the team's present patients who have thresholds of their own now. */
export async function readOverridesInTeam(
  db: Kysely<Database>,
  teamId: string,
  now: number,
): Promise<PatientOverrides[]> {
  const at = new Date(now);
  const { rows } = await sql<{ patient_id: string; thresholds: RuleOverrides }>`
    select p.patient_id, t.targets -> 'thresholds' as thresholds
    from responsibilities r join patients p using (patient_key) join targets t using (patient_key)
    where r.team_id = ${teamId} and r.to_at is null and t.from_at <= ${at} and (t.to_at is null or t.to_at > ${at})
      and t.targets -> 'thresholds' <> '{}'
    order by p.patient_key`.execute(db);
  return rows.map(({ patient_id, thresholds }) => ({ patientId: patient_id, thresholds }));
}
