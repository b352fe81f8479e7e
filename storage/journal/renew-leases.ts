// One round of a worker's leases in one transaction: show that it lives, hand over, renew, take what is free.
import type { Pool, PoolClient } from 'pg';
import type { HeldEpoch } from './committed-offsets.ts';

const STATEMENT_TIMEOUT_MS = 3_000;
const FORGET_WORKER_AFTER_LEASES = 6;

export interface LeaseRound {
  readonly workerId: string;
  readonly leaseMs: number;
  /** Partitions it has stopped to consume. */
  readonly handOver: readonly number[];
}

export interface LeaseRoundResult {
  readonly kept: readonly HeldEpoch[];
  /** Renewed once more, but to be handed over in the next round: others are entitled to them. */
  readonly surplus: readonly number[];
  /** Whether partitions of its share are still held by others. */
  readonly wantsMore: boolean;
  /** When the first lease of another worker ends unless it is renewed; infinite where nobody else holds one. */
  readonly othersEndInMs: number;
}

export async function renewLeases(pool: Pool, { workerId, leaseMs, handOver }: LeaseRound): Promise<LeaseRoundResult> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    // A worker that is frozen in here would keep others from its rows' locks.
    await client.query(
      `set local statement_timeout = ${STATEMENT_TIMEOUT_MS}; set local idle_in_transaction_session_timeout = ${STATEMENT_TIMEOUT_MS}`,
    );
    const { share, othersEndInMs } = await shareOf(client, workerId, leaseMs);
    if (handOver.length > 0)
      await client.query(
        `update journal_partitions set worker_id = null, lease_ends_at = null where worker_id = $1 and partition = any($2::int[])`,
        [workerId, handOver],
      );
    const mine = await renewOwn(client, workerId, leaseMs);
    const taken = mine.length < share ? await takeFree(client, workerId, leaseMs, share - mine.length) : [];
    await client.query('commit');
    client.release();
    const kept = mine.slice(0, share);
    const surplus = mine.slice(share).map(({ partition }) => partition);
    return { kept: [...kept, ...taken], surplus, wantsMore: kept.length + taken.length < share, othersEndInMs };
  } catch (error) {
    client.release(true);
    throw error;
  }
}

interface WorkerShare extends Pick<LeaseRoundResult, 'othersEndInMs'> {
  readonly share: number;
}

/** How many partitions are its: live workers share them by rank, so that all come to the same division. */
async function shareOf(client: PoolClient, workerId: string, leaseMs: number): Promise<WorkerShare> {
  await client.query(
    `with forgotten as (delete from journal_workers where worker_id <> $1 and seen_at < clock_timestamp() - $2 * interval '1 ms')
     insert into journal_workers (worker_id, seen_at) values ($1, clock_timestamp())
     on conflict (worker_id) do update set seen_at = excluded.seen_at`,
    [workerId, leaseMs * FORGET_WORKER_AFTER_LEASES],
  );
  const { rows } = await client.query<{ workers: number; rank: number; partitions: number; ends_in: number | null }>(
    `select count(*)::int as workers, (count(*) filter (where worker_id < $1))::int as rank,
       (select count(*)::int from journal_partitions) as partitions,
       (select 1000 * extract(epoch from min(lease_ends_at) - clock_timestamp())::float8 from journal_partitions
        where worker_id <> $1) as ends_in
     from journal_workers where worker_id = $1 or seen_at > clock_timestamp() - $2 * interval '1 ms'`,
    [workerId, leaseMs],
  );
  const { workers = 1, rank = 0, partitions = 0, ends_in } = rows[0] ?? {};
  return {
    share: Math.floor(partitions / workers) + (rank < partitions % workers ? 1 : 0),
    othersEndInMs: ends_in ?? Number.POSITIVE_INFINITY,
  };
}

/** Also what it holds without knowing, because the answer to its taking was lost. An expired lease nobody took is still its own. */
async function renewOwn(client: PoolClient, workerId: string, leaseMs: number): Promise<HeldEpoch[]> {
  const { rows } = await client.query<{ partition: number; epoch: number }>(
    `with own as (select partition from journal_partitions where worker_id = $1 order by partition for no key update)
     update journal_partitions p set lease_ends_at = clock_timestamp() + $2 * interval '1 ms' from own
     where p.partition = own.partition returning p.partition, p.epoch`,
    [workerId, leaseMs],
  );
  return sorted(rows);
}

/** Passes over partitions whose holder, though expired, is in the middle of a transaction. */
async function takeFree(client: PoolClient, workerId: string, leaseMs: number, atMost: number): Promise<HeldEpoch[]> {
  const { rows } = await client.query<{ partition: number; epoch: number }>(
    `with free as (
       select partition from journal_partitions where worker_id is null or lease_ends_at < clock_timestamp()
       order by partition limit $3 for update skip locked)
     update journal_partitions p set worker_id = $1, epoch = p.epoch + 1, lease_ends_at = clock_timestamp() + $2 * interval '1 ms'
     from free where p.partition = free.partition returning p.partition, p.epoch`,
    [workerId, leaseMs, atMost],
  );
  return sorted(rows);
}

const sorted = (rows: readonly HeldEpoch[]): HeldEpoch[] =>
  rows
    .map(({ partition, epoch }) => ({ partition, epoch: Number(epoch) }))
    .sort((one, other) => one.partition - other.partition);
