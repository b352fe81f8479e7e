// What people handle: alerts, why they are there, what was done and said about them. The timeline is append-only.
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const STATEMENTS = [
  `create table alerts (
     alert_id uuid primary key, patient_key int not null, team_id uuid not null, condition text not null, direction text not null,
     severity text not null check (severity in ('info', 'warning', 'critical', 'emergency')),
     state text not null check (state in ('open', 'acknowledged', 'snoozed', 'resolved', 'expired', 'retrospective')),
     signal text not null check (signal in ('firing', 'cleared')),
     opened_at bigint not null, cleared_at bigint, acknowledged_at bigint, acknowledged_by uuid, snoozed_until bigint,
     state_before_snooze text, closed_at bigint, outcome text, note_encrypted bytea, key_id text,
     previous_alert_id uuid references alerts, occurrence int not null default 1,
     due_at bigint, due_reason text, test boolean not null default false, version int not null default 1)`,
  // At most one unclosed alert per patient, condition and direction (DESIGN 6).
  `create unique index alerts_unclosed on alerts (patient_key, condition, direction)
     where state in ('open', 'acknowledged', 'snoozed')`,
  'create index alerts_team on alerts (team_id, opened_at desc)',
  'create index alerts_patient on alerts (patient_key, opened_at desc)',
  `create index alerts_due on alerts (due_at) where due_at is not null`,
  // Serialises everything about one (patient, condition, direction), also before an alert exists.
  `create table alert_keys (
     patient_key int not null, condition text not null, direction text not null, primary key (patient_key, condition, direction))`,
  `create table alert_reasons (
     alert_id uuid not null references alerts, rule_id text not null, episode_id uuid not null, severity text not null,
     firing boolean not null, joined_at bigint not null, cleared_at bigint, explanation jsonb not null, evidence jsonb not null,
     primary key (alert_id, rule_id, episode_id))`,
  `create table alert_timeline (
     entry_id bigint generated always as identity primary key, alert_id uuid not null references alerts, at bigint not null,
     event text not null, reason text not null, actor_kind text not null check (actor_kind in ('system', 'user')), user_id uuid,
     channel text, contact_id uuid, notification_id uuid, detail jsonb not null default '{}')`,
  'create index alert_timeline_alert on alert_timeline (alert_id, entry_id)',
  `create table notifications (
     notification_id uuid primary key, alert_id uuid not null references alerts, contact_id uuid, member_id uuid, user_id uuid,
     channel text not null, kind text not null check (kind in ('opened', 'changed', 'reminder', 'cleared', 'closed')),
     severity text not null, reason text not null, idempotency_key text not null unique,
     status text not null check (status in ('pending', 'delivered', 'failed', 'skipped')), attempts int not null default 0,
     due_at bigint, created_at bigint not null, delivered_at bigint, last_error text)`,
  'create index notifications_alert on notifications (alert_id)',
  `create index notifications_due on notifications (due_at) where status = 'pending'`,
];

export const alerts: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
