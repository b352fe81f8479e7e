// Whether this Postgres keeps what it has acknowledged through a crash.
import type { Pool } from 'pg';
import { ConfigurationError, type ConfigurationProblem } from '../../runtime/errors.ts';

const REMEDY = 'set it in postgresql.conf, or for this role and database by `alter role … set`, and restart';

const REQUIRED = [
  { setting: 'fsync', safe: ['on'] },
  { setting: 'full_page_writes', safe: ['on'] },
  // Every value but `off` waits for the local flush.
  { setting: 'synchronous_commit', safe: ['on', 'local', 'remote_write', 'remote_apply'] },
] as const;

/** Throws ConfigurationError with each setting under which an acknowledged reading could be lost; what pg throws when it is away. */
export async function checkPostgresDurability(pool: Pick<Pool, 'query'>): Promise<void> {
  const { rows } = await pool.query<{ name: string; setting: string }>(
    'select name, current_setting(name) as setting from unnest($1::text[]) as name',
    [REQUIRED.map(({ setting }) => setting)],
  );
  const problems = findUnsafeSettings(new Map(rows.map(({ name, setting }) => [name, setting])));
  if (problems.length > 0) throw new ConfigurationError(problems);
}

export function findUnsafeSettings(settings: ReadonlyMap<string, string>): ConfigurationProblem[] {
  return REQUIRED.flatMap(({ setting, safe }) => {
    const value = settings.get(setting) ?? 'nothing';
    if (safe.some((each) => each === value)) return [];
    return [{ name: `PostgreSQL setting ${setting}`, given: value, allowed: `${safe.join(', ')}; ${REMEDY}` }];
  });
}
