// How long to wait before the next attempt to connect.
import type { Random } from '../traces/random.ts';

export interface BackoffLimits {
  readonly firstMs: number;
  readonly longestMs: number;
}

export interface Backoff {
  /** Doubles from failure to failure; half of it is jitter, so that a fleet that lost its broker doesn't come back as one. */
  nextMs(): number;
  /** After something succeeded. */
  reset(): void;
}

export function createBackoff({ firstMs, longestMs }: BackoffLimits, random: Random): Backoff {
  let failures = 0;
  return {
    nextMs() {
      // Exponent bounded: 2 ** 1024 would be Infinity after a long outage.
      const fullMs = Math.min(longestMs, firstMs * 2 ** Math.min(failures, 30));
      failures += 1;
      return fullMs / 2 + (fullMs / 2) * random();
    },
    reset() {
      failures = 0;
    },
  };
}
