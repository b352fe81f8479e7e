// Which errors of Postgres pass by themselves: the one list of it, for the stores, the journal and the API.

/**
 * SQLSTATE classes: connection, transaction state (a standby after a fail-over), rollback (deadlock), resources, not in the required
 * state (lock time-outs), operator intervention (restart, statement time-out), system.
 */
const PASSING_CLASSES = new Set(['08', '25', '40', '53', '55', '57', '58']);
/** pg reports a connection that ended, and a wait that was too long, by an Error without any code. */
const PASSING_MESSAGE = /connection|timeout|time-out|not queryable/i;
const SQLSTATE = /^[0-9A-Z]{5}$/;

/** The five characters by which Postgres names what went wrong; undefined where the error is not Postgres's. */
export function sqlStateOf(error: unknown): string | undefined {
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) return undefined;
  // Any other code is a socket's, such as EPIPE, which is five characters too.
  return SQLSTATE.test(error.code) && error.code !== 'EPIPE' ? error.code : undefined;
}

/** The server is away, starting, full, or refuses for a moment; anything else is a bug or the caller's fault. */
export function isPostgresOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const sqlState = sqlStateOf(error);
  if (sqlState !== undefined) return PASSING_CLASSES.has(sqlState.slice(0, 2));
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (code === undefined) return error.name === 'Error' && PASSING_MESSAGE.test(error.message);
  return 'syscall' in error || /^E(?!RR_)/.test(code);
}
