import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createRateLimit } from './rate-limit.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  vi.advanceTimersByTime(60_000);
});
afterEach(() => {
  vi.useRealTimers();
});

/** Sends so many messages of a device at once and notes which have passed. */
function sendBurst(limit: ReturnType<typeof createRateLimit>, deviceKey: number, count: number): number[] {
  const passed: number[] = [];
  for (let index = 0; index < count; index++) {
    if (limit.admit(deviceKey)) passed.push(index);
    else limit.holdBack(deviceKey, () => passed.push(index));
  }
  return passed;
}

test('a second’s worth passes at once, the rest at the rate, in order, and none is dropped', () => {
  const limit = createRateLimit(500);
  const passed = sendBurst(limit, 1, 2_000);
  expect(passed.length).toBe(500);
  vi.advanceTimersByTime(1_000);
  expect(passed.length).toBeGreaterThanOrEqual(990);
  expect(passed.length).toBeLessThanOrEqual(1_010);
  vi.advanceTimersByTime(3_000);
  expect(passed).toEqual(Array.from({ length: 2_000 }, (_, index) => index));
  limit.stop();
});

test('one device that floods does not delay another', () => {
  const limit = createRateLimit(500);
  sendBurst(limit, 1, 5_000);
  expect(sendBurst(limit, 2, 400)).toHaveLength(400);
  limit.stop();
});

test('two devices that flood are both served at their rate', () => {
  const limit = createRateLimit(100);
  const [one, two] = [sendBurst(limit, 1, 1_000), sendBurst(limit, 2, 1_000)];
  vi.advanceTimersByTime(2_000);
  for (const passed of [one, two]) {
    expect(passed.length).toBeGreaterThanOrEqual(295);
    expect(passed.length).toBeLessThanOrEqual(305);
  }
  limit.stop();
});

test('what comes while older messages are held back does not overtake them', () => {
  const limit = createRateLimit(100);
  const passed = sendBurst(limit, 1, 120);
  vi.advanceTimersByTime(100);
  expect(limit.admit(1)).toBe(false);
  limit.holdBack(1, () => passed.push(120));
  vi.advanceTimersByTime(1_000);
  expect(passed).toEqual(Array.from({ length: 121 }, (_, index) => index));
  limit.stop();
});

test('a device that was quiet starts afresh', () => {
  const limit = createRateLimit(500);
  expect(sendBurst(limit, 1, 500)).toHaveLength(500);
  vi.advanceTimersByTime(20_000);
  expect(sendBurst(limit, 1, 500)).toHaveLength(500);
  limit.stop();
});
