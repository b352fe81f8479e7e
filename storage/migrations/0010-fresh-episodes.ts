// When an episode was last seen to go on, by a reading that arrived in time.
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const STATEMENTS = [
  // Epoch ms. What was written before knows none: its next fresh reading writes it.
  'alter table episodes add column fresh_at bigint',
];

export const freshEpisodes: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
