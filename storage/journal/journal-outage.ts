// Which errors of Postgres pass by themselves: the server is away, starting, full, or refuses for now.
import { TemporaryFailure } from '../../runtime/errors.ts';

// SQLSTATE classes: connection, transaction state (a standby after a fail-over), rollback, resources, not in the required
// state (lock time-outs), operator intervention (restart, statement time-out), system.
const PASSING_CLASSES = new Set(['08', '25', '40', '53', '55', '57', '58']);

/** A TemporaryFailure `journal_unavailable` of an error that passes; any other error, a bug, as it is. */
export function asJournalOutage(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  // What pg and the socket throw by themselves carries no SQLSTATE (five characters, the first two a class).
  const sqlState = code !== undefined && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
  if (sqlState !== undefined && !PASSING_CLASSES.has(sqlState.slice(0, 2))) return error;
  return new TemporaryFailure('journal_unavailable', `the journal's database doesn't answer (${code ?? error.name})`, {
    cause: error,
  });
}
