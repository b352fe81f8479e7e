// Devices as a list shows them: what they are, who wears them now, when they were last heard of.
import { type Kysely, sql } from 'kysely';
import type { DeviceKind } from '../../domain/device-model.ts';
import type { Database } from '../database-schema.ts';
import type { Access } from './access.ts';
import { deviceScope } from './device-scope.ts';

export interface DeviceRecord {
  readonly deviceKey: number;
  readonly deviceId: string;
  readonly kind: DeviceKind;
  readonly model?: string | undefined;
  readonly gatewayId?: string | undefined;
  readonly keeperTeamId?: string | undefined;
  /** Epoch ms. */
  readonly registeredAt: number;
  readonly retiredAt?: number | undefined;
  readonly canSignIn: boolean;
  readonly online?: boolean | undefined;
  readonly lastReceivedAt?: number | undefined;
  readonly batteryPercent?: number | undefined;
  readonly firmware?: string | undefined;
  readonly sensorStartedAt?: number | undefined;
  /** Bound now, of those whom the viewer may see; more than one where the device has slots. */
  readonly wearers: readonly { readonly patientId: string; readonly slot: string | null }[];
}

export interface DeviceFilter {
  readonly deviceKey?: number | undefined;
  readonly patientKey?: number | undefined;
  readonly teamId?: string | undefined;
}

/** In ascending key, only within the viewer's scope (as `findDevice`). */
export async function readDevices(
  db: Kysely<Database>,
  access: Access,
  filter: DeviceFilter,
  after: number | undefined,
  limit: number,
): Promise<DeviceRecord[]> {
  const { isVisible, wearers, isWearerVisible } = deviceScope(access);
  const { deviceKey, patientKey, teamId } = filter;
  const { rows } = await sql<DeviceRow>`
    select d.device_key, d.device_id, d.kind, d.model_id, g.device_id as gateway_id, d.keeper_team_id, d.registered_at,
      d.retired_at, s.online, s.received_at, s.battery_percent, s.firmware, s.sensor_started_at,
      exists (select from device_credentials c where c.device_key = d.device_key and c.revoked_at is null) as can_sign_in,
      (select coalesce(json_agg(json_build_object('patientId', p.patient_id, 'slot', b.slot) order by b.slot, b.from_at), '[]')
       ${wearers} and ${isWearerVisible}) as wearers
    from devices d left join devices g on g.device_key = d.gateway_key left join device_status s on s.device_key = d.device_key
    where ${isVisible}
      and ${deviceKey === undefined ? sql`true` : sql`d.device_key = ${deviceKey}`}
      and ${patientKey === undefined ? sql`true` : sql`exists (select ${wearers} and b.patient_key = ${patientKey})`}
      and ${teamId === undefined ? sql`true` : sql`(d.keeper_team_id = ${teamId} or exists (select ${wearers} and r.team_id = ${teamId}))`}
      and d.device_key > ${after ?? 0}
    order by d.device_key limit ${limit}`.execute(db);
  return rows.map(toRecord);
}

interface DeviceRow {
  device_key: number;
  device_id: string;
  kind: DeviceKind;
  model_id: string | null;
  gateway_id: string | null;
  keeper_team_id: string | null;
  registered_at: Date;
  retired_at: Date | null;
  can_sign_in: boolean;
  online: boolean | null;
  received_at: Date | null;
  battery_percent: number | null;
  firmware: string | null;
  sensor_started_at: Date | null;
  wearers: { patientId: string; slot: string | null }[];
}

function toRecord(row: DeviceRow): DeviceRecord {
  return {
    deviceKey: row.device_key,
    deviceId: row.device_id,
    kind: row.kind,
    model: row.model_id ?? undefined,
    gatewayId: row.gateway_id ?? undefined,
    keeperTeamId: row.keeper_team_id ?? undefined,
    registeredAt: row.registered_at.getTime(),
    retiredAt: row.retired_at?.getTime(),
    canSignIn: row.can_sign_in,
    online: row.online ?? undefined,
    lastReceivedAt: row.received_at?.getTime(),
    batteryPercent: row.battery_percent ?? undefined,
    firmware: row.firmware ?? undefined,
    sensorStartedAt: row.sensor_started_at?.getTime(),
    wearers: row.wearers,
  };
}
