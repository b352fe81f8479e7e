// Where the readings store draws the line between a TemporaryFailure and a bug.
import { TemporaryFailure } from '../../runtime/errors.ts';
import { isPostgresOutage } from '../postgres-outage.ts';

/** Runs statements; what passes by itself is thrown as TemporaryFailure `database_unavailable`, a bug as it is. */
export async function againstPostgres<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof TemporaryFailure || !isPostgresOutage(error)) throw error;
    throw new TemporaryFailure('database_unavailable', 'the database is away or busy', { cause: error });
  }
}
