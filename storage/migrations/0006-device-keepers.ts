// A device that nobody wears yet belongs to somebody's scope all the same: the team that keeps it, or who registered it.
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const STATEMENTS = [
  `alter table devices add column keeper_team_id uuid references teams, add column registered_by uuid references users`,
  'create index devices_keeper on devices (keeper_team_id)',
];

export const deviceKeepers: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
