import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextAttemptAt } from './retry-delay.ts';

const HOUR_MS = 3_600_000;
const delay = (attempts: number, random: number) =>
  (nextAttemptAt({ attempts, createdAt: 0, now: 0, random }) ?? Number.NaN) - 0;

test('waits twice as long each time, from a second up to two minutes', () => {
  expect([1, 2, 3, 4, 8, 50].map((attempts) => delay(attempts, 0.999_999))).toEqual([
    1000, 2000, 4000, 8000, 120_000, 120_000,
  ]);
});

test('half of the wait is chance, so that receivers that failed together are not tried together', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (attempts, random) => {
        const full = delay(attempts, 0.999_999_9);
        expect(delay(attempts, random)).toBeGreaterThanOrEqual(Math.floor(full / 2));
        expect(delay(attempts, random)).toBeLessThanOrEqual(full);
      },
    ),
  );
});

test('never comes before the receiver asked it to', () => {
  expect(nextAttemptAt({ attempts: 1, createdAt: 0, now: 5, random: 0, retryAfterMs: HOUR_MS })).toBe(5 + HOUR_MS);
});

test('goes on through a night of failures and gives up after a day', () => {
  expect(nextAttemptAt({ attempts: 300, createdAt: 0, now: 10 * HOUR_MS, random: 0 })).toBeGreaterThan(10 * HOUR_MS);
  expect(nextAttemptAt({ attempts: 900, createdAt: 0, now: 24 * HOUR_MS, random: 0 })).toBeUndefined();
});
