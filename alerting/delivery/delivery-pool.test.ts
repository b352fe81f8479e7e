import { expect, test } from 'vitest';
import type { Turn } from '../../domain/alerts/severity-order.ts';
import { createCounters } from '../../runtime/counters.ts';
import { createLog } from '../../runtime/log.ts';
import { createAlertingCounters } from '../alerting-counters.ts';
import { createDeliveryPool, type DueDelivery } from './delivery-pool.ts';

function poolOfHangingReceivers() {
  const begun: string[] = [];
  const answers = new Map<string, () => void>();
  const pool = createDeliveryPool({
    deliver: (notificationId) => {
      begun.push(notificationId);
      return new Promise<void>((resolve) => answers.set(notificationId, resolve));
    },
    log: createLog({ part: 'test', level: 'silent' }),
    counters: createAlertingCounters(createCounters({ part: 'test' })),
  });
  const answer = async (notificationId: string) => {
    answers.get(notificationId)?.();
    await new Promise(setImmediate);
  };
  return { pool, begun, answer };
}

const NAMES = { 0: 'other', 1: 'critical', 2: 'low', 3: 'emergency' } as const;
const due = (turn: Turn, count: number): DueDelivery[] =>
  Array.from({ length: count }, (_, n) => ({ notificationId: `${NAMES[turn]}-${n}`, turn }));

test('a critical page that comes last is the next to go when a receiver answers', async () => {
  const { pool, begun, answer } = poolOfHangingReceivers();
  pool.begin(due(0, 500));
  const places = begun.length;
  expect(places).toBeLessThan(500);
  pool.begin(due(1, 1));
  await answer('other-0');
  expect(begun.slice(places)).toEqual(['critical-0']);
});

test('an emergency goes at once although every receiver hangs', () => {
  const { pool, begun } = poolOfHangingReceivers();
  pool.begin(due(1, 500));
  const places = begun.length;
  expect(places).toBeLessThan(500);
  pool.begin(due(3, 3));
  expect(begun.slice(places)).toEqual(['emergency-0', 'emergency-1', 'emergency-2']);
});

test('a critical low goes at once although the receivers of every high hang', () => {
  const { pool, begun } = poolOfHangingReceivers();
  pool.begin(due(1, 500));
  const places = begun.length;
  pool.begin(due(2, 2));
  expect(begun.slice(places)).toEqual(['low-0', 'low-1']);
});

test('and where the receivers of lows hang as well, an emergency still goes at once', () => {
  const { pool, begun } = poolOfHangingReceivers();
  pool.begin(due(1, 500));
  pool.begin(due(2, 500));
  const places = begun.length;
  pool.begin(due(3, 32));
  expect(begun.slice(places)).toHaveLength(32);
});

test('what runs or waits already is not taken again, and what there is no room for is left to its log', () => {
  const { pool, begun } = poolOfHangingReceivers();
  const taken = pool.begin(due(0, 5_000));
  expect(taken).toBeLessThan(5_000);
  expect(pool.begin(due(0, taken))).toBe(0);
  expect(new Set(begun).size).toBe(begun.length);
});

test('a stop begins nothing more, and does not wait for a receiver that hangs', async () => {
  const { pool, begun, answer } = poolOfHangingReceivers();
  pool.begin(due(1, 200));
  const before = begun.length;
  await pool.drain(10);
  await answer('critical-0');
  expect(begun).toHaveLength(before);
  expect(pool.begin(due(0, 1))).toBe(0);
});
