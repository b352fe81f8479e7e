// Devices and gateways as the registry lists them.
import { type Kysely, sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { DeviceKind } from '../../domain/device-model.ts';
import type { Database } from '../database-schema.ts';
import { bindDeviceWithin } from './device-bindings.ts';
import { renewSecret } from './device-credentials.ts';
import type { DeviceRef, PatientRef } from './find-in-scope.ts';
import { NO_READINGS } from './reading-times.ts';
import { invalid } from './refusal.ts';
import { recordChange } from './registry-changes.ts';

export interface NewDevice {
  readonly kind: DeviceKind;
  readonly model?: string | undefined;
  readonly patient?: PatientRef | undefined;
  readonly gateway?: DeviceRef | undefined;
  /** Who looks after it while nobody wears it; absent: the patient's team, else the gateway's. */
  readonly keeperTeamId?: string | undefined;
}

/** Throws Refusal `invalid`. The secret is given once, here. */
export async function registerDevice(
  db: Kysely<Database>,
  device: NewDevice,
  registeredBy: string,
  now: number,
): Promise<{ readonly device: DeviceRef; readonly secret: string }> {
  const { kind, model, patient, gateway } = device;
  if (gateway && gateway.kind !== 'gateway') throw invalid('gatewayId', 'This device is no gateway.');
  if (gateway && kind === 'gateway') throw invalid('gatewayId', 'A gateway has no gateway of its own.');
  return db.transaction().execute(async (tx) => {
    if (model !== undefined) await checkModel(tx, model, kind);
    const keeperTeamId = device.keeperTeamId ?? patient?.teamId ?? gateway?.keeperTeamId;
    const row = await tx
      .insertInto('devices')
      .values({
        device_id: uuidv7(),
        kind,
        model_id: model ?? null,
        gateway_key: gateway?.deviceKey ?? null,
        keeper_team_id: keeperTeamId ?? null,
        registered_by: registeredBy,
      })
      .returning(['device_key', 'device_id'])
      .executeTakeFirstOrThrow();
    const registered = { deviceKey: row.device_key, deviceId: row.device_id, kind, keeperTeamId };
    const secret = await renewSecret(tx, registered.deviceKey);
    if (patient) await bindDeviceWithin(tx, registered, { patient }, NO_READINGS, registeredBy, now);
    return { device: registered, secret };
  });
}

/** What is absent stays; a null gateway lets the device sign in by itself alone. */
export interface DeviceChange {
  readonly model?: string | undefined;
  readonly gateway?: DeviceRef | null | undefined;
  readonly retired?: boolean | undefined;
}

export async function changeDevice(
  db: Kysely<Database>,
  device: DeviceRef,
  { model, gateway, retired }: DeviceChange,
): Promise<void> {
  if (gateway && gateway.kind !== 'gateway') throw invalid('gatewayId', 'This device is no gateway.');
  if (gateway && device.kind === 'gateway') throw invalid('gatewayId', 'A gateway has no gateway of its own.');
  await db.transaction().execute(async (tx) => {
    if (model !== undefined) await checkModel(tx, model, device.kind);
    await tx
      .updateTable('devices')
      .set((set) => ({
        device_id: device.deviceId,
        ...(model === undefined ? {} : { model_id: model }),
        ...(gateway === undefined ? {} : { gateway_key: gateway?.deviceKey ?? null }),
        ...(retired === undefined
          ? {}
          : { retired_at: retired ? set.fn.coalesce('retired_at', sql<Date>`now()`) : null }),
      }))
      .where('device_key', '=', device.deviceKey)
      .execute();
    await recordChange(tx, 'device', device.deviceKey);
    // A model's cadence and the life of a sensor are part of what its wearers' rules know.
    await sql`insert into registry_changes (entity, key)
              select distinct 'patient', patient_key::text from device_bindings where device_key = ${device.deviceKey}`.execute(
      tx,
    );
  });
}

async function checkModel(tx: Kysely<Database>, model: string, kind: DeviceKind): Promise<void> {
  const row = await tx.selectFrom('device_models').select('kind').where('model_id', '=', model).executeTakeFirst();
  if (!row) throw invalid('model', 'There is no such model: GET /api/v1/device-models lists them.');
  if (row.kind !== kind) throw invalid('model', `This is a model of a ${row.kind}, not of a ${kind}.`);
}
