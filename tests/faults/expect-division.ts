// How the partitions are divided among ingest's workers, and how soon anew after one of them has come or gone.
import type pg from 'pg';
import { expect } from 'vitest';
import { until } from '../system/until.ts';

const REBALANCED_MS = 10_000;

/** @param wanted how many partitions each worker holds that renews its leases, fewest first
 * @param sinceAt performance.now() of what happened */
export async function expectDivision(
  database: Pick<pg.Client, 'query'>,
  wanted: readonly number[],
  what: string,
  sinceAt: number,
): Promise<void> {
  const isSo = async () => JSON.stringify(await division(database)) === JSON.stringify(wanted);
  await until(`the partitions are divided as ${wanted}`, 20_000, isSo);
  const tookMs = Math.round(performance.now() - sinceAt);
  console.log(`${what}: the partitions are divided anew after ${tookMs} ms`);
  expect(tookMs).toBeLessThan(REBALANCED_MS);
}

async function division(database: Pick<pg.Client, 'query'>): Promise<number[]> {
  const { rows } = await database.query<{ partitions: number }>(
    `select count(*)::int as partitions from journal_partitions
     where worker_id is not null and lease_ends_at > clock_timestamp() group by worker_id order by 1`,
  );
  return rows.map(({ partitions }) => partitions);
}
