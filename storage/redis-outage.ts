// Which errors of Redis pass by themselves: the one list of it, for the journal and the queue.

/**
 * Codes with which a reply of Redis begins: starting, busy with a script, not (yet) the primary, out of memory, its disk refuses, too
 * few replicas, a user or password that somebody is changing.
 */
const PASSING_REPLIES = new Set([
  'LOADING',
  'BUSY',
  'MASTERDOWN',
  'READONLY',
  'UNBLOCKED',
  'TRYAGAIN',
  'OOM',
  'MISCONF',
  'NOREPLICAS',
  'NOAUTH',
  'WRONGPASS',
  'NOPERM',
]);
/** What ioredis throws of itself, and Node of a socket; a TypeError is nobody's outage. */
const OF_THE_CONNECTION = new Set(['Error', 'AbortError', 'MaxRetriesPerRequestError']);

/** `OOM`, `LOADING`, …: how Redis names what it refuses; undefined where the error is not Redis's reply. */
export function replyCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error && error.name === 'ReplyError')) return undefined;
  return /^([A-Z]+)\b/.exec(error.message)?.[1] ?? 'ERR';
}

/** The server is away, starting, full, or refuses for a moment; anything else is a bug or the caller's fault. */
export function isRedisOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const reply = replyCodeOf(error);
  return reply === undefined ? OF_THE_CONNECTION.has(error.name) : PASSING_REPLIES.has(reply);
}

/** OpenSSL's and Node's names of what is wrong with a certificate: self-signed, expired, incomplete, of another host. */
export function untrustedCertificateOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /CERT|LEAF_SIGNATURE/.test(code) ? code : undefined;
}
