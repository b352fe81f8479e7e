// Readings, what ingest derives from them day by day, and the fate of every item. Instants are epoch ms (bigint): these tables are hot.
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

// Widest first, so that a row has no padding; what few readings have comes last, where it costs a bit.
const READING_COLUMNS = `
     at bigint not null, measured_at bigint not null, received_at bigint not null, value double precision not null,
     origin_seq bigint not null, device_key int not null, origin_index int not null, kind smallint not null, meta smallint not null,
     flags smallint not null default 0, revision smallint not null default 0, origin_partition smallint not null,
     seq bigint, sent_at bigint, diastolic double precision, pulse double precision, voided_at bigint, slot text`;

const STATEMENTS = [
  // Identity = (device, kind, the device's own at). Months are created ahead; the default partition takes what nobody foresaw.
  `create table readings (${READING_COLUMNS}, primary key (device_key, kind, at)) partition by range (at)`,
  'create table readings_default partition of readings default',
  // Values that are no longer, or never became, the current one, with the origin that brought them, so that a re-run recognises its
  // own work. revision counts the values of an identity in the order they came.
  `create table reading_audit (${READING_COLUMNS}, replaced_at bigint not null,
     reason text not null check (reason in ('corrected', 'superseded', 'voided')), replaced_by text,
     primary key (device_key, kind, at, revision))`,

  // Days whose summary does not cover the readings that are stored. mark rises with each touch: a flush removes only what it saw.
  // evaluate: verdicts may differ too. held_mark: the owner's own touch, which its next flush covers; where mark has moved on since, or
  // there is none, somebody else changed the day and the owner has to read it again.
  `create table dirty_days (
     patient_key int not null, day date not null, partition smallint not null, mark bigint not null, evaluate boolean not null default true,
     held_mark bigint, primary key (patient_key, day))`,
  'create sequence dirty_day_marks cache 1000',
  'create index dirty_days_to_read on dirty_days (partition) where held_mark is distinct from mark',
  `create table day_summaries (
     patient_key int not null, day date not null, kind text not null, summary jsonb not null, computed_at bigint not null,
     primary key (patient_key, day, kind))`,
  `create table patient_state (
     patient_key int primary key, partition smallint not null, state jsonb not null, next_deadline_at bigint, updated_at bigint not null)`,
  'create index patient_state_partition on patient_state (partition)',

  // One row for the records of a partition that were consumed together, keyed by the last of them and written with the offset.
  `create table record_counts (
     partition smallint not null, seq bigint not null, counted_at bigint not null, received int not null, accepted int not null,
     duplicate int not null, corrected int not null, rejected int not null, primary key (partition, seq))`,
  // record_counts older than the journal keeps records are folded into one row a day.
  `create table item_totals (
     day date not null primary key, received bigint not null, accepted bigint not null,
     duplicate bigint not null, corrected bigint not null, rejected bigint not null)`,
  // What the last connections of a device told of its clock: parallel arrays, oldest first (clinical.md §1.1).
  `create table device_clocks (
     device_key int primary key references devices on delete cascade, received_at bigint[] not null, sent_at bigint[] not null)`,
  `create table rejections (
     rejection_id uuid primary key, device_id text, device_key int, received_at bigint not null, topic text not null,
     code text not null, detail text not null, item_index int not null, payload bytea not null, payload_sha256 bytea,
     payload_bytes int not null, origin_partition smallint not null, origin_seq bigint not null, origin_index int not null,
     replayed_at bigint, unique (origin_partition, origin_seq, origin_index))`,
  'create index rejections_device on rejections (device_key, received_at desc)',
  'create index rejections_received on rejections (received_at desc)',
];

export const readings: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
