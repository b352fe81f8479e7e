// Who is who: organisations, teams, people, patients, devices, and the audit of what was done with them.
// Facts that a rule or a route judges by are dated: [from_at, to_at), to_at null while they hold.
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const STATEMENTS = [
  // What is decided once at first start and checked at every start (e.g. the number of journal partitions).
  `create table installation_settings (
     name text primary key, value jsonb not null, set_at timestamptz not null default now())`,

  `create table organisations (
     organisation_id uuid primary key, name text not null,
     kind text not null check (kind in ('region', 'district', 'centre', 'hospital')),
     parent_id uuid references organisations, created_at timestamptz not null default now())`,
  `create table teams (
     team_id uuid primary key, name text not null, time_zone text not null default 'Asia/Shanghai',
     organisation_id uuid references organisations, backing_organisation_id uuid references organisations,
     created_at timestamptz not null default now())`,

  `create table users (
     user_id uuid primary key, username text not null, password_hash text not null,
     created_at timestamptz not null default now(), disabled_at timestamptz)`,
  'create unique index users_username on users (lower(username))',
  // Sessions and API tokens are the same thing with different lives; only a SHA-256 of the 256-bit token is kept.
  `create table tokens (
     token_id uuid primary key, token_sha256 bytea not null unique, user_id uuid not null references users on delete cascade,
     kind text not null check (kind in ('session', 'api')), name text,
     created_at timestamptz not null default now(), expires_at timestamptz, revoked_at timestamptz)`,
  `create table sign_in_failures (
     subject text primary key, failures int not null, last_at timestamptz not null, blocked_until timestamptz not null)`,
  // Both null: the whole installation.
  `create table grants (
     grant_id uuid primary key, user_id uuid not null references users on delete cascade,
     role text not null check (role in ('admin', 'lead', 'gp', 'nurse', 'public_health', 'village_worker', 'specialist')),
     organisation_id uuid references organisations, team_id uuid references teams,
     created_at timestamptz not null default now(), revoked_at timestamptz,
     check (organisation_id is null or team_id is null))`,
  'create index grants_user on grants (user_id) where revoked_at is null',
  `create table members (
     member_id uuid primary key, team_id uuid not null references teams, name text not null,
     role text not null check (role in ('lead', 'gp', 'nurse', 'public_health', 'village_worker', 'specialist')),
     user_id uuid references users, created_at timestamptz not null default now(), left_at timestamptz)`,
  'create index members_team on members (team_id) where left_at is null',
  // Addresses and secrets are encrypted like identities (key_id names the key).
  `create table member_contacts (
     contact_id uuid primary key, member_id uuid not null references members on delete cascade, position int not null,
     channel text not null, address_encrypted bytea not null, secret_encrypted bytea, key_id text not null,
     created_by uuid references users, created_at timestamptz not null default now(),
     verified_at timestamptz, removed_at timestamptz)`,
  'create index member_contacts_member on member_contacts (member_id) where removed_at is null',
  `create table team_schedules (
     team_id uuid not null references teams, version int not null, schedule jsonb not null,
     created_by uuid references users, created_at timestamptz not null default now(), primary key (team_id, version))`,

  `create table patients (
     patient_key int generated always as identity primary key, patient_id uuid not null unique,
     birth_date date, sex text check (sex in ('female', 'male', 'other', 'unknown')),
     time_zone text not null default 'Asia/Shanghai', registered_at timestamptz not null default now(), erased_at timestamptz)`,
  // Who a patient is, and nothing else knows it: a row per field, each encrypted, found by keyed hashes (DESIGN 9.11).
  `create table patient_identities (
     patient_key int not null references patients on delete cascade,
     field text not null check (field in ('name', 'phone', 'address', 'identifier')), position int not null default 0,
     system text, value_encrypted bytea not null, key_id text not null,
     value_hash bytea not null, search_hashes bytea[] not null default '{}',
     primary key (patient_key, field, position), check ((field = 'identifier') = (system is not null)))`,
  `create unique index patient_identities_identifier on patient_identities (system, value_hash) where field = 'identifier'`,
  'create index patient_identities_hash on patient_identities (field, value_hash)',
  'create index patient_identities_search on patient_identities using gin (search_hashes)',
  `create table patient_contacts (
     contact_id uuid primary key, patient_key int not null references patients on delete cascade, position int not null,
     relation text not null check (relation in ('self', 'carer')), name_encrypted bytea, channel text not null,
     address_encrypted bytea not null, key_id text not null, consent_at timestamptz, consent_withdrawn_at timestamptz,
     from_at timestamptz not null default now(), to_at timestamptz)`,
  `create table patient_conditions (
     patient_key int not null references patients on delete cascade, code text not null,
     from_at timestamptz not null, to_at timestamptz, primary key (patient_key, code, from_at))`,
  `create table patient_risk_groups (
     patient_key int not null references patients on delete cascade,
     risk_group text not null check (risk_group in ('standard', 'older_high_risk')),
     from_at timestamptz not null, to_at timestamptz, primary key (patient_key, from_at))`,
  `create table treatments (
     treatment_id uuid primary key, patient_key int not null references patients on delete cascade,
     class text not null, name text not null, from_at timestamptz not null, to_at timestamptz, recorded_at timestamptz not null default now())`,
  'create index treatments_patient on treatments (patient_key)',
  `create table plans (
     plan_id uuid primary key, patient_key int not null references patients on delete cascade, plan jsonb not null,
     from_at timestamptz not null, to_at timestamptz, recorded_at timestamptz not null default now())`,
  'create index plans_patient on plans (patient_key)',
  `create table targets (
     target_id uuid primary key, patient_key int not null references patients on delete cascade, targets jsonb not null,
     from_at timestamptz not null, to_at timestamptz, recorded_at timestamptz not null default now())`,
  'create index targets_patient on targets (patient_key)',
  `create table visits (
     visit_id uuid primary key, patient_key int not null references patients on delete cascade, at timestamptz not null,
     kind text not null, details jsonb not null default '{}', recorded_by uuid references users, recorded_at timestamptz not null default now())`,
  'create index visits_patient on visits (patient_key, at)',
  `create table symptoms (
     symptom_id uuid primary key, patient_key int not null references patients on delete cascade, at timestamptz not null,
     code text not null, note_encrypted bytea, key_id text, recorded_by uuid references users, recorded_at timestamptz not null default now())`,
  'create index symptoms_patient on symptoms (patient_key, at)',
  `create table responsibilities (
     patient_key int not null references patients on delete cascade, team_id uuid not null references teams,
     from_at timestamptz not null, to_at timestamptz, assigned_by uuid references users, primary key (patient_key, from_at))`,
  'create index responsibilities_team on responsibilities (team_id) where to_at is null',

  `create table device_models (
     model_id text primary key, kind text not null check (kind in ('cgm', 'glucometer', 'bp_monitor', 'gateway')),
     name text not null, model jsonb not null)`,
  `create table devices (
     device_key int generated always as identity primary key, device_id uuid not null unique,
     kind text not null check (kind in ('cgm', 'glucometer', 'bp_monitor', 'gateway')),
     model_id text references device_models, gateway_key int references devices,
     registered_at timestamptz not null default now(), retired_at timestamptz,
     -- widest corrections ever applied to its clock: how far a read by measured time has to look around (docs/architecture.md)
     clock_ahead_ms bigint not null default 0, clock_behind_ms bigint not null default 0)`,
  'create index devices_gateway on devices (gateway_key)',
  `create table device_credentials (
     credential_id uuid primary key, device_key int not null references devices on delete cascade, secret_sha256 bytea not null,
     created_at timestamptz not null default now(), revoked_at timestamptz)`,
  'create index device_credentials_device on device_credentials (device_key) where revoked_at is null',
  `create table device_bindings (
     binding_id uuid primary key, device_key int not null references devices on delete cascade,
     patient_key int not null references patients on delete cascade, slot text,
     from_at timestamptz not null, to_at timestamptz, created_by uuid references users, created_at timestamptz not null default now(),
     check (to_at is null or to_at > from_at))`,
  'create index device_bindings_device on device_bindings (device_key)',
  'create index device_bindings_patient on device_bindings (patient_key)',
  `create table device_status (
     device_key int primary key references devices on delete cascade, online boolean not null default false,
     battery_percent real, firmware text, sensor_started_at timestamptz, sent_at timestamptz, received_at timestamptz not null)`,
  `create table device_requests (
     request_id uuid primary key, device_key int not null references devices on delete cascade, request jsonb not null,
     created_at timestamptz not null default now(), expires_at timestamptz not null, delivered_at timestamptz)`,
  'create index device_requests_open on device_requests (device_key) where delivered_at is null',

  // What other processes have to forget: written in the transaction of the change, announced by NOTIFY, polled as a safety net.
  `create table registry_changes (
     change_id bigint generated always as identity primary key, at timestamptz not null default clock_timestamp(),
     entity text not null, key text not null)`,
  'create index registry_changes_at on registry_changes (at)',
  `create function announce_registry_change() returns trigger language plpgsql as
   $$ begin perform pg_notify('registry_changes', new.entity || ' ' || new.key); return null; end $$`,
  `create trigger announce after insert on registry_changes for each row execute function announce_registry_change()`,

  `create table audit_log (
     audit_id bigint generated always as identity primary key, at timestamptz not null default now(),
     user_id uuid, actor text not null, action text not null, status int, patient_key int, team_id uuid,
     kind text, hour timestamptz, count int not null default 1, detail jsonb not null default '{}')`,
  // One row per user, patient, kind and hour for every opening of a patient's data (DESIGN 9.12).
  `create unique index audit_log_opening on audit_log (user_id, patient_key, kind, hour) where action = 'open'`,
  'create index audit_log_at on audit_log (at)',
];

export const registry: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
