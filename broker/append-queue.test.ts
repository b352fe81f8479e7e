import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createCounters } from '../runtime/counters.ts';
import { TemporaryFailure } from '../runtime/errors.ts';
import { createLog } from '../runtime/log.ts';
import { unframe } from '../storage/journal/record-frame.ts';
import type { NewRecord } from '../storage/ports/journal.ts';
import { type AppendWaiter, createAppendQueue } from './append-queue.ts';
import { createBrokerCounters } from './broker-counters.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Commits are answered by hand; what was in them is noted as text. */
function createJournal() {
  const commits: { readonly payloads: readonly (readonly [partition: number, payload: string])[] }[] = [];
  const pending: { resolve: () => void; reject: (error: Error) => void }[] = [];
  return {
    commits,
    append(records: readonly NewRecord[]) {
      commits.push({
        payloads: records.flatMap(({ partition, bytes }) =>
          unframe(bytes).map(({ payload }) => [partition, payload.toString()] as const),
        ),
      });
      return new Promise<void>((resolve, reject) => {
        pending.push({ resolve, reject });
      });
    },
    succeed: () => pending.shift()?.resolve(),
    fail: () => pending.shift()?.reject(new TemporaryFailure('journal_unavailable', 'away')),
  };
}

function createSetting() {
  const journal = createJournal();
  const queue = createAppendQueue({
    journal,
    partitions: 8,
    counters: createBrokerCounters(createCounters({ part: 'broker' })),
    log: createLog({ part: 'broker', level: 'silent' }),
  });
  const add = (payload: string, partition = 0, waiter?: AppendWaiter, token = 0) =>
    queue.add(
      partition,
      { receivedAt: 0, deviceKey: 1, flags: 0, topic: Buffer.from('t'), payload: Buffer.from(payload) },
      waiter,
      token,
    );
  return { journal, queue, add };
}

function createWaiter() {
  const events: string[] = [];
  const waiter: AppendWaiter = {
    appended(token, payloadBytes) {
      events.push(`appended ${token} of ${payloadBytes} bytes`);
      return true;
    },
    flush: () => void events.push('flush'),
    abandoned: () => void events.push('abandoned'),
  };
  return { events, waiter };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('messages of one turn of the event loop are one commit with a record per partition', async () => {
  const { journal, add } = createSetting();
  add('a', 3);
  add('b', 1);
  add('c', 3);
  await turn();
  expect(journal.commits).toEqual([
    {
      payloads: [
        [3, 'a'],
        [3, 'c'],
        [1, 'b'],
      ],
    },
  ]);
});

test('nobody is told before the commit, everybody after it, and each connection is flushed once', async () => {
  const { journal, add } = createSetting();
  const { events, waiter } = createWaiter();
  add('abc', 0, waiter, 11);
  await turn();
  expect(events).toEqual([]);
  journal.succeed();
  await turn();
  expect(events).toEqual(['appended 11 of 3 bytes', 'flush']);
});

test('what arrives during a commit waits for the next one, which starts at once', async () => {
  const { journal, add } = createSetting();
  add('first');
  await turn();
  add('second');
  add('third');
  await turn();
  expect(journal.commits).toHaveLength(1);
  journal.succeed();
  await turn();
  expect(journal.commits[1]?.payloads.map(([, payload]) => payload)).toEqual(['second', 'third']);
});

test('a commit that failed is tried again with the same messages, and nothing overtakes it', async () => {
  const { journal, add } = createSetting();
  add('first');
  await turn();
  add('second');
  journal.fail();
  await turn();
  await vi.advanceTimersByTimeAsync(100);
  expect(journal.commits.map(({ payloads }) => payloads[0]?.[1])).toEqual(['first', 'first']);
  journal.succeed();
  await turn();
  expect(journal.commits.at(-1)?.payloads[0]?.[1]).toBe('second');
});

test('each message is given up after its own 30 s, not after those of the oldest', async () => {
  const { journal, add } = createSetting();
  const [early, late] = [createWaiter(), createWaiter()];
  add('early', 0, early.waiter);
  await turn();
  await vi.advanceTimersByTimeAsync(20_000);
  add('late', 0, late.waiter);
  await vi.advanceTimersByTimeAsync(12_000);
  expect(early.events).toEqual(['abandoned']);
  expect(late.events).toEqual([]);
  journal.fail();
  await vi.advanceTimersByTimeAsync(2_000);
  journal.succeed();
  await turn();
  expect(late.events).toEqual(['appended 0 of 4 bytes', 'flush']);
  expect(early.events).toEqual(['abandoned']);
});

test('a late success of what was given up is told to nobody', async () => {
  const { journal, add } = createSetting();
  const { events, waiter } = createWaiter();
  add('hanging', 0, waiter);
  await turn();
  await vi.advanceTimersByTimeAsync(32_000);
  journal.succeed();
  await turn();
  expect(events).toEqual(['abandoned']);
});

test('it says for how long the journal has taken nothing, and forgets that with the first success', async () => {
  const { journal, queue, add } = createSetting();
  expect(queue.stalledMs()).toBe(0);
  add('a');
  await turn();
  await vi.advanceTimersByTimeAsync(6_000);
  expect(queue.stalledMs()).toBeGreaterThanOrEqual(6_000);
  journal.succeed();
  await turn();
  expect(queue.stalledMs()).toBe(0);
});

test('above 64 MiB waiting, reading is to stop until half of that is gone', async () => {
  const { journal, queue, add } = createSetting();
  const pressure: boolean[] = [];
  queue.onPressure((high) => pressure.push(high));
  const payload = 'x'.repeat(200 * 1024);
  add('first');
  await turn();
  for (let index = 0; index < 350; index++) add(payload);
  expect(pressure).toEqual([true]);
  for (let commit = 0; commit < 12 && pressure.length < 2; commit++) {
    journal.succeed();
    await turn();
  }
  expect(pressure).toEqual([true, false]);
  expect(journal.commits.length).toBeGreaterThan(3);
});

test('a drain waits for what is under way, and gives up the rest when its time is over', async () => {
  const { journal, queue, add } = createSetting();
  const { events, waiter } = createWaiter();
  await queue.drain(1_000);
  add('a', 0, waiter, 1);
  await turn();
  const drained = queue.drain(1_000);
  journal.succeed();
  await drained;
  expect(events).toEqual(['appended 1 of 1 bytes', 'flush']);
  add('b', 0, waiter, 2);
  await turn();
  const gaveUp = queue.drain(1_000);
  await vi.advanceTimersByTimeAsync(1_000);
  await gaveUp;
  expect(events.at(-1)).toBe('abandoned');
});
