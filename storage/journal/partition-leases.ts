// Which partitions this worker may consume. Promises: a partition has one holder by the database's clock, each taking raises its epoch,
// and the live workers share the partitions evenly.
import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import type { Log } from '../../runtime/log.ts';
import type { HeldEpoch } from './committed-offsets.ts';
import { renewLeases } from './renew-leases.ts';

/** What a killed worker held is free after it; renewed so often that twice the time-out of a write (3 s) is always left. */
export const LEASE_MS = 8_000;
const RENEW_EVERY_MS = 1_000;
/** While partitions that are its share are still another's. */
const ASK_AGAIN_MS = 500;
/** After the end of another's lease, by which it was not renewed: its holder is gone. */
const AFTER_END_MS = 20;

export interface HeldPartition {
  readonly epoch: number;
  /** On this process's performance.now(); counted from before the renewal was asked for, so never later than the database's end. */
  readonly leaseEndsAtLocal: number;
}

export interface PartitionLeases {
  /** What may be consumed now; a partition that is about to be handed over is no longer in it. */
  held(): ReadonlyMap<number, HeldPartition>;
  /**
   * Whether a write that takes at most `timeoutMs` may start outside of an offset's transaction: twice that is left on the lease, and
   * it is the one under which the records were read.
   */
  mayStartWrite(held: HeldEpoch, timeoutMs: number): boolean;
  /** Called after what is held has changed. Returns how to stop listening. */
  onChange(listener: () => void): () => void;
  /** One round of renewing, handing over and taking; `start` does it every second. Throws what pg throws. */
  renew(): Promise<void>;
  /** Resolves after the first round. Later failures are logged and tried again; leases then run out by themselves. */
  start(): Promise<void>;
  /** Hands everything over. Whoever consumes has to have stopped before. */
  stop(): Promise<void>;
}

export interface PartitionLeasesDeps {
  readonly pool: Pool;
  readonly log?: Log | undefined;
  readonly leaseMs?: number | undefined;
}

export function createPartitionLeases({ pool, log, leaseMs = LEASE_MS }: PartitionLeasesDeps): PartitionLeases {
  const workerId = randomUUID();
  const listeners = new Set<() => void>();
  let held = new Map<number, HeldPartition>();
  /** No longer consumed, still leased: what was under way may commit until the next round hands them over. */
  let leaving: readonly number[] = [];
  let short = false;
  let othersEndInMs = Number.POSITIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let round: Promise<void> = Promise.resolve();
  let stopped = true;

  function setHeld(next: Map<number, HeldPartition>): void {
    const same = next.size === held.size && [...next].every(([key, { epoch }]) => held.get(key)?.epoch === epoch);
    held = next;
    if (!same) for (const listener of listeners) listener();
  }

  async function renew(): Promise<void> {
    const askedAt = performance.now();
    const round = await renewLeases(pool, { workerId, leaseMs, handOver: leaving });
    const { kept, surplus } = round;
    leaving = surplus;
    short = round.wantsMore;
    othersEndInMs = round.othersEndInMs;
    const leaseEndsAtLocal = askedAt + leaseMs;
    setHeld(new Map(kept.map(({ partition, epoch }) => [partition, { epoch, leaseEndsAtLocal }])));
  }

  function nextRoundInMs(): number {
    if (short || leaving.length > 0) return ASK_AGAIN_MS;
    return Math.min(RENEW_EVERY_MS, Math.max(0, othersEndInMs) + AFTER_END_MS);
  }

  async function renewAndSchedule(): Promise<void> {
    try {
      await renew();
    } catch (error) {
      log?.warn({ err: error }, 'the leases of journal partitions could not be renewed, trying again');
    }
    if (!stopped) timer = setTimeout(run, nextRoundInMs());
  }

  function run(): void {
    round = renewAndSchedule();
  }

  return {
    held() {
      const now = performance.now();
      for (const { leaseEndsAtLocal } of held.values())
        if (leaseEndsAtLocal <= now) return new Map([...held].filter(([, lease]) => lease.leaseEndsAtLocal > now));
      return held;
    },
    mayStartWrite({ partition, epoch }, timeoutMs) {
      const lease = held.get(partition);
      return lease?.epoch === epoch && lease.leaseEndsAtLocal - performance.now() >= 2 * timeoutMs;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    renew,
    async start() {
      stopped = false;
      await renew();
      timer = setTimeout(run, nextRoundInMs());
    },
    async stop() {
      if (stopped) return;
      stopped = true;
      clearTimeout(timer);
      await round;
      clearTimeout(timer);
      setHeld(new Map());
      try {
        await pool.query(
          `with gone as (delete from journal_workers where worker_id = $1)
           update journal_partitions set worker_id = null, lease_ends_at = null where worker_id = $1`,
          [workerId],
        );
      } catch (error) {
        log?.warn(
          { err: error },
          'the leases of journal partitions could not be handed over, they run out by themselves',
        );
      }
    },
  };
}
