// What became of every item: one row for the records of a partition that were consumed together, written with their offset.
// Promise: received = accepted + duplicate + corrected + rejected, over any set of rows.
import type { Pool, PoolClient } from 'pg';
import { numberArray } from './array-literal.ts';

export interface FateCounts {
  accepted: number;
  duplicate: number;
  corrected: number;
  rejected: number;
}

export interface RecordCounts extends FateCounts {
  readonly partition: number;
  /** The last of the records. */
  readonly seq: number;
}

export async function writeRecordCounts(
  tx: Pick<PoolClient, 'query'>,
  counts: readonly RecordCounts[],
  now: number,
): Promise<void> {
  await tx.query({
    name: 'record-counts-write',
    text: `insert into record_counts (partition, seq, counted_at, received, accepted, duplicate, corrected, rejected)
      select partition, seq, $7, accepted + duplicate + corrected + rejected, accepted, duplicate, corrected, rejected
      from unnest($1::int2[], $2::int8[], $3::int4[], $4::int4[], $5::int4[], $6::int4[])
        as c (partition, seq, accepted, duplicate, corrected, rejected)`,
    values: [
      numberArray(counts, ({ partition }) => partition),
      numberArray(counts, ({ seq }) => seq),
      numberArray(counts, ({ accepted }) => accepted),
      numberArray(counts, ({ duplicate }) => duplicate),
      numberArray(counts, ({ corrected }) => corrected),
      numberArray(counts, ({ rejected }) => rejected),
      now,
    ],
  });
}

/** Sums of everything ever counted. */
export async function readItemTotals(pool: Pick<Pool, 'query'>): Promise<FateCounts & { readonly received: number }> {
  const sums = (table: string) =>
    `select sum(received) received, sum(accepted) accepted, sum(duplicate) duplicate, sum(corrected) corrected, sum(rejected) rejected from ${table}`;
  const columns = ['received', 'accepted', 'duplicate', 'corrected', 'rejected'] as const;
  const { rows } = await pool.query<FateCounts & { received: number }>(
    `select ${columns.map((name) => `coalesce(sum(${name}), 0)::int8 as ${name}`).join(', ')}
     from (${sums('record_counts')} union all ${sums('item_totals')}) counted`,
  );
  return rows[0]!;
}

/** Folds rows older than the journal keeps records (counted before `before`, epoch ms) into one row a day; sums stay what they are. */
export async function foldRecordCounts(pool: Pick<Pool, 'query'>, before: number): Promise<void> {
  await pool.query(
    `with old as (delete from record_counts where counted_at < $1 returning *)
     insert into item_totals as t (day, received, accepted, duplicate, corrected, rejected)
     select (to_timestamp(counted_at / 1000) at time zone 'UTC')::date, sum(received), sum(accepted), sum(duplicate), sum(corrected),
            sum(rejected) from old group by 1
     on conflict (day) do update set received = t.received + excluded.received, accepted = t.accepted + excluded.accepted,
       duplicate = t.duplicate + excluded.duplicate, corrected = t.corrected + excluded.corrected,
       rejected = t.rejected + excluded.rejected`,
    [before],
  );
}
