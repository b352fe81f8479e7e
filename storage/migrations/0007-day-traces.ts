// A day's CGM readings in one value, so that metrics that need them read fourteen rows instead of four thousand.
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const STATEMENTS = [
  // Rebuildable. Holds what the summary of summarised_at (day_summaries.computed_at) was made of: true as long as that summary is.
  `create table day_traces (
     patient_key int not null, day date not null, summarised_at bigint not null, trace bytea not null, primary key (patient_key, day))`,
];

export const dayTraces: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
