// JobQueue over BullMQ, the same for both backends. Promises: `add` never throws and never waits long, a job whose worker was killed
// runs again within 10 s, and an id is free again as soon as its job has ended.
import { setTimeout as delay } from 'node:timers/promises';
import { type JobsOptions, Queue, Worker } from 'bullmq';
import type { Counters } from '../../runtime/counters.ts';
import { TemporaryFailure } from '../../runtime/errors.ts';
import type { Log } from '../../runtime/log.ts';
import type { Job, JobQueue } from '../ports/job-queue.ts';
import type { QueueBackend } from './queue-backend.ts';

// With BullMQ's defaults (30 s, 30 s, 1) the job of a killed worker waits 60 s, and the second kill marks it failed.
const LOCK_MS = 5_000;
const STALLED_CHECK_MS = 2_000;
const STALLED_AT_MOST = 1_000_000;
/** After an engine that refused the connection; BullMQ's default is 15 s. */
const RECONNECT_MS = 500;
const ADD_WITHIN_MS = 5_000;
const DRAIN_WITHIN_MS = 5_000;
const PART_WITHIN_MS = 1_000;
const EVENTS_KEPT = 100;
/**
 * `addBulk` makes temporary tables on Postgres. M, its CPU a job from add to done, and how long adding takes, together against by
 * themselves: 2 jobs 5.0 ms, 27 ms against 2.3, 5; 8 jobs 2.3, 37 against 1.8, 17; 40 jobs 1.2, 40 against 1.6, 39. One after the other, so
 * that they keep their order.
 */
const MOST_ONE_BY_ONE = 8;
/**
 * A worker whose engine refuses at once asks again at once, and keeps everybody else from running (BullMQ waits only after errors that it
 * takes for a lost connection).
 */
const MAX_FAILURES_A_SECOND = 10;
const BRAKE_MS = 1_000;

const JOB_OPTIONS = {
  attempts: 8,
  backoff: { type: 'exponential', delay: 250, jitter: 0.5 },
  // An `add` with the id of a kept job is dropped in silence: nothing is kept, the tables say what is still to be done.
  removeOnComplete: true,
  removeOnFail: true,
  stackTraceLimit: 0,
} satisfies JobsOptions;

/** What a Queue and a Worker of BullMQ have in common. */
interface Opened {
  on(event: 'error', listener: (error: Error) => void): unknown;
  waitUntilReady(): Promise<unknown>;
  close(): Promise<void>;
}

export interface BullmqJobQueueDeps<Connection> {
  readonly backend: QueueBackend<Connection>;
  readonly log: Log;
  readonly counters: Counters;
}

export function createBullmqJobQueue<Connection>(deps: BullmqJobQueueDeps<Connection>): JobQueue {
  const { backend, log, counters } = deps;
  const { createBackend, connection } = backend;
  const prefix = backend.prefix === undefined ? {} : { prefix: backend.prefix };
  const failures = counters.counter('pulseward_queue_failures_total', 'Failures of the job queue.', ['queue', 'what']);
  const openQueue = (name: string) =>
    new Queue(name, { connection, ...prefix, streams: { events: { maxLen: EVENTS_KEPT } } }, createBackend);
  const openWorker = (name: string, concurrency: number, handler: (job: Job) => Promise<void>) =>
    new Worker(
      name,
      async ({ id, data }) => {
        await handler({ queue: name, id: id ?? '', data });
      },
      {
        connection,
        ...prefix,
        concurrency,
        autorun: false,
        lockDuration: LOCK_MS,
        stalledInterval: STALLED_CHECK_MS,
        maxStalledCount: STALLED_AT_MOST,
        runRetryDelay: RECONNECT_MS,
      },
      createBackend,
    );
  const queues = new Map<string, Promise<ReturnType<typeof openQueue>>>();
  const workers = new Set<ReturnType<typeof openWorker>>();
  let closing: Promise<void> | undefined;

  /** A BullMQ object that failed to connect once never recovers, so it is thrown away and made anew at the next call. */
  async function ready<T extends Opened>(name: string, open: () => T): Promise<T> {
    await backend.prepare();
    const opened = open();
    opened.on('error', (error) => {
      failures.inc({ queue: name, what: 'engine' });
      backend.noteFailure?.(error);
    });
    try {
      await opened.waitUntilReady();
    } catch (error) {
      await opened.close();
      throw error;
    }
    return opened;
  }

  function queueOf(name: string) {
    const known = queues.get(name);
    if (known) return known;
    const opening = ready(name, () => openQueue(name));
    queues.set(name, opening);
    opening.catch(() => queues.delete(name));
    return opening;
  }

  async function addTo(name: string, jobs: readonly Job[]): Promise<void> {
    const queue = await queueOf(name);
    const rows = jobs.map(({ id, data, delayMs, turn = 0 }) => ({
      name,
      data,
      opts: { ...JOB_OPTIONS, jobId: id, priority: 3 - turn, ...(delayMs ? { delay: delayMs } : {}) },
    }));
    if (rows.length > MOST_ONE_BY_ONE) await queue.addBulk(rows);
    else for (const { data, opts } of rows) await queue.add(name, data, opts);
  }

  function run(name: string, worker: ReturnType<typeof openWorker>): void {
    workers.add(worker);
    brakeOnFailures(worker);
    worker.on('failed', (_job, error) => {
      failures.inc({ queue: name, what: 'handler' });
      if (error instanceof TemporaryFailure) log.warn({ err: error, queue: name }, 'a job failed, it will run again');
      else log.error({ err: error, queue: name }, 'a job failed for a reason that should not occur, it will run again');
    });
    worker.run().catch((error: unknown) => log.error({ err: error, queue: name }, 'the worker of a queue ended'));
  }

  async function beginLater(name: string, begin: () => Promise<void>): Promise<void> {
    while (!closing) {
      await delay(RECONNECT_MS, undefined, { ref: false });
      try {
        if (closing) return;
        await begin();
        log.info({ queue: name }, 'the job queue is worked on');
        return;
      } catch {
        failures.inc({ queue: name, what: 'engine' });
      }
    }
  }

  /** An engine that is away answers no goodbye: nothing is waited for without an end, and what is open then is cut. */
  async function closeAll(): Promise<void> {
    const drained = Promise.all([...workers].map((worker) => worker.close()));
    if (!(await within(DRAIN_WITHIN_MS, drained))) {
      await within(PART_WITHIN_MS, Promise.allSettled([...workers].map((worker) => worker.disconnect())));
      log.warn({ afterMs: DRAIN_WITHIN_MS }, 'jobs were still running when the queue closed: they will run again');
    }
    const opened = await Promise.allSettled(queues.values());
    const partings = opened.flatMap((queue) => (queue.status === 'fulfilled' ? [queue.value.close()] : []));
    await within(PART_WITHIN_MS, Promise.allSettled(partings));
    await backend.close();
  }

  return {
    async add(jobs) {
      if (closing) return;
      const byQueue = Map.groupBy(jobs, (job) => job.queue);
      await Promise.all(
        [...byQueue].map(async ([name, some]) => {
          try {
            if (await within(ADD_WITHIN_MS, addTo(name, some))) return;
          } catch (error) {
            backend.noteFailure?.(error);
            log.debug({ err: error, queue: name }, 'jobs could not be added');
          }
          failures.inc({ queue: name, what: 'add' }, some.length);
        }),
      );
    },

    async work(name, concurrency, handler) {
      const begin = async () => {
        const worker = await ready(name, () => openWorker(name, concurrency, handler));
        if (closing) await worker.close();
        else run(name, worker);
      };
      try {
        await begin();
      } catch (err) {
        log.warn({ err, queue: name }, "the job queue can't be reached, it is worked on once it can");
        void beginLater(name, begin);
      }
    },

    async ping() {
      // Where nobody has added or worked yet, the engine may still be without its tables.
      await backend.prepare();
      await backend.ping();
    },

    close() {
      closing ??= closeAll();
      return closing;
    },
  };
}

function brakeOnFailures(worker: Pick<Worker, 'closing' | 'pause' | 'resume'> & Pick<Opened, 'on'>): void {
  let countingSince = 0;
  let count = 0;
  worker.on('error', () => {
    const now = performance.now();
    if (now - countingSince > 1_000) {
      countingSince = now;
      count = 0;
    }
    if (++count !== MAX_FAILURES_A_SECOND || worker.closing) return;
    void worker.pause(true);
    setTimeout(() => worker.resume(), BRAKE_MS);
  });
}

/** Whether it settled in time; a failure that comes in time is thrown. */
async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
