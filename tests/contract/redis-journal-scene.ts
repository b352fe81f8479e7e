// A redis-server, a database with the offsets, and journals on both as processes would open them: what the tests of its troubles share.
import { afterEach, beforeEach } from 'vitest';
import { createLog } from '../../runtime/log.ts';
import { settleJournalPartitions } from '../../storage/journal/journal-partitions.ts';
import { createRedisJournal, type RedisJournalDeps } from '../../storage/journal/redis-journal.ts';
import type { Journal, NewRecord } from '../../storage/ports/journal.ts';
import { openRedis, type RedisConnection } from '../../storage/redis-connection.ts';
import { startTestRedis, type TestRedis } from '../start-test-redis.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';
import { readAll } from './read-all.ts';

export const PARTITIONS = 4;

export interface RedisJournalScene {
  readonly redis: TestRedis;
  readonly database: TestDatabase;
  /** Lines of the journals' log. */
  readonly logLines: string[];
  open(limits?: Partial<RedisJournalDeps>, url?: string): Journal;
  /** ERROR lines, their messages. */
  errors(): string[];
  commit(partition: number, seq: number): Promise<void>;
  /** Texts of all records of a partition. */
  texts(journal: Journal, partition: number): Promise<string[]>;
}

export const record = (partition: number, text: string): NewRecord => ({
  partition,
  messageCount: 1,
  bytes: Buffer.from(text),
});

/** One for each test; to be called after `requireEngine`, so that nothing is started where tests are skipped. */
export function useRedisJournal(...settings: readonly string[]): RedisJournalScene {
  let redis: TestRedis | undefined;
  let database: TestDatabase | undefined;
  const connections: RedisConnection[] = [];
  const logLines: string[] = [];
  const log = createLog({ part: 'ingest', level: 'info', write: (line) => void logLines.push(line) });

  beforeEach(async () => {
    logLines.length = 0;
    [redis, database] = await Promise.all([startTestRedis(...settings), createTestDatabase()]);
    await settleJournalPartitions(database.pool, PARTITIONS);
  });
  afterEach(async () => {
    for (const connection of connections.splice(0)) connection.close();
    await Promise.all([redis?.destroy(), database?.drop()]);
  });

  return {
    get redis() {
      return redis!;
    },
    get database() {
      return database!;
    },
    logLines,
    open(limits, url) {
      const connection = openRedis(url ?? redis!.url, { name: 'journal scene', log });
      connections.push(connection);
      return createRedisJournal({ redis: connection, pool: database!.pool, log, ...limits });
    },
    errors: () =>
      logLines.flatMap((line) => {
        const { level, msg } = JSON.parse(line) as { readonly level: string | number; readonly msg: string };
        return level === 50 || level === 'error' ? [msg] : [];
      }),
    async commit(partition, seq) {
      await database!.pool.query('update journal_partitions set seq = $2 where partition = $1', [partition, seq]);
    },
    async texts(journal, partition) {
      const records = await readAll(journal, new Map([[partition, 0]]));
      return records.map(({ bytes }) => bytes.toString());
    },
  };
}
