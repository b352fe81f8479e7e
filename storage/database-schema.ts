// The registry's tables as Kysely sees them, kept in step with storage/migrations by hand. Hot tables are not here: they are
// reached with raw SQL. Instants are Dates, calendar dates are strings.

import type { ColumnType, Generated } from 'kysely';
import type { AlertingSettings } from '../domain/alerts/alerting-settings.ts';
import type { DeviceKind, DeviceModel } from '../domain/device-model.ts';
import type { Language } from '../domain/language.ts';
import type { RuleOverrides } from '../domain/rules/rule-overrides.ts';
import type { Schedule } from './registry/team-schedules.ts';

/** Written by the database where it is not given. */
type DefaultNow = Generated<Date>;
/** Given as a value, written as JSON text, read parsed. */
type Json<T> = ColumnType<T, string, string>;
type GeneratedKey = ColumnType<number, never, never>;

interface Dated {
  from_at: Date;
  to_at: Date | null;
}

/** What a visit found, as far as follow-up asks (clinical.md §6). */
export interface VisitDetails {
  readonly controlled?: boolean | undefined;
  readonly drugReaction?: boolean | undefined;
  readonly newComplication?: boolean | undefined;
  readonly emergency?: boolean | undefined;
}

export interface Database {
  installation_settings: { name: string; value: Json<unknown>; set_at: DefaultNow };
  organisations: {
    organisation_id: string;
    name: string;
    kind: 'region' | 'district' | 'centre' | 'hospital';
    parent_id: string | null;
    created_at: DefaultNow;
  };
  teams: {
    team_id: string;
    name: string;
    time_zone: Generated<string>;
    organisation_id: string | null;
    backing_organisation_id: string | null;
    created_at: DefaultNow;
  };
  users: {
    user_id: string;
    username: string;
    password_hash: string;
    created_at: DefaultNow;
    disabled_at: Date | null;
  };
  tokens: {
    token_id: string;
    token_sha256: Buffer;
    user_id: string;
    kind: 'session' | 'api';
    name: string | null;
    created_at: DefaultNow;
    expires_at: Date | null;
    revoked_at: Date | null;
  };
  grants: {
    grant_id: string;
    user_id: string;
    role: string;
    organisation_id: string | null;
    team_id: string | null;
    created_at: DefaultNow;
    revoked_at: Date | null;
  };
  members: {
    member_id: string;
    team_id: string;
    name: string;
    role: string;
    user_id: string | null;
    created_at: DefaultNow;
    left_at: Date | null;
  };
  member_contacts: {
    contact_id: string;
    member_id: string;
    position: number;
    channel: string;
    address_encrypted: Buffer;
    secret_encrypted: Buffer | null;
    key_id: string;
    created_by: string | null;
    created_at: DefaultNow;
    verified_at: Date | null;
    removed_at: Date | null;
    own: Generated<boolean>;
  };
  contact_codes: {
    notification_id: string;
    contact_id: string;
    user_id: string;
    code_hash: Buffer;
    sent_at: number;
    expires_at: number;
    attempts: Generated<number>;
  };
  team_schedules: {
    team_id: string;
    version: number;
    schedule: Json<Schedule>;
    created_by: string | null;
    created_at: DefaultNow;
  };
  team_alerting: {
    team_id: string;
    version: number;
    settings: Json<AlertingSettings>;
    created_by: string | null;
    created_at: DefaultNow;
  };
  team_rules: {
    team_id: string;
    revision: number;
    thresholds: Json<RuleOverrides>;
    set_by: string | null;
    set_at: Date;
  };
  patients: {
    patient_key: GeneratedKey;
    patient_id: string;
    birth_date: string | null;
    sex: string | null;
    time_zone: Generated<string>;
    registered_at: DefaultNow;
    erased_at: Date | null;
  };
  patient_identities: {
    patient_key: number;
    field: 'name' | 'phone' | 'address' | 'identifier';
    position: Generated<number>;
    system: string | null;
    value_encrypted: Buffer;
    key_id: string;
    value_hash: Buffer;
    search_hashes: Generated<Buffer[]>;
  };
  patient_contacts: Dated & {
    contact_id: string;
    patient_key: number;
    position: number;
    relation: 'self' | 'carer';
    name_encrypted: Buffer | null;
    channel: string;
    address_encrypted: Buffer;
    key_id: string;
    consent_at: Date | null;
    consent_withdrawn_at: Date | null;
    language: Language | null;
    opt_out_sha256: Buffer | null;
    secret_encrypted: Buffer | null;
  };
  patient_conditions: Dated & { patient_key: number; code: string };
  patient_risk_groups: Dated & { patient_key: number; risk_group: string };
  treatments: Dated & {
    treatment_id: string;
    patient_key: number;
    class: string;
    name: string;
    recorded_at: DefaultNow;
  };
  plans: Dated & { plan_id: string; patient_key: number; plan: Json<unknown>; recorded_at: DefaultNow };
  targets: Dated & {
    target_id: string;
    patient_key: number;
    targets: Json<{ thresholds: RuleOverrides }>;
    recorded_at: DefaultNow;
    revision: number;
    recorded_by: string | null;
  };
  visits: {
    visit_id: string;
    patient_key: number;
    at: Date;
    kind: string;
    details: Json<VisitDetails>;
    recorded_by: string | null;
    recorded_at: DefaultNow;
  };
  symptoms: {
    symptom_id: string;
    patient_key: number;
    at: Date;
    code: string;
    note_encrypted: Buffer | null;
    key_id: string | null;
    recorded_by: string | null;
    recorded_at: DefaultNow;
  };
  responsibilities: Dated & { patient_key: number; team_id: string; assigned_by: string | null };
  device_models: { model_id: string; kind: DeviceKind; name: string; model: Json<DeviceModel> };
  devices: {
    device_key: GeneratedKey;
    device_id: string;
    kind: DeviceKind;
    model_id: string | null;
    gateway_key: number | null;
    registered_at: DefaultNow;
    retired_at: Date | null;
    clock_ahead_ms: Generated<number>;
    clock_behind_ms: Generated<number>;
    keeper_team_id: string | null;
    registered_by: string | null;
  };
  device_credentials: {
    credential_id: string;
    device_key: number;
    secret_sha256: Buffer;
    created_at: DefaultNow;
    revoked_at: Date | null;
  };
  device_bindings: Dated & {
    binding_id: string;
    device_key: number;
    patient_key: number;
    slot: string | null;
    created_by: string | null;
    created_at: DefaultNow;
  };
  device_status: {
    device_key: number;
    online: boolean;
    battery_percent: number | null;
    firmware: string | null;
    sensor_started_at: Date | null;
    sent_at: Date | null;
    received_at: Date;
  };
}
