// Up to where each partition is consumed. Promise: an offset moves only in a transaction of the worker that holds the partition and
// only from where that worker read on, so that what it writes beside it is kept or lost with it, lands never after somebody else took
// over, and never twice.
import type { Pool, PoolClient } from 'pg';

/** Longest that a worker may sit in such a transaction without a statement; then Postgres ends it, and others can take over. */
const IDLE_IN_TRANSACTION_MS = 8_000;

export interface HeldEpoch {
  readonly partition: number;
  /** The one under which the lease was taken. */
  readonly epoch: number;
}

export interface OffsetCommit extends HeldEpoch {
  /** The offset after which the records were read. */
  readonly after: number;
  /** Every record of the partition up to it is consumed. */
  readonly seq: number;
}

/**
 * The transaction has to be rolled back and the partitions forgotten: somebody else may hold them by now, or a commit of our own whose
 * answer was lost has moved them on.
 */
export class PartitionLeaseLost extends Error {
  override readonly name = 'PartitionLeaseLost';
  readonly partitions: readonly number[];

  constructor(partitions: readonly number[]) {
    super(`no longer the holder of partition ${partitions.join(', ')}, or its offset has moved on`);
    this.partitions = partitions;
  }
}

/**
 * To be called first in the transaction of everything that the records led to: until it commits nobody can take the partitions, and a
 * commit of the same records that is still under way on a dead connection is waited for. Throws PartitionLeaseLost.
 */
export async function commitOffsets(client: PoolClient, commits: readonly OffsetCommit[]): Promise<void> {
  const { rows } = await client.query<{ partition: number }>(
    `with timeout as (select set_config('idle_in_transaction_session_timeout', '${IDLE_IN_TRANSACTION_MS}', true)),
     mine as (
       select p.partition, c.seq from journal_partitions p
       join unnest($1::int[], $2::int8[], $3::int8[], $4::int8[]) as c (partition, epoch, former, seq)
         on c.partition = p.partition and c.epoch = p.epoch and c.former = p.seq
       cross join timeout order by p.partition for no key update of p)
     update journal_partitions p set seq = mine.seq from mine where p.partition = mine.partition returning p.partition`,
    [
      commits.map((each) => each.partition),
      commits.map((each) => each.epoch),
      commits.map((each) => each.after),
      commits.map((each) => each.seq),
    ],
  );
  refuseLost(commits, rows);
}

/** For writes beside the offsets (summaries, marks): holds the partitions until the transaction ends. Throws PartitionLeaseLost. */
export async function checkEpochs(client: PoolClient, held: readonly HeldEpoch[]): Promise<void> {
  // A key-share lock: it stands in the way of whoever takes the partition (`for update`), not of offsets and renewals.
  const { rows } = await client.query<{ partition: number }>(
    `with timeout as (select set_config('idle_in_transaction_session_timeout', '${IDLE_IN_TRANSACTION_MS}', true))
     select p.partition from journal_partitions p join unnest($1::int[], $2::int8[]) as c (partition, epoch) using (partition, epoch)
     cross join timeout order by p.partition for key share of p`,
    [held.map((each) => each.partition), held.map((each) => each.epoch)],
  );
  refuseLost(held, rows);
}

/** Of all partitions; 0 where nothing was consumed yet. */
export async function readOffsets(queryable: Pick<Pool, 'query'>): Promise<Map<number, number>> {
  const { rows } = await queryable.query<{ partition: number; seq: number }>(
    'select partition, seq from journal_partitions order by partition',
  );
  return new Map(rows.map(({ partition, seq }) => [partition, Number(seq)]));
}

function refuseLost(wanted: readonly HeldEpoch[], found: readonly { readonly partition: number }[]): void {
  const kept = new Set(found.map(({ partition }) => partition));
  const lost = wanted.map(({ partition }) => partition).filter((partition) => !kept.has(partition));
  if (lost.length > 0) throw new PartitionLeaseLost(lost);
}
