import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextAttemptAt } from './retry-delay.ts';

const HOUR_MS = 3_600_000;
const delay = (attempts: number, random: number) =>
  (nextAttemptAt({ attempts, createdAt: 0, now: 0, urgent: true, random }) ?? Number.NaN) - 0;

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

describe('a receiver that asks to be left alone', () => {
  const askedFor = (retryAfterMs: number, urgent: boolean) =>
    nextAttemptAt({ attempts: 1, createdAt: 0, now: 5, urgent, random: 0, retryAfterMs });

  test('is, for as long as it asks, with what can wait', () => {
    expect(askedFor(HOUR_MS, false)).toBe(5 + HOUR_MS);
  });

  test('gets an urgent page after two minutes at the latest', () => {
    expect(askedFor(HOUR_MS, true)).toBe(5 + 120_000);
    expect(askedFor(60_000, true)).toBe(5 + 60_000);
  });
});

test('goes on through a night of failures and gives up after a day', () => {
  expect(nextAttemptAt({ attempts: 300, createdAt: 0, now: 10 * HOUR_MS, urgent: true, random: 0 })).toBeGreaterThan(
    10 * HOUR_MS,
  );
  expect(nextAttemptAt({ attempts: 900, createdAt: 0, now: 24 * HOUR_MS, urgent: true, random: 0 })).toBeUndefined();
});
