// Which rejections their device has been told: a mark on each, because rows become visible in another order than their times'.
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const STATEMENTS = [
  'alter table rejections add column told_at bigint',
  'create index rejections_untold on rejections (device_key, rejection_id) where told_at is null',
];

export const toldRejections: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
