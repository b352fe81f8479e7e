// The one place that decides when a failed notification is tried again, and when to give it up.

const FIRST_MS = 1_000;
const LONGEST_MS = 2 * 60_000;
/** A receiver that was away for an hour, or overnight, still gets what is going on. */
const GIVE_UP_AFTER_MS = 24 * 60 * 60_000;

export interface FailedAttempt {
  /** This one included. */
  readonly attempts: number;
  readonly createdAt: number;
  readonly now: number;
  /** What the receiver asked for. */
  readonly retryAfterMs?: number | undefined;
  /** In [0, 1). */
  readonly random: number;
}

/** Epoch ms of the next attempt; undefined: give up. Doubling from 1 s to 2 min, half of it jitter, and never before Retry-After. */
export function nextAttemptAt({
  attempts,
  createdAt,
  now,
  retryAfterMs = 0,
  random,
}: FailedAttempt): number | undefined {
  const fullMs = Math.min(FIRST_MS * 2 ** (attempts - 1), LONGEST_MS);
  const delayMs = Math.max(fullMs * (0.5 + random / 2), retryAfterMs);
  const at = Math.round(now + delayMs);
  return at - createdAt > GIVE_UP_AFTER_MS ? undefined : at;
}
