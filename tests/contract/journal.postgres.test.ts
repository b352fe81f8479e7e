import { Pool } from 'pg';
import { createPostgresJournal, POSTGRES_RETENTION } from '../../storage/journal/postgres-journal.ts';
import { createTestDatabase } from '../test-database.ts';
import { describeJournal } from './journal.contract.ts';

const DAYS_4_MS = 4 * 24 * 3_600_000;

describeJournal('the journal on Postgres', async () => {
  const database = await createTestDatabase();
  const unreachable = new Pool({ host: '127.0.0.1', port: 1 });
  return {
    pool: database.pool,
    open: (limits) => createPostgresJournal({ pool: database.pool, retention: POSTGRES_RETENTION, ...limits }),
    openUnreachable: () => createPostgresJournal({ pool: unreachable }),
    // The test server runs without fsync.
    openUnsafe: async () => ({
      journal: createPostgresJournal({ pool: database.pool }),
      settings: ['fsync', 'full_page_writes', 'synchronous_commit'],
    }),
    async passRetention() {
      // A table for every second record, so that some hours are consumed and others are not.
      const { rows } = await database.pool.query('select distinct seq from journal_records order by seq');
      for (const [index, { seq }] of rows.entries()) {
        const hour = Math.floor((Date.now() - DAYS_4_MS) / 3_600_000) * 3_600_000 + index * 3_600_000;
        const table = `journal_records_${new Date(hour).toISOString().slice(0, 13).replace(/\D/g, '')}`;
        await database.pool.query(`create table ${table} (like journal_records including all)`);
        await database.pool.query(
          `alter table journal_records attach partition ${table} for values from (${hour}) to (${hour + 3_600_000})`,
        );
        await database.pool.query('update journal_records set appended_at = $1 where seq = $2', [hour, seq]);
      }
    },
    async close() {
      await unreachable.end();
      await database.drop();
    },
  };
});
