// The table device_events: what devices did that no stored reading tells, kept as long as a window of rules reaches.
// Promise: at most one a device, slot, kind and minute, whoever writes it and how often.
import type { Pool, PoolClient } from 'pg';
import { DEVICE_EVENTS_KEPT_MS, type DeviceEvent, type DeviceEventKind } from '../../domain/device-event.ts';
import { numberArray, textArray } from './array-literal.ts';

/** Of a shared monitor the slot whose user it concerns. */
export interface SlotEvent extends DeviceEvent {
  readonly slot?: string | undefined;
}

const MINUTE_MS = 60_000;

export const minuteOf = ({ at }: Pick<DeviceEvent, 'at'>): number => Math.floor(at / MINUTE_MS);

export async function writeDeviceEvents(tx: Pick<PoolClient, 'query'>, events: readonly SlotEvent[]): Promise<void> {
  await tx.query({
    name: 'device-events-write',
    text: `insert into device_events (device_key, slot, what, minute, at)
      select * from unnest($1::int4[], $2::text[], $3::text[], $4::int8[], $5::int8[]) order by 1, 2, 3, 4
      on conflict do nothing`,
    values: [
      numberArray(events, ({ deviceKey }) => deviceKey),
      textArray(events, ({ slot }) => slot ?? ''),
      textArray(events, ({ what }) => what),
      numberArray(events, minuteOf),
      numberArray(events, ({ at }) => at),
    ],
  });
}

/** Ascending in `at`. @param from epoch ms, included */
export async function readDeviceEvents(
  pool: Pick<Pool, 'query'>,
  deviceKeys: readonly number[],
  from: number,
): Promise<SlotEvent[]> {
  if (deviceKeys.length === 0) return [];
  const { rows } = await pool.query<{ device_key: number; slot: string; what: DeviceEventKind; at: number }>({
    name: 'device-events-read',
    text: `select device_key, slot, what, at from device_events where device_key = any($1::int4[]) and at >= $2
      order by at, device_key, what, slot`,
    values: [numberArray(deviceKeys, (key) => key), from],
  });
  return rows.map(({ device_key, slot, what, at }) => ({
    deviceKey: device_key,
    at,
    what,
    ...(slot !== '' && { slot }),
  }));
}

/** Forgets what no window reaches back to. @param now epoch ms */
export async function pruneDeviceEvents(pool: Pick<Pool, 'query'>, now: number): Promise<void> {
  await pool.query('delete from device_events where at < $1', [now - DEVICE_EVENTS_KEPT_MS]);
}
