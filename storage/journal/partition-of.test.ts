import { expect, test } from 'vitest';
import { partitionOfDevice, partitionOfPatient } from './partition-of.ts';

const spread = (partitionOf: (key: number, partitions: number) => number) => {
  const counts = new Array<number>(8).fill(0);
  for (let key = 1; key <= 80_000; key++) counts[partitionOf(key, 8)]!++;
  return counts;
};

test('neighbouring patients and devices spread evenly over the partitions', () => {
  for (const counts of [spread(partitionOfPatient), spread(partitionOfDevice)]) {
    for (const count of counts) expect(count).toBeGreaterThan(9_500);
    for (const count of counts) expect(count).toBeLessThan(10_500);
  }
});

// MurmurHash3_x86_32 of an empty key is its finaliser of the seed: its published test vectors for seeds 1 and 0xffffffff.
test('the same patient stays in the same partition, whatever version of the program asks', () => {
  expect(partitionOfPatient(1, 2 ** 32)).toBe(0x514e28b7);
  expect(partitionOfPatient(0xffffffff, 2 ** 32)).toBe(0x81f16f39);
  expect(partitionOfDevice(~1, 2 ** 32)).toBe(0x514e28b7);
  expect(partitionOfPatient(1, 8)).toBe(7);
});
