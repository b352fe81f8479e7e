// The transaction of a batch that led to nothing but counts, marks and offsets, which is nearly every one: one statement.
// Promise: the same as writing them one after the other and moving the offsets at the end; throws PartitionLeaseLost.
import type { Pool } from 'pg';
import { type OffsetCommit, PartitionLeaseLost } from '../journal/committed-offsets.ts';
import { numberArray } from './array-literal.ts';
import { type DayMark, markArrays } from './dirty-days.ts';
import type { RecordCounts } from './record-counts.ts';

/** Raised by the function where a partition is no longer the caller's. */
const LEASE_LOST = 'PWLSE';

export interface QuietBatch {
  /** A partition of which no record was consumed, but a patient touched, comes with the sequence 0. */
  readonly offsets: readonly OffsetCommit[];
  /** Without rejections. */
  readonly counts: readonly RecordCounts[];
  readonly marks: readonly DayMark[];
}

/** Answers the mark that `marks` got. */
export async function commitQuietBatch(
  pool: Pick<Pool, 'query'>,
  { offsets, counts, marks }: QuietBatch,
  now: number,
): Promise<number | undefined> {
  const query = {
    name: 'commit-quiet-batch',
    text: 'select commit_quiet_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) as mark',
    values: [
      numberArray(offsets, ({ partition }) => partition),
      numberArray(offsets, ({ epoch }) => epoch),
      numberArray(offsets, ({ seq }) => seq),
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
      throw new PartitionLeaseLost(offsets.map(({ partition }) => partition));
    throw error;
  }
}
