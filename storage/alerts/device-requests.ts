// Requests to the devices a patient has at home, sent by the broker until they expire.
import { v7 as uuidv7 } from 'uuid';
import type { ReadingKind } from '../../domain/reading.ts';
import type { Queryable } from './queryable.ts';

const DEVICE_KINDS: Readonly<Record<ReadingKind, string>> = { cgm: 'cgm', smbg: 'glucometer', bp: 'bp_monitor' };

export interface MeasurementWanted {
  readonly patientKey: number;
  /** Of readings, any of which would do. */
  readonly kinds: readonly ReadingKind[];
  /** Epoch ms. */
  readonly measureAt: number;
  readonly expiresAt: number;
  readonly now: number;
}

/** One row for each bound device that can measure it; asked for the same again, none. The caller holds the alert's key. */
export async function addDeviceRequest(tx: Queryable, wanted: MeasurementWanted): Promise<void> {
  const { patientKey, kinds, measureAt, expiresAt, now } = wanted;
  const { rows: devices } = await tx.query<{ deviceKey: number; slot: string | null; kind: string }>(
    `select b.device_key as "deviceKey", b.slot, d.kind from device_bindings b join devices d using (device_key)
     where b.patient_key = $1 and d.kind = any($2::text[]) and d.retired_at is null
       and b.from_at <= to_timestamp($3::float8 / 1000) and (b.to_at is null or b.to_at > to_timestamp($3::float8 / 1000))`,
    [patientKey, kinds.map((kind) => DEVICE_KINDS[kind]), now],
  );
  for (const { deviceKey, slot, kind } of devices) {
    const request = {
      request: 'measure',
      kinds: kinds.filter((wantedKind) => DEVICE_KINDS[wantedKind] === kind),
      at: new Date(measureAt).toISOString(),
      ...(slot === null ? {} : { slot }),
    };
    await tx.query(
      `with added as (
         insert into device_requests (request_id, device_key, request, created_at, expires_at)
         select $1, $2, $3::jsonb, to_timestamp($4::float8 / 1000), to_timestamp($5::float8 / 1000)
         where not exists (select 1 from device_requests where device_key = $2 and request = $3::jsonb)
         returning device_key)
       select pg_notify('downlinks', 'requests ' || device_key) from added`,
      [uuidv7(), deviceKey, JSON.stringify(request), now, expiresAt],
    );
  }
}
