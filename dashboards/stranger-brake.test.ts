import { expect, it } from 'vitest';
import { createStrangerBrake } from './stranger-brake.ts';

it('an address that keeps asking without signing in waits longer and longer, others don’t, and it is forgotten', () => {
  let now = 0;
  const brake = createStrangerBrake(() => now);
  const delays = Array.from({ length: 100 }, () => brake.delayMsFor('192.0.2.1'));
  expect(delays.slice(0, 20)).toEqual(Array(20).fill(0));
  expect(delays.slice(20, 23)).toEqual([50, 100, 150]);
  expect(delays.at(-1)).toBe(2_000);
  expect(brake.delayMsFor('192.0.2.2')).toBe(0);
  now = 10_001;
  expect(brake.delayMsFor('192.0.2.1')).toBe(0);
});
