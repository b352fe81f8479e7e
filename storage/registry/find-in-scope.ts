// Finds one patient or device by its public id, if it exists and lies in somebody's scope: nothing else reaches a row by id.
// Who may read it but not do what is asked is told so; for everybody else it does not exist.
import { type Kysely, sql } from 'kysely';
import type { DeviceKind } from '../../domain/device-model.ts';
import type { Database } from '../database-schema.ts';
import { type Access, mayInTeam } from './access.ts';
import { notFound, Refusal } from './refusal.ts';
import type { Permission } from './role-permissions.ts';

export interface PatientRef {
  readonly patientKey: number;
  readonly patientId: string;
  readonly timeZone: string;
  /** Responsible now. */
  readonly teamId: string;
}

export interface DeviceRef {
  readonly deviceKey: number;
  readonly deviceId: string;
  readonly kind: DeviceKind;
  /** Of the team that keeps it. */
  readonly keeperTeamId?: string | undefined;
}

/** Throws Refusal `not_found`, or `forbidden` where it may be read only. */
export async function findPatient(
  db: Kysely<Database>,
  access: Access,
  patientId: string,
  permission: Permission,
): Promise<PatientRef> {
  const row = await db
    .selectFrom('patients as p')
    .innerJoin('responsibilities as r', (join) =>
      join.onRef('r.patient_key', '=', 'p.patient_key').on('r.to_at', 'is', null),
    )
    .select(['p.patient_key', 'p.patient_id', 'p.time_zone', 'r.team_id'])
    .where('p.patient_id', '=', patientId)
    .where('p.erased_at', 'is', null)
    .executeTakeFirst();
  if (!row || !mayInTeam(access, 'read', row.team_id)) throw notFound('patient');
  if (!mayInTeam(access, permission, row.team_id)) throw notPermitted(permission);
  return { patientKey: row.patient_key, patientId: row.patient_id, timeZone: row.time_zone, teamId: row.team_id };
}

/**
 * A device is in the scope of the team that keeps it, of the teams of those who wear it now, and, while it has neither, of
 * whoever registered it.
 */
export async function findDevice(
  db: Kysely<Database>,
  access: Access,
  deviceId: string,
  permission: Permission,
): Promise<DeviceRef> {
  const row = await db
    .selectFrom('devices as d')
    .select((select) => [
      'd.device_key',
      'd.device_id',
      'd.kind',
      'd.keeper_team_id',
      'd.registered_by',
      select
        .selectFrom('device_bindings as b')
        .innerJoin('responsibilities as r', (join) =>
          join.onRef('r.patient_key', '=', 'b.patient_key').on('r.to_at', 'is', null),
        )
        .select(sql<string[]>`coalesce(array_agg(r.team_id), '{}')`.as('teams'))
        .whereRef('b.device_key', '=', 'd.device_key')
        .where((where) => where.or([where('b.to_at', 'is', null), where('b.to_at', '>', sql<Date>`now()`)]))
        .as('wearing_teams'),
    ])
    .where('d.device_id', '=', deviceId)
    .executeTakeFirst();
  if (!row) throw notFound('device');
  const teams = [...(row.keeper_team_id === null ? [] : [row.keeper_team_id]), ...(row.wearing_teams ?? [])];
  const isOwn = teams.length === 0 && row.registered_by === access.userId;
  const may = (wanted: Permission) => isOwn || teams.some((teamId) => mayInTeam(access, wanted, teamId));
  if (!may('read') && !access.everywhere.has('read')) throw notFound('device');
  if (!may(permission) && !access.everywhere.has(permission)) throw notPermitted(permission);
  const { device_key: deviceKey, kind } = row;
  return { deviceKey, deviceId: row.device_id, kind, keeperTeamId: row.keeper_team_id ?? undefined };
}

export const notPermitted = (permission: Permission): Refusal =>
  new Refusal('forbidden', `Your role here does not include the permission to ${permission}.`);
