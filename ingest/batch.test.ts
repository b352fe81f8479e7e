import { expect, test } from 'vitest';
import { type ReadParts, readUpTo } from './batch.ts';

const item = (partition: number, receivedAt: number) => ({ origin: { partition }, message: { receivedAt } });
const read = (parts: { partitions: number[] } & Partial<ReadParts>): ReadParts => ({
  items: [],
  statuses: [],
  ...parts,
  records: parts.partitions.map((partition) => ({ partition })),
});

test('the partition that is furthest behind decides, wherever it stands in the batch', () => {
  const items = [item(0, 100), item(0, 200), item(7, 9_000)];
  expect(readUpTo(read({ partitions: [0, 7], items }))).toBe(200);
});

test('a partition with nothing but statuses is read as far as the statuses tell', () => {
  const parts = { partitions: [0, 3], items: [item(0, 9_000)], statuses: [{ receivedAt: 400 }] };
  expect(readUpTo(read(parts))).toBe(400);
});

test('a batch without messages says nothing', () => {
  expect(readUpTo(read({ partitions: [] }))).toBeUndefined();
});
