import { describe, expect, it } from 'vitest';
import { createEntryCache } from './entry-cache.ts';

function createCounted(maxEntries: number, rows = new Map<number, string>()) {
  const reads: number[][] = [];
  const cache = createEntryCache<number, string>({
    maxEntries,
    read: async (keys) => {
      reads.push([...keys]);
      return new Map(keys.flatMap((key) => (rows.has(key) ? [[key, rows.get(key)!] as const] : [])));
    },
  });
  return { cache, reads, rows };
}

describe('a cache of rows', () => {
  it('reads in one go what it does not hold, and only that', async () => {
    const { cache, reads } = createCounted(
      100,
      new Map([
        [1, 'a'],
        [2, 'b'],
        [3, 'c'],
      ]),
    );
    await cache.load([1, 2]);
    expect(await cache.load([1, 2, 3, 3])).toEqual(
      new Map([
        [1, 'a'],
        [2, 'b'],
        [3, 'c'],
      ]),
    );
    expect(reads).toEqual([[1, 2], [3]]);
  });

  it('holds no more than its bound, and keeps what is in use', async () => {
    const rows = new Map(Array.from({ length: 1_000 }, (_, key) => [key, String(key)] as const));
    const { cache } = createCounted(10, rows);
    for (let key = 0; key < 1_000; key++) {
      await cache.load([key]);
      cache.peek(0);
    }
    const held = [...rows.keys()].filter((key) => cache.peek(key) !== undefined);
    expect(held).toContain(0);
    expect(held.length).toBeLessThanOrEqual(10);
  });

  it('reads past what it holds for whoever knows that it has changed, and holds what it finds', async () => {
    const { cache, reads, rows } = createCounted(10, new Map([[1, 'a']]).set(2, 'b'));
    await cache.load([1, 2]);
    rows.set(1, 'new');
    rows.delete(2);
    expect(await cache.load([1, 2])).toEqual(new Map([[1, 'a']]).set(2, 'b'));
    expect(await cache.loadAnew([1, 2, 1])).toEqual(new Map([[1, 'new']]));
    expect([cache.peek(1), cache.peek(2)]).toEqual(['new', undefined]);
    expect(await cache.loadAnew([])).toEqual(new Map());
    expect(reads).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });

  it('asks again for an absent row once it is told that rows have appeared', async () => {
    const { cache, reads, rows } = createCounted(10);
    await cache.load([7]);
    await cache.load([7]);
    expect(reads).toEqual([[7]]);
    rows.set(7, 'new');
    cache.dropAbsent();
    expect((await cache.load([7])).get(7)).toBe('new');
  });
});
