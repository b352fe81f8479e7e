// The journal on Postgres, and who consumes which partition up to where (also where the journal itself is on Redis).
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const STATEMENTS = [
  // One row that every append updates: its lock puts commits in order, its numbers are handed out in that order (DESIGN 4).
  // Room on the page for the row's many versions, so that they are pruned in passing.
  `create table journal_head (
     single boolean primary key default true check (single), seq bigint not null, appended_at bigint not null,
     total_bytes bigint not null) with (fillfactor = 10)`,
  'insert into journal_head (seq, appended_at, total_bytes) values (0, 0, 0)',
  // appended_at (epoch ms, never falling) names the hourly table. bytes_before: journal_head.total_bytes before this record, so that
  // what is unconsumed is one subtraction.
  `create table journal_records (
     partition smallint not null, seq bigint not null, appended_at bigint not null, message_count int not null,
     bytes_before bigint not null, bytes bytea not null, primary key (partition, seq, appended_at)) partition by range (appended_at)`,
  // Measured, backend CPU per 150-byte message in records of 125: 1.1 µs as they are, 1.9–2.7 µs compressed (pglz) to 0.46 of the size.
  'alter table journal_records alter column bytes set storage external',
  'create table journal_records_default partition of journal_records default',

  // epoch rises with each taking; the holder's writes check it. seq: every record up to it is consumed.
  `create table journal_partitions (
     partition smallint primary key, seq bigint not null default 0, epoch bigint not null default 0,
     worker_id uuid, lease_ends_at timestamptz) with (fillfactor = 50)`,
  'create table journal_workers (worker_id uuid primary key, seen_at timestamptz not null)',
];

export const journal: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
