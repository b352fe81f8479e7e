// In which order a team looks at its patients, kept ready so that a list doesn't judge ten thousand of them.
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const STATEMENTS = [
  // Rebuildable: domain/risk.ts over alerts, summaries and blood pressures as they were at computed_at (epoch ms).
  `create table patient_risks (
     patient_key int primary key, score int not null, reasons jsonb not null, computed_at bigint not null)`,
  'create index patient_risks_computed on patient_risks (computed_at)',
];

export const patientRisks: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
