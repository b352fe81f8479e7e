// What ingest tells alerting: one level-triggered row per (patient, rule), and every episode that was ever persisted.
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const STATEMENTS = [
  // version rises with each change; handed_over is what was nudged into the queue; applied is what alerting has acted on.
  // The row is the outbox: version > handed_over wants a nudge, version > applied is unsettled.
  `create table signals (
     patient_key int not null, rule_id text not null, rule_version int not null, condition text not null, direction text not null,
     verdict text not null check (verdict in ('firing', 'pending', 'clear', 'unknown')), severity text, episode_id uuid,
     explanation jsonb not null, deadline_at bigint, updated_at bigint not null,
     version bigint not null, handed_over bigint not null default 0, applied bigint not null default 0,
     primary key (patient_key, rule_id))`,
  'create index signals_to_hand_over on signals (patient_key) where version > handed_over',
  'create index signals_unapplied on signals (patient_key) where version > applied',
  `create table episodes (
     episode_id uuid primary key, patient_key int not null, rule_id text not null, rule_version int not null,
     condition text not null, direction text not null, severity text not null,
     fate text not null check (fate in ('live', 'late', 'retrospective')),
     start_at bigint not null, completed_at bigint not null, end_at bigint, withdrawn_at bigint, joined_to uuid,
     evidence jsonb not null, explanation jsonb not null, first_seen_at bigint not null, signal_version bigint not null)`,
  'create index episodes_patient on episodes (patient_key, rule_id, start_at)',
];

export const signals: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
