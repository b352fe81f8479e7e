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

function passes(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof TypeError || error instanceof RangeError) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // Sockets and pg itself (a connection that ended, a time-out) fail without an SQLSTATE.
  return !/^[0-9A-Z]{5}$/.test(code) || PASSING_CLASSES.has(code.slice(0, 2));
}
