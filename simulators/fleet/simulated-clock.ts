// The time simulated people live in. Promise: it never runs ahead of the real clock, because no device measures in the future.

export interface SimulatedClock {
  /** Epoch ms. */
  now(): number;
}

export interface ClockSettings {
  /** Simulated minutes per minute. */
  readonly speed: number;
  /** Simulated instant at the start, epoch ms. */
  readonly startsAt: number;
  readonly realNow?: () => number;
}

/** Once it has caught up with the real clock it goes on with it. */
export function createSimulatedClock({ speed, startsAt, realNow = Date.now }: ClockSettings): SimulatedClock {
  const startedAt = realNow();
  return {
    now() {
      const real = realNow();
      return Math.min(real, Math.floor(startsAt + (real - startedAt) * speed));
    },
  };
}

const DEFAULT_PAST_MS = 24 * 3_600_000;

/**
 * Where a run has to start so that it never overtakes the real clock: with a duration so far back that it arrives exactly at its end,
 * without one a day ago. At speed 1 that is now.
 */
export function pastStart(speed: number, durationMs: number | undefined, realNow: number): number {
  if (speed === 1) return realNow;
  return realNow - (durationMs === undefined ? DEFAULT_PAST_MS : durationMs * (speed - 1));
}
