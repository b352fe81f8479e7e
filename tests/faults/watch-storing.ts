// Watches ingest's offsets: each move of them is a batch that has been stored, whichever engines journal and readings are in.
import pg from 'pg';
import { createProgressWatch, type ProgressWatch } from './progress-watch.ts';

const EVERY_MS = 50;
const AWAY_MS = 1_000;

export interface StoringWatch {
  /** Counts records. */
  readonly progress: ProgressWatch;
  stop(): Promise<void>;
}

/** Goes on while the database is away. */
export function watchStoring(databaseUrl: string): StoringWatch {
  const progress = createProgressWatch();
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: 1,
    connectionTimeoutMillis: AWAY_MS,
    query_timeout: AWAY_MS,
  });
  pool.on('error', () => undefined);
  let stopped = false;
  const done = (async () => {
    let known: number | undefined;
    while (!stopped) {
      const consumed = await pool
        .query<{ consumed: number }>('select sum(seq)::float8 as consumed from journal_partitions')
        .then(({ rows }) => rows[0]?.consumed)
        .catch(() => undefined);
      if (consumed !== undefined && consumed > (known ?? consumed)) progress.advance(consumed - known!);
      known = consumed ?? known;
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
    await pool.end();
  })();
  return {
    progress,
    stop: async () => {
      stopped = true;
      await done;
    },
  };
}
