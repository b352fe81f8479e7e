// What escalation, digests, tests, incidents, handovers and codes need beside the alerts themselves.
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const STATEMENTS = [
  // How a team wants to be told: every version is kept, the highest holds.
  `create table team_alerting (
     team_id uuid not null references teams, version int not null, settings jsonb not null,
     created_by uuid references users, created_at timestamptz not null default now(), primary key (team_id, version))`,
  // escalation: the policy as it was when the present occurrence was first told, and how far it has come.
  // owner_reminded_at: whoever took it over was reminded that it has no outcome yet.
  'alter table alerts add column escalation jsonb, add column owner_reminded_at bigint, add column test_includes_patient boolean',
  // A test never stands in the way of what is real.
  'drop index alerts_unclosed',
  `create unique index alerts_unclosed on alerts (patient_key, condition, direction)
     where state in ('open', 'acknowledged', 'snoozed') and not test`,
  // alert_id is null for what is about no single alert (handover, incident, a contact's code): team_id and subject say what then.
  // audience: of 'patient' and 'carer' contact_id is in patient_contacts. escalation_step: which step of the snapshot, from 0.
  // company: what is due for one contact with the same company may be told in one message; null goes alone.
  // sent_with: the notification in whose message this one was, decided at the first attempt so that a repeat is the same message.
  `alter table notifications alter column alert_id drop not null, add column team_id uuid, add column subject jsonb,
     add column audience text not null default 'team' check (audience in ('team', 'patient', 'carer')),
     add column escalation_step int, add column company text, add column sent_with uuid references notifications`,
  `alter table notifications drop constraint notifications_kind_check, add constraint notifications_kind_check check (
     kind in ('opened', 'changed', 'reminder', 'cleared', 'closed', 'repeat_request', 'handover', 'incident', 'verification'))`,
  'alter table notifications add constraint notifications_about check (alert_id is not null or subject is not null)',
  `create index notifications_company on notifications (contact_id, company) where status = 'pending' and company is not null`,
  // Of messages to this contact; null: as the team has it.
  // By opt_out_sha256 a contact is found from the link that ends its messages; there is none until one was sent. A webhook signs.
  `alter table patient_contacts add column language text check (language in ('zh', 'en')), add column opt_out_sha256 bytea,
     add column secret_encrypted bytea`,
  'create unique index patient_contacts_opt_out on patient_contacts (opt_out_sha256) where opt_out_sha256 is not null',
  'create index notifications_sent_with on notifications (sent_with) where sent_with is not null',
  // How much a contact was told lately: beyond a few a minute messages are told together.
  'create index notifications_of_contact on notifications (contact_id, created_at) where contact_id is not null',
  // Devices that are silent, by patient.
  `create index signals_silent on signals (patient_key) where rule_id = 'DATA-01' and verdict = 'firing'`,
  // Something is wrong with a team's devices or its way of being reached, not with a patient.
  `create table team_incidents (
     incident_id uuid primary key, team_id uuid not null references teams, kind text not null check (kind in ('fleet_outage')),
     opened_at bigint not null, closed_at bigint, detail jsonb not null default '{}')`,
  'create unique index team_incidents_open on team_incidents (team_id, kind) where closed_at is null',
  // A shift that has been handed over to those who came on duty.
  `create table handovers (
     team_id uuid not null references teams, shift_at bigint not null, created_at bigint not null, primary key (team_id, shift_at))`,
  // Handover and figures of a team, over years of alerts.
  `create index alerts_team_unclosed on alerts (team_id) where state in ('open', 'acknowledged', 'snoozed')`,
  'create index alerts_team_closed on alerts (team_id, closed_at) where closed_at is not null',
  'create index responsibilities_of_team on responsibilities (team_id, from_at)',
  'create index team_incidents_listed on team_incidents (team_id, opened_at desc, incident_id desc)',
  `create index notifications_incident on notifications (team_id) where kind = 'incident'`,
  `create index notifications_handover on notifications (created_at) where kind = 'handover'`,
  // own: entered by the member for themselves, and no part of what a lead or admin entered for them.
  'alter table member_contacts add column own boolean not null default false',
  // Every code by which somebody shows that a contact they entered is theirs, by the notification that brings it: the latest of a contact
  // holds, those of a day are counted. code_hash is keyed (vault): six digits under a bare hash are tried out in a second.
  `create table contact_codes (
     notification_id uuid primary key, contact_id uuid not null references member_contacts on delete cascade,
     user_id uuid not null references users, code_hash bytea not null,
     sent_at bigint not null, expires_at bigint not null, attempts int not null default 0)`,
  'create index contact_codes_user on contact_codes (user_id, sent_at)',
  'create index contact_codes_contact on contact_codes (contact_id)',
];

export const escalation: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
