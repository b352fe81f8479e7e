// When rules of weeks are asked next of a patient; null: nobody has said yet.
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const STATEMENTS = ['alter table patient_state add column history_due_at bigint'];

export const historyDue: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
