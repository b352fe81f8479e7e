// How many partitions the journal has: decided at the first start of an installation, and never again.
import type { Pool } from 'pg';
import { ConfigurationError } from '../../runtime/errors.ts';

export const DEFAULT_JOURNAL_PARTITIONS = 8;
const SETTING = 'journal_partitions';

/**
 * Stores the number at the first start and answers it at each. Throws ConfigurationError where another one was stored: with another
 * number, patients would lie in other partitions than their unconsumed messages.
 */
export async function settleJournalPartitions(
  pool: Pick<Pool, 'query'>,
  wanted: number = DEFAULT_JOURNAL_PARTITIONS,
): Promise<number> {
  await pool.query(
    `with stored as (
       insert into installation_settings (name, value) values ($1, to_jsonb($2::int)) on conflict (name) do nothing returning name)
     insert into journal_partitions (partition) select generate_series(0, $2::int - 1) from stored`,
    [SETTING, wanted],
  );
  const { rows } = await pool.query<{ value: number }>('select value from installation_settings where name = $1', [
    SETTING,
  ]);
  const stored = rows[0]?.value;
  if (stored === wanted) return wanted;
  throw new ConfigurationError([
    {
      name: 'number of journal partitions',
      given: String(wanted),
      allowed: `${stored}, as this database was set up with at its first start`,
    },
  ]);
}

/** The number that was stored at the first start. */
export async function readJournalPartitions(pool: Pick<Pool, 'query'>): Promise<number> {
  const { rows } = await pool.query<{ value: number }>('select value from installation_settings where name = $1', [
    SETTING,
  ]);
  return rows[0]?.value ?? settleJournalPartitions(pool);
}
