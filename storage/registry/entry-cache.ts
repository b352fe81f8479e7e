// A bounded cache of rows that other processes may change, filled in batches.
// Promises: `peek` is synchronous; what was changed while it was being read is not kept; an absent row is remembered for at most 1 s.

const ABSENT_FOR_MS = 1_000;

export interface EntryCache<K, V> {
  /** The entry if it is held now; absent rows and rows never asked for both give undefined. */
  peek(key: K): V | undefined;
  /** Entries of all keys that exist; what is held is not read again. Throws what the reader throws. */
  load(keys: readonly K[]): Promise<Map<K, V>>;
  /** The same past what is held, and in its place: for whoever knows of a change that may not have been announced here yet. */
  loadAnew(keys: readonly K[]): Promise<Map<K, V>>;
  drop(key: K): void;
  /** Forgets which rows are absent: a row has appeared somewhere. */
  dropAbsent(): void;
  clear(): void;
  /** Called after an entry was dropped (with its key), or with undefined when all were. Returns how to stop. */
  onDropped(listener: (key: K | undefined) => void): () => void;
}

export interface EntryCacheOptions<K, V> {
  /** How many entries are held at most; the least recently used go first. */
  readonly maxEntries: number;
  readonly read: (keys: readonly K[]) => Promise<ReadonlyMap<K, V>>;
}

export function createEntryCache<K, V>(options: EntryCacheOptions<K, V>): EntryCache<K, V> {
  // Two generations instead of a linked list: a hit costs one look-up, and half of the entries go at a time.
  const generationSize = Math.max(1, Math.ceil(options.maxEntries / 2));
  let young = new Map<K, V>();
  let old = new Map<K, V>();
  const absentUntil = new Map<K, number>();
  const listeners = new Set<(key: K | undefined) => void>();
  /** Per reading under way: what was dropped meanwhile, so that its older answer is not kept. */
  const underWay = new Set<{ dropped: Set<K>; cleared: boolean }>();

  function take(key: K, value: V): void {
    young.set(key, value);
    if (young.size < generationSize) return;
    old = young;
    young = new Map();
  }

  function peek(key: K): V | undefined {
    const held = young.get(key);
    if (held !== undefined) return held;
    const older = old.get(key);
    if (older !== undefined) take(key, older);
    return older;
  }

  async function read(keys: readonly K[], into: Map<K, V>): Promise<void> {
    const reading = { dropped: new Set<K>(), cleared: false };
    underWay.add(reading);
    try {
      const found = await options.read(keys);
      const absentTill = performance.now() + ABSENT_FOR_MS;
      for (const key of keys) {
        const value = found.get(key);
        if (value !== undefined) into.set(key, value);
        if (reading.cleared || reading.dropped.has(key)) continue;
        if (value !== undefined) take(key, value);
        else {
          absentUntil.set(key, absentTill);
          young.delete(key);
          old.delete(key);
        }
      }
      if (absentUntil.size > options.maxEntries) absentUntil.clear();
    } finally {
      underWay.delete(reading);
    }
  }

  return {
    peek,
    async load(keys) {
      const entries = new Map<K, V>();
      const missing = new Set<K>();
      const now = performance.now();
      for (const key of keys) {
        const held = peek(key);
        if (held !== undefined) entries.set(key, held);
        else if ((absentUntil.get(key) ?? 0) <= now) missing.add(key);
      }
      if (missing.size > 0) await read([...missing], entries);
      return entries;
    },
    async loadAnew(keys) {
      const entries = new Map<K, V>();
      if (keys.length > 0) await read([...new Set(keys)], entries);
      return entries;
    },
    drop(key) {
      for (const reading of underWay) reading.dropped.add(key);
      absentUntil.delete(key);
      young.delete(key);
      old.delete(key);
      for (const listener of listeners) listener(key);
    },
    dropAbsent() {
      // An absence that is being read right now may already be outdated: nothing that this reading brings is kept.
      for (const reading of underWay) reading.cleared = true;
      absentUntil.clear();
    },
    clear() {
      for (const reading of underWay) reading.cleared = true;
      absentUntil.clear();
      young.clear();
      old.clear();
      for (const listener of listeners) listener(undefined);
    },
    onDropped(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
