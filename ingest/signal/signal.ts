// Step 9: the offsets of the records and everything they led to, in one transaction; then alerting is nudged.
// Promise: when it has committed, the batch counts, once; when it has not, nothing of it does.
import { repeatRequest } from '../../domain/blood-pressure/repeat-request.ts';
import { thirdReadingRequest } from '../../domain/blood-pressure/third-reading-request.ts';
import type { MeasurementRequest } from '../../domain/rules/rule.ts';
import { type FaultPoint, passFaultPoint } from '../../runtime/fault-point.ts';
import type { JobQueue } from '../../storage/ports/job-queue.ts';
import type { DeviceStatus } from '../../storage/readings/device-status.ts';
import type { RecordCounts } from '../../storage/readings/record-counts.ts';
import { type Batch, dayKey, type Item } from '../batch.ts';
import type { Projections } from '../project/projections.ts';
import { type CommitDeps, commitTurn } from './commit-turn.ts';
import type { Nudger } from './nudger.ts';
import { toRejection } from './rejection-rows.ts';

export interface SignalDeps extends CommitDeps {
  readonly jobQueue: Pick<JobQueue, 'add'>;
  readonly nudger: Nudger;
  readonly projections: Projections;
  readonly isHeld: (partition: number) => boolean;
  readonly faultPoint: FaultPoint | undefined;
}

export async function signal(batch: Batch, deps: SignalDeps): Promise<void> {
  const offsets = new Map<number, number>();
  for (const { partition, seq } of batch.records) offsets.set(partition, Math.max(seq, offsets.get(partition) ?? 0));
  const { evaluated } = batch;
  // A day that has to be read again is not covered by a flush, even if this batch added to it, too.
  const held = batch.touchedDays.filter(
    ({ projection, day }) => !batch.dirtyDays.has(dayKey(projection.patientKey, day.day)),
  );
  const mark = await commitTurn(
    deps,
    {
      // Projections of other held partitions may have been touched, too.
      partitions: [...offsets.keys(), ...batch.touched.map(({ partition }) => partition)],
      offsets,
      counts: countFates(batch.items, offsets),
      rejections: batch.items.filter(({ fate }) => fate === 'rejected').map(toRejection),
      marks: [
        ...held.map(({ projection: { patientKey, partition }, day: { day } }) => ({
          patientKey,
          day,
          partition,
          held: true,
        })),
        ...[...batch.dirtyDays.values()].map(({ patientKey, day, partition }) => ({
          patientKey,
          day,
          partition,
          held: false,
        })),
      ],
      signals: evaluated.changes,
      requests: [...evaluated.requests, ...repeatsAsked(batch)],
      statuses: mergeStatuses(batch),
      clocks: [...batch.changedClocks],
      deviceEvents: batch.deviceEvents.map(({ event }) => event),
    },
    batch.now,
  );
  for (const { day } of held) day.mark = mark;
  for (const dirty of batch.dirtyDays.values()) {
    if (deps.isHeld(dirty.partition)) deps.projections.awaitReadings(dirty, dirty.readings);
  }
  // After the offset and before the nudge: where there is nothing to nudge about, nothing could get lost here.
  if (evaluated.changes.length > 0) passFaultPoint('after-offset', deps.faultPoint);
  deps.nudger.nudge(evaluated.changes);
}

/** What the session itself asks for, whatever rules say. */
function repeatsAsked({ items }: Batch): MeasurementRequest[] {
  return items.flatMap(({ askToRepeat, effect, reading, projection }) => {
    if (effect !== 'added' || reading?.kind !== 'bp') return [];
    const repeat = askToRepeat ? repeatRequest(reading) : undefined;
    return repeat ?? thirdReadingRequest(reading, projection?.bp ?? []) ?? [];
  });
}

function countFates(items: readonly Item[], offsets: ReadonlyMap<number, number>): RecordCounts[] {
  const counts = new Map<number, RecordCounts>();
  for (const [partition, seq] of offsets)
    counts.set(partition, { partition, seq, accepted: 0, duplicate: 0, corrected: 0, rejected: 0 });
  for (const { origin, fate } of items) counts.get(origin.partition)![fate!] += 1;
  return [...counts.values()];
}

/** One a device: a later message adds to what an earlier one told. */
function mergeStatuses({ statuses }: Batch): DeviceStatus[] {
  const merged = new Map<number, DeviceStatus>();
  for (const { deviceKey, receivedAt, status } of statuses) {
    const told = Object.fromEntries(Object.entries(status).filter(([, value]) => value !== undefined));
    merged.set(deviceKey, { ...merged.get(deviceKey), ...told, deviceKey, receivedAt });
  }
  return [...merged.values()];
}
