// The database and the role that Pulseward itself works with inside the embedded PostgreSQL: owner of its tables, no superuser.
import type { Client } from 'pg';

export const APPLICATION_ROLE = 'pulseward';
export const APPLICATION_DATABASE = 'pulseward';

/**
 * Makes what is missing, as superuser. Afterwards Postgres's log holds no statement and no DETAIL of the application's errors,
 * because those quote values (a name, a payload).
 */
export async function ensureApplicationDatabase(
  superuser: Client,
  password: string,
  database = APPLICATION_DATABASE,
): Promise<void> {
  const { rows: roles } = await superuser.query('select 1 from pg_roles where rolname = $1', [APPLICATION_ROLE]);
  const role = superuser.escapeIdentifier(APPLICATION_ROLE);
  if (roles.length === 0) {
    await superuser.query(`
      begin;
      create role ${role} login password ${superuser.escapeLiteral(password)};
      alter role ${role} set log_min_error_statement = 'panic';
      alter role ${role} set log_error_verbosity = 'terse';
      commit`);
  }
  const { rows: databases } = await superuser.query('select 1 from pg_database where datname = $1', [database]);
  if (databases.length === 0)
    await superuser.query(`create database ${superuser.escapeIdentifier(database)} owner ${role}`);
}
