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
  /** A receiver's wish to be left alone holds up a page no longer than its failures do. */
  readonly urgent: boolean;
  /** What the receiver asked for. */
  readonly retryAfterMs?: number | undefined;
  /** In [0, 1). */
  readonly random: number;
}

/**
 * Epoch ms of the next attempt; undefined: give up. Doubling from 1 s to 2 min, half of it jitter, and not before Retry-After: of what is
 * urgent, at most 2 min of it.
 */
export function nextAttemptAt({
  attempts,
  createdAt,
  now,
  urgent,
  retryAfterMs = 0,
  random,
}: FailedAttempt): number | undefined {
  const fullMs = Math.min(FIRST_MS * 2 ** (attempts - 1), LONGEST_MS);
  const askedMs = urgent ? Math.min(retryAfterMs, LONGEST_MS) : retryAfterMs;
  const delayMs = Math.max(fullMs * (0.5 + random / 2), askedMs);
  const at = Math.round(now + delayMs);
  return at - createdAt > GIVE_UP_AFTER_MS ? undefined : at;
}
