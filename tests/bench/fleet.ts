// The bench's fleet: gateways with twenty CGM devices each, every device on a patient of its own, written straight to the registry's
// tables (forty thousand HTTP requests would only measure scrypt and JSON).
import { createHash, randomBytes } from 'node:crypto';
import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';

export interface FleetGateway {
  readonly username: string;
  readonly password: string;
  readonly deviceIds: readonly string[];
}

export interface Fleet {
  readonly teamId: string;
  readonly gateways: readonly FleetGateway[];
}

export const DEVICES_PER_GATEWAY = 20;

/** Registered nowhere. */
export function inventGateways(count: number): FleetGateway[] {
  return Array.from({ length: count }, () => ({
    username: uuidv7(),
    password: randomBytes(32).toString('base64url'),
    deviceIds: Array.from({ length: DEVICES_PER_GATEWAY }, () => uuidv7()),
  }));
}

export async function createFleet(pool: pg.Pool, gatewayCount: number, teamId: string): Promise<Fleet> {
  const gateways = inventGateways(gatewayCount);
  const deviceIds = gateways.flatMap((gateway) => gateway.deviceIds);
  const gatewayOfDevice = gateways.flatMap((gateway) => gateway.deviceIds.map(() => gateway.username));

  await pool.query(`insert into devices (device_id, kind) select id, 'gateway' from unnest($1::uuid[]) id`, [
    gateways.map((gateway) => gateway.username),
  ]);
  await pool.query(
    `insert into device_credentials (credential_id, device_key, secret_sha256)
     select gen_random_uuid(), device_key, secret from unnest($1::uuid[], $2::bytea[]) g (id, secret) join devices on device_id = id`,
    [
      gateways.map((gateway) => gateway.username),
      gateways.map((gateway) => createHash('sha256').update(gateway.password).digest()),
    ],
  );
  await pool.query(
    `insert into devices (device_id, kind, gateway_key)
     select d.id, 'cgm', g.device_key from unnest($1::uuid[], $2::uuid[]) d (id, gateway) join devices g on g.device_id = d.gateway`,
    [deviceIds, gatewayOfDevice],
  );
  await pool.query(
    `with new_patients as (
       insert into patients (patient_id, birth_date, sex) select gen_random_uuid(), '1960-01-01', 'female' from generate_series(1, $2)
       returning patient_key),
     numbered_patients as (select patient_key, row_number() over (order by patient_key) n from new_patients),
     numbered_devices as (select device_key, row_number() over (order by device_key) n from devices where device_id = any($1::uuid[])),
     responsible as (
       insert into responsibilities (patient_key, team_id, from_at) select patient_key, $3::uuid, now() from new_patients)
     insert into device_bindings (binding_id, device_key, patient_key, from_at)
     select gen_random_uuid(), device_key, patient_key, to_timestamp(0) from numbered_patients join numbered_devices using (n)`,
    [deviceIds, deviceIds.length, teamId],
  );
  await pool.query('analyze');
  return { teamId, gateways };
}
