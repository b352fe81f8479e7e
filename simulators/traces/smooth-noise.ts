// Autocorrelated noise as a pure function of time: no state to keep for each of thousands of devices, and the same
// instant gives the same value whether it is asked for in a back-fill or live.
import { randomAt } from './random.ts';

/**
 * Value noise in [-1, 1]: random values every `periodMs`, joined by a curve with continuous slope and curvature. Instants
 * much closer than a period are strongly correlated, instants more than two periods apart not at all.
 */
export function smoothNoise(seed: number, at: number, periodMs: number): number {
  const position = at / periodMs;
  const cell = Math.floor(position);
  const x = position - cell;
  const eased = x * x * x * (x * (6 * x - 15) + 10);
  const left = randomAt(seed, cell);
  const right = randomAt(seed, cell + 1);
  return 2 * (left + (right - left) * eased) - 1;
}
