// Port: a hint that there is something to do. Postgres is the truth: every job may be lost, repeated or reordered.

export interface Job {
  /** Which worker it is for, e.g. `signals`. */
  readonly queue: string;
  /** Carries the version of what it announces and no colon: an id seen before may be silently dropped (BullMQ). */
  readonly id: string;
  readonly data: Readonly<Record<string, string | number | boolean>>;
  readonly delayMs?: number | undefined;
  /** Of its queue, the highest runs first; absent: 0. */
  readonly turn?: 0 | 1 | 2 | 3 | undefined;
}

export interface JobQueue {
  /** Never throws for a queue that is away: counts it; the reconciler finds the work again. */
  add(jobs: readonly Job[]): Promise<void>;
  /**
   * Runs `handler` for each job of a queue, `concurrency` at a time, until `close`; where the engine is away, from when it is back. A
   * handler that throws is run again by backoff.
   */
  work(queue: string, concurrency: number, handler: (job: Job) => Promise<void>): Promise<void>;
  /** Whether the engine answers. */
  ping(): Promise<void>;
  /** Waits for running handlers (at most 5 s), then lets go. May be called twice. */
  close(): Promise<void>;
}
