// How long somebody who answered 429 or 503 wants to be left alone.

/** Seconds or an HTTP date (RFC 9110 §10.2.3), in ms from `now` (epoch ms); undefined where it is neither. */
export function readRetryAfter(given: string | undefined, now: number): number | undefined {
  if (given === undefined) return undefined;
  const ms = /^\d+$/.test(given) ? Number(given) * 1_000 : Date.parse(given) - now;
  return Number.isNaN(ms) ? undefined : Math.max(ms, 0);
}
