// The transaction of a batch that led to nothing but counts, marks and offsets, which is nearly every one: one statement.
// Promise: the same as moving the offsets and writing the rest one after the other; throws PartitionLeaseLost.
import type { Pool } from 'pg';
import { type HeldEpoch, type OffsetCommit, PartitionLeaseLost } from '../journal/committed-offsets.ts';
import { numberArray } from './array-literal.ts';
import { type DayMark, markArrays } from './dirty-days.ts';
import type { RecordCounts } from './record-counts.ts';

/** Raised by the function where a partition is no longer the caller's, or its offset not where the caller read on. */
const LEASE_LOST = 'PWLSE';

export interface QuietBatch {
  readonly moved: readonly OffsetCommit[];
  /** Partitions of which no record was consumed, but a patient touched. */
  readonly others: readonly HeldEpoch[];
  /** Without rejections. */
  readonly counts: readonly RecordCounts[];
  readonly marks: readonly DayMark[];
}

/** Answers the mark that `marks` got. */
export async function commitQuietBatch(
  pool: Pick<Pool, 'query'>,
  { moved, others, counts, marks }: QuietBatch,
  now: number,
): Promise<number | undefined> {
  const held: readonly (HeldEpoch & Partial<OffsetCommit>)[] = [...moved, ...others];
  const query = {
    name: 'commit-quiet-batch',
    text: 'select commit_quiet_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) as mark',
    values: [
      numberArray(held, ({ partition }) => partition),
      numberArray(held, ({ epoch }) => epoch),
      numberArray(held, ({ after }) => after),
      numberArray(held, ({ seq }) => seq),
      numberArray(counts, ({ partition }) => partition),
      numberArray(counts, ({ seq }) => seq),
      numberArray(counts, ({ accepted }) => accepted),
      numberArray(counts, ({ duplicate }) => duplicate),
      numberArray(counts, ({ corrected }) => corrected),
      now,
      ...markArrays(marks),
    ],
  };
  try {
    const { rows } = await pool.query<{ mark: number | null }>(query);
    return rows[0]?.mark ?? undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === LEASE_LOST)
      throw new PartitionLeaseLost(held.map(({ partition }) => partition));
    throw error;
  }
}
