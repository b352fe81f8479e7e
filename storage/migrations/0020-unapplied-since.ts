// Since when alerting has left a signal alone, however often ingest has said something of it meanwhile.
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const STATEMENTS = [
  // Epoch ms, of a signal with version > applied; without meaning in any other. What was written before knows none.
  'alter table signals add column unapplied_since bigint',
];

export const unappliedSince: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
