// Whether an installation's journal is on Redis: decided the first time that REDIS_URL is set, and never changed in passing, because
// what one engine has not handed over yet the other knows nothing of, and both count in the same offsets.
import { randomUUID } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { ConfigurationError } from '../../runtime/errors.ts';

const SETTING = 'redis_journal';
/** Makes every append to Postgres fail, also of processes that have not heard of the change. */
const CLOSE_POSTGRES_JOURNAL = 'alter table journal_head add constraint moved_to_redis check (false) not valid';
/** An append holds the head row for a moment only. */
const LOCK_TIMEOUT_MS = 5_000;

export interface RedisJournalMark {
  /** Stands in Redis, too, so that another installation's streams are not taken for ours. */
  readonly id: string;
  /** Its streams were there once: from then on a missing one is lost. */
  readonly isMade: boolean;
}

/**
 * The mark of the journal on Redis, made at the first call. Throws ConfigurationError while the journal in Postgres holds what nobody has
 * consumed; from then on nothing can be appended to it.
 */
export async function settleOnRedis(pool: Pool): Promise<RedisJournalMark> {
  const known = await readMark(pool);
  if (known) return known;
  const client = await pool.connect();
  try {
    await client.query(
      `begin; set local lock_timeout = ${LOCK_TIMEOUT_MS}; lock table journal_head in access exclusive mode`,
    );
    const mark = (await readMark(client)) ?? (await moveToRedis(client));
    await client.query('commit');
    client.release();
    return mark;
  } catch (error) {
    client.release(true);
    throw error;
  }
}

export async function noteStreamsMade(pool: Pick<Pool, 'query'>): Promise<void> {
  await pool.query(
    `update installation_settings set value = value || '{"isMade": true}' where name = $1 and not (value->>'isMade')::boolean`,
    [SETTING],
  );
}

/** For a start without REDIS_URL. Throws ConfigurationError where the journal is on Redis. */
export async function refuseToLeaveRedis(pool: Pick<Pool, 'query'>): Promise<void> {
  if (!(await readMark(pool))) return;
  throw new ConfigurationError([
    {
      name: 'REDIS_URL',
      given: 'nothing',
      allowed: 'the Redis on which the journal of this installation is (docs/architecture.md says how to move it back)',
    },
  ]);
}

async function readMark(queryable: Pick<PoolClient, 'query'>): Promise<RedisJournalMark | undefined> {
  const { rows } = await queryable.query<{ value: RedisJournalMark }>(
    'select value from installation_settings where name = $1',
    [SETTING],
  );
  return rows[0]?.value;
}

async function moveToRedis(client: PoolClient): Promise<RedisJournalMark> {
  const { rows } = await client.query<{ partitions: string }>(
    `select string_agg(partition::text, ', ' order by partition) as partitions from measure_journal() where unconsumed_from is not null`,
  );
  const partitions = rows[0]?.partitions;
  if (partitions)
    throw new ConfigurationError([
      {
        name: 'REDIS_URL',
        given: 'a Redis for the first time',
        allowed: `nothing until ingest has consumed what lies in Postgres (partitions ${partitions}): start without it until /readyz says that 0 bytes wait`,
      },
    ]);
  const mark: RedisJournalMark = { id: randomUUID(), isMade: false };
  await client.query(CLOSE_POSTGRES_JOURNAL);
  await client.query('insert into installation_settings (name, value) values ($1, $2)', [SETTING, mark]);
  return mark;
}
