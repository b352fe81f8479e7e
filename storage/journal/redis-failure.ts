// What the journal throws of what Redis and ioredis throw.
import { TemporaryFailure } from '../../runtime/errors.ts';
import { isRedisOutage, replyCodeOf } from '../redis-outage.ts';

/** Begins the error replies of redis-scripts.ts for a stream that isn't there. */
const LOST = 'LOST';

export const isLostStream = (error: unknown): boolean => replyCodeOf(error) === LOST;

/** A TemporaryFailure of an error that passes, `journal_full` where the memory is; any other error, a bug, as it is. */
export function asRedisJournalOutage(error: unknown): unknown {
  if (!(error instanceof Error) || !isRedisOutage(error)) return error;
  const code = replyCodeOf(error) ?? ('code' in error ? String(error.code) : error.message);
  if (code === 'OOM')
    return new TemporaryFailure('journal_full', 'the memory of the Redis that REDIS_URL names is full', {
      cause: error,
    });
  return new TemporaryFailure('journal_unavailable', `the Redis that REDIS_URL names doesn't answer (${code})`, {
    cause: error,
  });
}
