// Raises how far a device's clock was ever corrected, so that reads by measured time look far enough around.
// Promise: committed before it resolves, and never lowered.
import type { Pool } from 'pg';

/** Bounds grow in doubling steps from here, so that a drifting clock costs a handful of writes in its life. */
const FIRST_STEP_MS = 2 * 60_000;

export interface ClockBounds {
  readonly deviceKey: number;
  /** How far `at` lay after measured time at most, ms ≥ 0. */
  readonly clockAheadMs: number;
  readonly clockBehindMs: number;
}

/** To be awaited before the first reading that needs it is stored; then forget the devices and patients that it returns. */
export async function widenClockBounds(
  pool: Pick<Pool, 'query'>,
  wanted: readonly ClockBounds[],
): Promise<{ deviceKeys: number[]; patientKeys: number[] }> {
  const { rows } = await pool.query<{ device_key: number; patient_key: number | null }>(
    `with wanted as (select * from unnest($1::int[], $2::int8[], $3::int8[]) as w(device_key, ahead_ms, behind_ms)),
     widened as (
       update devices d set clock_ahead_ms = greatest(d.clock_ahead_ms, w.ahead_ms),
                            clock_behind_ms = greatest(d.clock_behind_ms, w.behind_ms)
       from wanted w
       where d.device_key = w.device_key and (w.ahead_ms > d.clock_ahead_ms or w.behind_ms > d.clock_behind_ms)
       returning d.device_key),
     affected as (select w.device_key, b.patient_key from widened w left join device_bindings b using (device_key)),
     announced as (
       insert into registry_changes (entity, key)
       select distinct 'device', device_key::text from affected
       union select 'patient', patient_key::text from affected where patient_key is not null)
     select device_key, patient_key from affected`,
    [
      wanted.map(({ deviceKey }) => deviceKey),
      wanted.map(({ clockAheadMs }) => roundUp(clockAheadMs)),
      wanted.map(({ clockBehindMs }) => roundUp(clockBehindMs)),
    ],
  );
  return {
    deviceKeys: [...new Set(rows.map((row) => row.device_key))],
    patientKeys: [...new Set(rows.flatMap((row) => row.patient_key ?? []))],
  };
}

function roundUp(boundMs: number): number {
  if (boundMs <= 0) return 0;
  let step = FIRST_STEP_MS;
  while (step < boundMs) step *= 2;
  return step;
}
