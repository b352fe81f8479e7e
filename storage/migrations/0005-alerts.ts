// What people handle: alerts, why they are there, what was done and said about them. The timeline is append-only.
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const STATEMENTS = [
  // fired_at begins the present occurrence: the alert itself, or its last firing after it had cleared. peak_severity is the highest it
  // ever had: what was urgent once waits for a person. told is what was last told of it, to anybody; due_at is the next moment at which
  // time alone changes something. team_id is null only while nobody is responsible for the patient.
  // withdrawn_at: it was only ever listed, and what it was listed for turned out not to have been.
  `create table alerts (
     alert_id uuid primary key, patient_key int not null, team_id uuid, condition text not null, direction text not null,
     severity text not null check (severity in ('info', 'warning', 'critical', 'emergency')),
     peak_severity text not null check (peak_severity in ('info', 'warning', 'critical', 'emergency')),
     state text not null check (state in ('open', 'acknowledged', 'snoozed', 'resolved', 'expired', 'retrospective')),
     signal text not null check (signal in ('firing', 'cleared')),
     opened_at bigint not null, fired_at bigint not null, cleared_at bigint,
     acknowledged_at bigint, acknowledged_by uuid,
     snoozed_until bigint, snoozed_severity text, snoozed_from text check (snoozed_from in ('open', 'acknowledged')),
     closed_at bigint, closed_by uuid, outcome text, withdrawn_at bigint,
     previous_alert_id uuid references alerts, occurrence int not null default 1,
     told jsonb, reminders int not null default 0,
     due_at bigint, due_reason text, test boolean not null default false, version int not null default 1)`,
  // At most one unclosed alert per patient, condition and direction (DESIGN 6).
  `create unique index alerts_unclosed on alerts (patient_key, condition, direction)
     where state in ('open', 'acknowledged', 'snoozed')`,
  'create index alerts_team on alerts (team_id, opened_at desc, alert_id desc)',
  'create index alerts_patient on alerts (patient_key, opened_at desc, alert_id desc)',
  'create index alerts_opened on alerts (opened_at desc, alert_id desc)',
  'create index alerts_due on alerts (due_at) where due_at is not null',
  // Serialises everything about one (patient, condition, direction), also before an alert exists.
  `create table alert_keys (
     patient_key int not null, condition text not null, direction text not null, primary key (patient_key, condition, direction))`,
  // Why it is there: an episode of a rule, with evidence and explanation as they were when people were told.
  `create table alert_reasons (
     alert_id uuid not null references alerts, rule_id text not null, episode_id uuid not null, severity text not null,
     firing boolean not null, joined_at bigint not null, cleared_at bigint, episode_start_at bigint not null, episode_end_at bigint,
     explanation jsonb not null, evidence jsonb not null, primary key (alert_id, episode_id))`,
  'create index alert_reasons_episode on alert_reasons (episode_id)',
  `create table alert_timeline (
     entry_id bigint generated always as identity primary key, alert_id uuid not null references alerts, at bigint not null,
     event text not null, reason text not null, actor_kind text not null check (actor_kind in ('system', 'user')), user_id uuid,
     channel text, contact_id uuid, member_id uuid, notification_id uuid, note_encrypted bytea, note_key_id text,
     detail jsonb not null default '{}')`,
  'create index alert_timeline_alert on alert_timeline (alert_id, entry_id)',
  // Whatever happens to an alert is on its timeline: open pages are told by what writes it.
  `create function announce_alert() returns trigger language plpgsql as
   $$ begin perform pg_notify('live', 'alert ' || new.alert_id); return null; end $$`,
  'create trigger announce after insert on alert_timeline for each row execute function announce_alert()',
  // sent_key says what is told to whom (alert, occurrence, kind, severity, step, contact): it is never told twice. due_at is the next
  // attempt; while one is running it lies behind the longest time an attempt may take.
  `create table notifications (
     notification_id uuid primary key, alert_id uuid not null references alerts, occurrence int not null,
     contact_id uuid, member_id uuid, user_id uuid,
     channel text not null, kind text not null check (kind in ('opened', 'changed', 'reminder', 'cleared', 'closed')),
     severity text not null, reason text not null, sent_key text not null unique,
     status text not null check (status in ('pending', 'delivered', 'failed', 'skipped')), attempts int not null default 0,
     due_at bigint, created_at bigint not null, settled_at bigint, last_failure text)`,
  'create index notifications_alert on notifications (alert_id)',
  `create index notifications_due on notifications (due_at) where status = 'pending'`,
];

export const alerts: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
