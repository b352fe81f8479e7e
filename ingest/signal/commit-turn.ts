// The one transaction of a turn: whatever it led to is kept or lost together, and only by the holder of its partitions.
// Promise: nothing is sent to Postgres for what is empty; a turn without readings costs its few statements.
import type { Pool, PoolClient } from 'pg';
import type { MeasurementRequest } from '../../domain/rules/rule.ts';
import { inTransaction } from '../../storage/in-transaction.ts';
import { checkEpochs, commitOffsets } from '../../storage/journal/committed-offsets.ts';
import { commitQuietBatch } from '../../storage/readings/commit-quiet-batch.ts';
import { type PatientDaySummary, writeDaySummaries } from '../../storage/readings/day-summaries.ts';
import { type DeviceClock, writeDeviceClocks } from '../../storage/readings/device-clocks.ts';
import { type SlotEvent, writeDeviceEvents } from '../../storage/readings/device-events.ts';
import {
  type DeviceStatus,
  notifyDownlinks,
  writeDeviceRequests,
  writeDeviceStatuses,
} from '../../storage/readings/device-status.ts';
import {
  type DayMark,
  markDirtyDays,
  removeHeldMarks,
  removeMarks,
  type SeenMark,
} from '../../storage/readings/dirty-days.ts';
import {
  type HistoryDue,
  type PatientStateRow,
  writeHistoryDue,
  writePatientStates,
} from '../../storage/readings/patient-states.ts';
import { againstPostgres } from '../../storage/readings/postgres-failure.ts';
import { type RecordCounts, writeRecordCounts } from '../../storage/readings/record-counts.ts';
import { type NewRejection, writeRejections } from '../../storage/readings/rejections.ts';
import { type SignalChange, writeSignals } from '../../storage/signals/write-signals.ts';
import type { HeldPartitions } from '../held-partitions.ts';
import { toDeviceRequest } from './measurement-request.ts';

export interface TurnWrites {
  /** Partitions of the patients and records concerned, each once. */
  readonly partitions: Iterable<number>;
  /** By partition: every record up to it is consumed. */
  readonly offsets?: ReadonlyMap<number, number>;
  readonly counts?: readonly RecordCounts[];
  readonly rejections?: readonly NewRejection[];
  readonly marks?: readonly DayMark[];
  /** Of days that were read from the store. */
  readonly readMarks?: readonly SeenMark[];
  /** Of days that were summed up from memory. */
  readonly flushedMarks?: readonly SeenMark[];
  readonly summaries?: readonly PatientDaySummary[];
  readonly states?: readonly PatientStateRow[];
  readonly historyDue?: readonly HistoryDue[];
  readonly signals?: readonly SignalChange[];
  readonly requests?: readonly MeasurementRequest[];
  readonly statuses?: readonly DeviceStatus[];
  readonly clocks?: readonly DeviceClock[];
  readonly deviceEvents?: readonly SlotEvent[];
}

export interface CommitDeps {
  readonly pool: Pool;
  readonly heldPartitions: Pick<HeldPartitions, 'after' | 'epochsToCommit' | 'advance'>;
  /** Everything is written, then taken back with a RehearsalOver: to find out what it is that fails. */
  readonly isRehearsal?: boolean;
}

export class RehearsalOver extends Error {
  override readonly name = 'RehearsalOver';
}

/**
 * Only under the epochs and from the offsets with which this turn read; then what is held moves on with what is committed. Answers the
 * mark that `marks` got. Throws TemporaryFailure, PartitionLeaseLost.
 */
export async function commitTurn(
  { pool, heldPartitions, isRehearsal }: CommitDeps,
  writes: TurnWrites,
  now: number,
): Promise<number | undefined> {
  const { offsets = NO_OFFSETS, counts = [], marks = [] } = writes;
  const held = heldPartitions.epochsToCommit(writes.partitions);
  const others = held.filter(({ partition }) => !offsets.has(partition));
  const moved = held.flatMap((each) => {
    const seq = offsets.get(each.partition);
    return seq === undefined ? [] : [{ ...each, after: heldPartitions.after.get(each.partition)!, seq }];
  });

  async function commitAll(tx: PoolClient): Promise<number | undefined> {
    // Before anything else is written: what was counted by a commit whose answer was lost is not counted again.
    if (moved.length > 0) await commitOffsets(tx, moved);
    if (others.length > 0) await checkEpochs(tx, others);
    const mark = await writeAll(tx, writes, now);
    if (isRehearsal) throw new RehearsalOver();
    return mark;
  }
  const mark = await againstPostgres(() =>
    !isRehearsal && isQuiet(writes)
      ? commitQuietBatch(pool, { moved, others, counts, marks }, now)
      : inTransaction(pool, commitAll),
  );
  for (const { partition, seq } of moved) heldPartitions.advance(partition, seq);
  return mark;
}

const NO_OFFSETS: ReadonlyMap<number, number> = new Map();

/** Nothing but readings, none of which was rejected or changed what any rule says. */
function isQuiet({ offsets, rejections, readMarks, flushedMarks, summaries, states, ...others }: TurnWrites): boolean {
  if (offsets === undefined || summaries !== undefined || states !== undefined) return false;
  const { signals, requests, statuses, clocks, deviceEvents } = others;
  const rest = [rejections, readMarks, flushedMarks, signals, requests, statuses, clocks, deviceEvents];
  return rest.every((list) => list === undefined || list.length === 0);
}

async function writeAll(tx: PoolClient, writes: TurnWrites, now: number): Promise<number | undefined> {
  const { counts, rejections, marks, readMarks, flushedMarks, summaries, states, signals, requests } = writes;
  const { statuses, clocks, deviceEvents } = writes;
  if (counts?.length) await writeRecordCounts(tx, counts, now);
  if (rejections?.length) {
    await writeRejections(tx, rejections);
    await notifyDownlinks(
      tx,
      'rejections',
      rejections.flatMap(({ deviceKey }) => deviceKey || []),
    );
  }
  if (summaries?.length) await writeDaySummaries(tx, summaries, now);
  if (readMarks?.length) await removeMarks(tx, readMarks);
  if (flushedMarks?.length) await removeHeldMarks(tx, flushedMarks);
  const mark = marks?.length ? await markDirtyDays(tx, marks) : undefined;
  if (states?.length) await writePatientStates(tx, states, now);
  if (writes.historyDue?.length) await writeHistoryDue(tx, writes.historyDue, now);
  if (signals?.length) await writeSignals(tx, signals, now);
  if (requests?.length) {
    await writeDeviceRequests(tx, requests.map(toDeviceRequest));
    await notifyDownlinks(
      tx,
      'requests',
      requests.map(({ deviceKey }) => deviceKey),
    );
  }
  if (statuses?.length) await writeDeviceStatuses(tx, statuses);
  if (clocks?.length) await writeDeviceClocks(tx, clocks);
  if (deviceEvents?.length) await writeDeviceEvents(tx, deviceEvents);
  return mark;
}
