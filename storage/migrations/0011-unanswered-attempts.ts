// Attempts at a notification of which nobody knows whether they arrived.
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const STATEMENTS = [
  // Counted up when an attempt begins and down when it has an answer: what is left was cut off by a crash or by the network.
  'alter table notifications add column unanswered int not null default 0',
];

export const unansweredAttempts: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
