// When a simulated person eats and how much it raises glucose, drawn afresh for each local day.
import { HOUR_MS, MINUTE_MS } from './local-day.ts';
import { bell, between, createRandom, seedFrom } from './random.ts';

export interface Meal {
  /** After local midnight. */
  readonly atMs: number;
  /** Share of the person's usual rise. */
  readonly size: number;
  /** From the first bite to the peak. */
  readonly peakAfterMs: number;
}

const USUAL = [
  { atHours: 7.2, size: 1 },
  { atHours: 12.2, size: 0.85 },
  { atHours: 18.5, size: 1.05 },
] as const;
const SNACK_CHANCE = 0.4;

export function mealsOf(seed: number, day: number): readonly Meal[] {
  const random = createRandom(seedFrom(seed, 'meals', day));
  const meals = USUAL.map(({ atHours, size }) => ({
    atMs: atHours * HOUR_MS + bell(random) * 20 * MINUTE_MS,
    size: size * between(random, 0.75, 1.2),
    peakAfterMs: between(random, 55, 80) * MINUTE_MS,
  }));
  if (random() < SNACK_CHANCE) {
    const snack = { atMs: between(random, 15, 16.5) * HOUR_MS, size: between(random, 0.2, 0.4) };
    meals.push({ ...snack, peakAfterMs: 50 * MINUTE_MS });
  }
  return meals;
}

/** Share of a meal's full rise `elapsedMs` after its first bite: 0 before, 1 at the peak, a long tail after it. */
export function mealResponse(elapsedMs: number, peakAfterMs: number): number {
  if (elapsedMs <= 0) return 0;
  const x = elapsedMs / peakAfterMs;
  return x * x * Math.exp(2 * (1 - x));
}
