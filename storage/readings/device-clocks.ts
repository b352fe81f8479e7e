// What the last connections of each device told of its clock (clinical.md §1.1), so that a restart corrects times as before.
import type { Pool, PoolClient } from 'pg';
import type { ClockSample } from '../../domain/clock-offset.ts';
import { numberArray, textArray } from './array-literal.ts';

export interface DeviceClock {
  readonly deviceKey: number;
  /** One a connection, oldest first. */
  readonly samples: readonly ClockSample[];
}

/** Devices that never told their time are absent. */
export async function readDeviceClocks(
  pool: Pick<Pool, 'query'>,
  deviceKeys: readonly number[],
): Promise<Map<number, readonly ClockSample[]>> {
  const { rows } = await pool.query<{ device_key: number; received: number[]; sent: number[] }>(
    `select device_key, to_json(received_at) as received, to_json(sent_at) as sent from device_clocks where device_key = any($1::int[])`,
    [numberArray(deviceKeys, (key) => key)],
  );
  return new Map(
    rows.map(({ device_key, received, sent }) => [
      device_key,
      received.map((receivedAt, index) => ({ receivedAt, sentAt: sent[index]! })),
    ]),
  );
}

export async function writeDeviceClocks(tx: PoolClient, clocks: readonly DeviceClock[]): Promise<void> {
  await tx.query({
    name: 'device-clocks-write',
    text: `insert into device_clocks (device_key, received_at, sent_at)
      select device_key, received::int8[], sent::int8[] from unnest($1::int[], $2::text[], $3::text[]) as c (device_key, received, sent)
      join devices using (device_key)
      on conflict (device_key) do update set received_at = excluded.received_at, sent_at = excluded.sent_at`,
    values: [
      numberArray(clocks, ({ deviceKey }) => deviceKey),
      textArray(clocks, ({ samples }) => numberArray(samples, ({ receivedAt }) => receivedAt)),
      textArray(clocks, ({ samples }) => numberArray(samples, ({ sentAt }) => sentAt)),
    ],
  });
}
