// Step 5: what is new is written, while memory already goes on (project, evaluate); step 8 waits until it is durable.
// Promise: nothing that follows from it is kept before. Idempotent: a record that is run again stores nothing new.
import { setImmediate as nextRound } from 'node:timers/promises';
import type { Pool } from 'pg';
import { TemporaryFailure } from '../../runtime/errors.ts';
import { type FaultPoint, passFaultPoint } from '../../runtime/fault-point.ts';
import type { PartitionLeases } from '../../storage/journal/partition-leases.ts';
import type { TimeSeries } from '../../storage/ports/time-series.ts';
import { againstPostgres } from '../../storage/readings/postgres-failure.ts';
import type { DeviceDirectory } from '../../storage/registry/device-directory.ts';
import type { PatientProfiles } from '../../storage/registry/patient-profiles.ts';
import { type ClockBounds, widenClockBounds } from '../../storage/registry/widen-clock-bounds.ts';
import type { Batch } from '../batch.ts';
import type { HeldPartitions } from '../held-partitions.ts';

export interface StoreDeps {
  readonly pool: Pool;
  readonly timeSeries: Pick<TimeSeries, 'write' | 'writeTimeoutMs'>;
  readonly leases: Pick<PartitionLeases, 'mayStartWrite'>;
  readonly heldPartitions: Pick<HeldPartitions, 'epochsOf'>;
  readonly devices: Pick<DeviceDirectory, 'invalidate'>;
  readonly profiles: Pick<PatientProfiles, 'invalidate'>;
  readonly faultPoint: FaultPoint | undefined;
}

export async function store(batch: Batch, deps: StoreDeps): Promise<void> {
  const { timeSeries, leases, heldPartitions, faultPoint } = deps;
  if (batch.toStore.length === 0 && batch.replaced.length === 0) return;
  await widenBounds(batch, deps);
  for (const held of heldPartitions.epochsOf(batch.records.map(({ partition }) => partition))) {
    if (leases.mayStartWrite(held, timeSeries.writeTimeoutMs)) continue;
    throw new TemporaryFailure('lease_short', `the lease of partition ${held.partition} ends too soon for a write`);
  }
  batch.stored = write(batch, timeSeries, faultPoint);
  // Whoever waits for it hears of a failure; until then it is nobody's unhandled one.
  batch.stored.catch(() => undefined);
  // What is computed next keeps the event loop: until then the write is on its way.
  await nextRound();
}

async function write(
  { toStore, replaced }: Batch,
  timeSeries: StoreDeps['timeSeries'],
  faultPoint: FaultPoint | undefined,
): Promise<void> {
  await timeSeries.write(toStore, replaced);
  passFaultPoint('after-store', faultPoint);
}

/** Step 8. */
export const stored = (batch: Batch): Promise<void> => batch.stored;

/** Before a reading is stored further from its own timestamp than any of its device: reads by measured time would not find it. */
async function widenBounds(batch: Batch, { pool, devices, profiles }: StoreDeps): Promise<void> {
  const wanted = new Map<number, ClockBounds>();
  for (const { reading, device, fate } of batch.items) {
    if (fate === 'rejected' || reading === undefined || device === undefined) continue;
    const aheadMs = reading.at - reading.measuredAt;
    if (aheadMs <= device.clockAheadMs && -aheadMs <= device.clockBehindMs) continue;
    const { deviceKey } = device;
    const known = wanted.get(deviceKey);
    wanted.set(deviceKey, {
      deviceKey,
      clockAheadMs: Math.max(aheadMs, known?.clockAheadMs ?? 0),
      clockBehindMs: Math.max(-aheadMs, known?.clockBehindMs ?? 0),
    });
  }
  if (wanted.size === 0) return;
  const affected = await againstPostgres(() => widenClockBounds(pool, [...wanted.values()]));
  for (const deviceKey of affected.deviceKeys) devices.invalidate(deviceKey);
  for (const patientKey of affected.patientKeys) profiles.invalidate(patientKey);
}
