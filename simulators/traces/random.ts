// Seeded randomness: the same seed gives the same numbers on every machine, so that a run can be repeated.

/** Uniform in [0, 1). */
export type Random = () => number;

/** Mulberry32 by Tommy Ettinger (public domain): 32 bits of state are plenty for test data, and it is fast. Not for secrets. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    return scramble(state) / 2 ** 32;
  };
}

/** An independent seed for each purpose, e.g. `seedFrom(7, 'meals', day)`: 32-bit FNV-1a over the parts, then scrambled. */
export function seedFrom(...parts: readonly (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const character of parts.join('\u0000')) {
    hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  }
  return scramble(hash >>> 0);
}

/** One number in [0, 1) for the n-th cell of a seeded sequence, without walking the sequence. */
export function randomAt(seed: number, n: number): number {
  return scramble((seed + Math.imul(n | 0, 0x9e3779b1)) >>> 0) / 2 ** 32;
}

export const between = (random: Random, low: number, high: number): number => low + (high - low) * random();

/** Bell-shaped within ±2 (the sum of three uniforms), standard deviation 2/3: no outlier can leave the plausible range. */
export const bell = (random: Random): number => (random() + random() + random() - 1.5) * (4 / 3);

function scramble(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 15), value | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return (mixed ^ (mixed >>> 14)) >>> 0;
}
