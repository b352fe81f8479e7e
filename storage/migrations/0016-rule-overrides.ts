// Thresholds of a team's own, every version of them, and whose hand each version of a patient's own is from.
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const STATEMENTS = [
  // The highest revision holds; one without thresholds gives the defaults back.
  `create table team_rules (
     team_id uuid not null references teams, revision int not null, thresholds jsonb not null,
     set_by uuid references users, set_at timestamptz not null, primary key (team_id, revision))`,
  // As a team's: what two people change at once is told apart by the number of the document that they have seen.
  'alter table targets add column revision int, add column recorded_by uuid references users',
  `update targets t set revision = n.revision
   from (select target_id, row_number() over (partition by patient_key order by recorded_at, from_at, target_id) as revision
         from targets) n
   where n.target_id = t.target_id`,
  'alter table targets alter column revision set not null, add unique (patient_key, revision)',
];

export const ruleOverrides: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
