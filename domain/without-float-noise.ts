// What arithmetic of decimals leaves behind, taken off before a value is compared with a line: 1.6 × 1 + 0.8 × 23 is 20.000000000000004.

/** To nine decimals: more than any device or formula tells, less than a double's noise. */
const SCALE = 1e9;

/** For a sum, difference or share of decimals that is judged by a line; a value that is only shown needs none of it. */
export function withoutFloatNoise(value: number): number {
  return Math.round(value * SCALE) / SCALE;
}
