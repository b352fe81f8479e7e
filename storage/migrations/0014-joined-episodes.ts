// Finds under which other names an episode was known.
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const STATEMENTS = ['create index episodes_joined on episodes (joined_to) where joined_to is not null'];

export const joinedEpisodes: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
