// What every JobQueue adapter has to keep, whatever engine is under it. Each guarantee of the port has a case here.
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Job, JobQueue } from '../../storage/ports/job-queue.ts';
import { until } from '../system/until.ts';

export interface JobQueueEngine {
  /** A queue as it ships, on the engine of this test. */
  open(): JobQueue;
  /** A queue whose engine can't be reached. */
  openUnreachable(): JobQueue;
  /** Everything the engine holds is gone, as after the loss of its disk. */
  loseEverything(): Promise<void>;
  /** All connections of the engine break. */
  disconnect(): Promise<void>;
  destroy(): Promise<void>;
  /** What `job-queue.worker-process.ts` opens its own queue with. */
  readonly processArguments: readonly string[];
}

const WORKER_PROCESS = join(import.meta.dirname, 'job-queue.worker-process.ts');

export function describeJobQueue(name: string, createEngine: () => Promise<JobQueueEngine>): void {
  describe(`job queue on ${name}`, () => {
    let engine: JobQueueEngine;
    let queue: JobQueue;
    const opened: JobQueue[] = [];
    const processes: ChildProcess[] = [];
    const open = () => {
      const another = engine.open();
      opened.push(another);
      return another;
    };
    const job = (id: string, extra: Partial<Job> = {}): Job => ({ queue: 'work', id, data: { id }, ...extra });

    /** Works in a process of its own that never finishes a job; resolves when it has begun one. */
    async function startHangingWorker(): Promise<ChildProcess> {
      const child = fork(WORKER_PROCESS, [...engine.processArguments], {
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      });
      processes.push(child);
      await new Promise((resolve) => child.once('message', resolve));
      return child;
    }

    beforeEach(async () => {
      engine = await createEngine();
      queue = open();
    });
    afterEach(async () => {
      for (const child of processes.splice(0)) child.kill('SIGKILL');
      await Promise.all(opened.splice(0).map((each) => each.close()));
      await engine.destroy();
    });

    test('a job reaches the handler with its queue, id and data', async () => {
      const seen: Job[] = [];
      await queue.work('work', 1, async (each) => void seen.push(each));
      await queue.add([job('alert-1', { data: { patientKey: 7, urgent: true, direction: 'low' } })]);
      await until('it is handled', 5_000, () => seen.length === 1);
      expect(seen[0]).toEqual({
        queue: 'work',
        id: 'alert-1',
        data: { patientKey: 7, urgent: true, direction: 'low' },
      });
    });

    test('a batch for several queues reaches each of them', async () => {
      const seen: string[] = [];
      await queue.work('work', 2, async ({ id }) => void seen.push(id));
      await queue.work('other', 2, async ({ id }) => void seen.push(id));
      await queue.add([job('a'), job('b'), job('c', { queue: 'other' })]);
      await until('all are handled', 5_000, () => seen.length === 3);
      expect(seen.toSorted()).toEqual(['a', 'b', 'c']);
    });

    test('a job that waits is not doubled, and its id is free again once it has ended', async () => {
      const seen: string[] = [];
      await queue.add([job('same')]);
      await queue.add([job('same'), job('same')]);
      await queue.work('work', 1, async ({ id }) => void seen.push(id));
      await until('it is handled', 5_000, () => seen.length === 1);
      await until('the id is free and the job runs again', 5_000, async () => {
        await queue.add([job('same')]);
        return seen.length >= 2;
      });
    });

    test('a job with a delay runs after it and not before', async () => {
      let handledAt: number | undefined;
      await queue.work('work', 1, async () => {
        handledAt = performance.now();
      });
      const addedAt = performance.now();
      await queue.add([job('later', { delayMs: 1_200 })]);
      const at = await until('it is handled', 6_000, () => handledAt);
      expect(at - addedAt).toBeGreaterThanOrEqual(1_150);
      expect(at - addedAt).toBeLessThan(3_000);
    });

    test('an emergency overtakes everything that waits, and what is critical everything else', async () => {
      const seen: string[] = [];
      await queue.add(Array.from({ length: 50 }, (_, n) => job(`digest-${n}`)));
      await queue.add([job('critical', { turn: 1 }), job('critical-too', { turn: 1 })]);
      await queue.add([job('emergency', { turn: 3 })]);
      await queue.work('work', 1, async ({ id }) => void seen.push(id));
      await until('all are handled', 10_000, () => seen.length === 53);
      expect(seen.slice(0, 3)).toEqual(['emergency', 'critical', 'critical-too']);
    });

    test('a handler that throws is run again until it succeeds', async () => {
      let runs = 0;
      await queue.work('work', 1, async () => {
        runs += 1;
        if (runs < 3) throw new Error('the database is away');
      });
      await queue.add([job('stubborn')]);
      await until('it has run three times', 10_000, () => runs === 3);
    });

    test('no more handlers run at once than were asked for', async () => {
      let running = 0;
      let most = 0;
      let done = 0;
      await queue.work('work', 3, async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 20));
        running -= 1;
        done += 1;
      });
      await queue.add(Array.from({ length: 30 }, (_, n) => job(`n-${n}`)));
      await until('all are handled', 10_000, () => done === 30);
      expect(most).toBe(3);
    });

    test('two workers share the jobs and each job runs once', async () => {
      const seen: string[] = [];
      await queue.work('work', 2, async ({ id }) => void seen.push(id));
      await open().work('work', 2, async ({ id }) => void seen.push(id));
      await queue.add(Array.from({ length: 100 }, (_, n) => job(`n-${n}`)));
      await until('all are handled', 10_000, () => seen.length >= 100);
      expect(new Set(seen).size).toBe(seen.length);
    });

    test('the job of a worker that was killed runs again within 10 s', { timeout: 40_000 }, async () => {
      await queue.add([job('orphan')]);
      const child = await startHangingWorker();
      const seen: string[] = [];
      await queue.work('work', 1, async ({ id }) => void seen.push(id));
      const killedAt = performance.now();
      child.kill('SIGKILL');
      await until('it runs again', 12_000, () => seen.length === 1);
      expect(performance.now() - killedAt).toBeLessThan(10_000);
    });

    test('a job that killed two workers still runs a third time', { timeout: 60_000 }, async () => {
      await queue.add([job('unlucky')]);
      for (let kill = 0; kill < 2; kill += 1) (await startHangingWorker()).kill('SIGKILL');
      const seen: string[] = [];
      await queue.work('work', 1, async ({ id }) => void seen.push(id));
      await until('it runs again', 15_000, () => seen.length === 1);
    });

    test('a queue that lost everything takes and runs new jobs', async () => {
      const seen: string[] = [];
      await queue.work('work', 1, async ({ id }) => void seen.push(id));
      await queue.add([job('before')]);
      await until('the first is handled', 5_000, () => seen.includes('before'));
      await engine.loseEverything();
      await queue.add([job('after')]);
      await until('the second is handled', 8_000, () => seen.includes('after'));
    });

    test('losing everything while jobs run, wait and are delayed stops no worker', { timeout: 40_000 }, async () => {
      const seen: string[] = [];
      let release = () => {};
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      await queue.work('work', 2, async ({ id }) => {
        seen.push(id);
        if (id.startsWith('slow')) await released;
      });
      await queue.add([job('slow-1'), job('slow-2'), job('waits'), job('later', { delayMs: 60_000 })]);
      await until('two run', 5_000, () => seen.length === 2);
      await engine.loseEverything();
      release();
      await queue.add([job('after'), job('after-too', { turn: 1 }), job('after-a-while', { delayMs: 500 })]);
      await until('what was added since is handled', 15_000, () =>
        ['after', 'after-too', 'after-a-while'].every((id) => seen.includes(id)),
      );
      await queue.add([job('waits')]);
      await until('what was lost runs when it is added again', 8_000, () => seen.includes('waits'));
      // Idle workers are waiting for keys that are no more.
      await engine.loseEverything();
      await queue.add([job('last')]);
      await until('the last one is handled', 12_000, () => seen.includes('last'));
    });

    test('a worker whose connections broke goes on by itself', { timeout: 40_000 }, async () => {
      const seen: string[] = [];
      await queue.work('work', 1, async ({ id }) => void seen.push(id));
      await queue.add([job('before')]);
      await until('the first is handled', 5_000, () => seen.includes('before'));
      await engine.disconnect();
      let n = 0;
      await until('a job is handled after the break', 20_000, async () => {
        await queue.add([job(`after-${n++}`)]);
        return seen.length > 1;
      });
    });

    test('adding to a queue that is away neither throws nor waits long', async () => {
      const away = engine.openUnreachable();
      opened.push(away);
      const begunAt = performance.now();
      await away.add([job('lost')]);
      expect(performance.now() - begunAt).toBeLessThan(6_000);
      await expect(away.ping()).rejects.toThrow();
    });

    test('close waits for the running handler, and may be called twice', async () => {
      let finished = false;
      let begun = false;
      await queue.work('work', 1, async () => {
        begun = true;
        await new Promise((resolve) => setTimeout(resolve, 300));
        finished = true;
      });
      await queue.add([job('slow')]);
      await until('it has begun', 5_000, () => begun);
      await Promise.all([queue.close(), queue.close()]);
      expect(finished).toBe(true);
      await queue.add([job('too-late')]);
    });

    test('ping answers while the engine is there, also before anything was added', async () => {
      await expect(queue.ping()).resolves.toBeUndefined();
    });
  });
}
