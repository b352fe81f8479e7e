// Where the readings store draws the line between a TemporaryFailure and a bug.
import { TemporaryFailure } from '../../runtime/errors.ts';

/** SQLSTATE classes: connection, transaction state, rollback (deadlock), resources, prerequisites (locks), operator, system. */
const PASSING_CLASSES = new Set(['08', '25', '40', '53', '55', '57', '58']);

/** Runs statements; what passes by itself is thrown as TemporaryFailure `database_unavailable`, a bug as it is. */
export async function againstPostgres<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof TemporaryFailure || !passes(error)) throw error;
    throw new TemporaryFailure('database_unavailable', 'the database is away or busy', { cause: error });
  }
}

/** pg reports a connection that ended, and a wait that was too long, by an Error without any code. */
const PASSING_MESSAGE = /connection|timeout|time-out|not queryable/i;

function passes(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (code === undefined) return error.name === 'Error' && PASSING_MESSAGE.test(error.message);
  // A code of five characters is an SQLSTATE, any other a socket's, such as ECONNREFUSED.
  return /^[0-9A-Z]{5}$/.test(code)
    ? PASSING_CLASSES.has(code.slice(0, 2))
    : 'syscall' in error || code.startsWith('E');
}
