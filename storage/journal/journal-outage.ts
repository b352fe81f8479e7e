// Which errors of Postgres pass by themselves: the server is away, starting, full, or refuses for now.
import { TemporaryFailure } from '../../runtime/errors.ts';
import { isPostgresOutage, sqlStateOf } from '../postgres-outage.ts';

/** A TemporaryFailure `journal_unavailable` of an error that passes; any other error, a bug, as it is. */
export function asJournalOutage(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const sqlState = sqlStateOf(error);
  // What carries no SQLSTATE was thrown by pg or the socket: whether the commit happened is unknown.
  if (sqlState !== undefined && !isPostgresOutage(error)) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return new TemporaryFailure('journal_unavailable', `the journal's database doesn't answer (${code})`, {
    cause: error,
  });
}
