// What devices say of themselves, and what they are asked to do. Written by ingest in the offset's transaction.
import type { PoolClient } from 'pg';
import { numberArray, textArray } from './array-literal.ts';

export interface DeviceStatus {
  readonly deviceKey: number;
  /** Epoch ms, as all instants here. */
  readonly receivedAt: number;
  readonly batteryPercent?: number | undefined;
  readonly firmware?: string | undefined;
  readonly sensorStartedAt?: number | undefined;
  readonly sentAt?: number | undefined;
  readonly online?: boolean | undefined;
}

/**
 * Merges into what is known: fields that a status doesn't have stay as they are, and so does everything newer. Who says something is
 * online, unless it says otherwise, as wills do. At most one a device.
 * A sensor's start is announced to the patients of its device, because silence is judged by it.
 */
export async function writeDeviceStatuses(
  tx: Pick<PoolClient, 'query'>,
  statuses: readonly DeviceStatus[],
): Promise<void> {
  await tx.query({
    name: 'device-status-write',
    text: `with given as (
        select g.* from unnest($1::int4[], $2::int8[], $3::float4[], $4::text[], $5::int8[], $6::int8[], $7::bool[])
          as g (device_key, received_ms, battery, firmware, started_ms, sent_ms, online)
        join devices using (device_key)),
      started as (
        select g.device_key from given g left join device_status s using (device_key)
        where g.started_ms is not null and s.sensor_started_at is distinct from to_timestamp(g.started_ms / 1000.0)),
      announced as (
        insert into registry_changes (entity, key)
        select distinct 'patient', b.patient_key::text from started join device_bindings b using (device_key))
      insert into device_status as s (device_key, online, battery_percent, firmware, sensor_started_at, sent_at, received_at)
      select device_key, coalesce(online, true), battery, firmware, to_timestamp(started_ms / 1000.0), to_timestamp(sent_ms / 1000.0),
        to_timestamp(received_ms / 1000.0) from given order by device_key
      on conflict (device_key) do update set online = excluded.online,
        battery_percent = coalesce(excluded.battery_percent, s.battery_percent), firmware = coalesce(excluded.firmware, s.firmware),
        sensor_started_at = coalesce(excluded.sensor_started_at, s.sensor_started_at),
        sent_at = coalesce(excluded.sent_at, s.sent_at), received_at = excluded.received_at
      where s.received_at <= excluded.received_at`,
    values: [
      numberArray(statuses, ({ deviceKey }) => deviceKey),
      numberArray(statuses, ({ receivedAt }) => receivedAt),
      numberArray(statuses, ({ batteryPercent }) => batteryPercent),
      textArray(statuses, ({ firmware }) => firmware),
      numberArray(statuses, ({ sensorStartedAt }) => sensorStartedAt),
      numberArray(statuses, ({ sentAt }) => sentAt),
      textArray(statuses, ({ online }) => (online === undefined ? undefined : online ? 't' : 'f')),
    ],
  });
}

export interface DeviceRequest {
  readonly requestId: string;
  readonly deviceKey: number;
  /** As the device gets it. */
  readonly request: Readonly<Record<string, string | number>>;
  /** Epoch ms; not sent any more after it. */
  readonly expiresAt: number;
}

/** The broker sends them when the device is connected; it is told by NOTIFY when this commits. */
export async function writeDeviceRequests(
  tx: Pick<PoolClient, 'query'>,
  requests: readonly DeviceRequest[],
): Promise<void> {
  await tx.query(
    `insert into device_requests (request_id, device_key, request, expires_at)
     select request_id, device_key, request, to_timestamp(expires_ms / 1000.0)
     from unnest($1::uuid[], $2::int4[], $3::jsonb[], $4::int8[]) as r (request_id, device_key, request, expires_ms)
     join devices using (device_key)`,
    [
      textArray(requests, ({ requestId }) => requestId),
      numberArray(requests, ({ deviceKey }) => deviceKey),
      textArray(requests, ({ request }) => JSON.stringify(request)),
      numberArray(requests, ({ expiresAt }) => expiresAt),
    ],
  );
}

/** Tells the broker which devices have a downlink waiting. */
export async function notifyDownlinks(
  tx: Pick<PoolClient, 'query'>,
  kind: 'rejections' | 'requests',
  deviceKeys: Iterable<number>,
): Promise<void> {
  await tx.query(`select pg_notify('downlinks', $1 || ' ' || device_key) from unnest($2::int4[]) device_key`, [
    kind,
    numberArray([...new Set(deviceKeys)], (key) => key),
  ]);
}
