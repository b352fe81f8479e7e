import { expect, test } from 'vitest';
import { createTestDatabase } from '../test-database.ts';

test('a test gets a migrated database of its own, which is gone afterwards', async () => {
  const database = await createTestDatabase();
  const other = await createTestDatabase();
  const { rows } = await database.pool.query('select count(*) as applied from kysely_migration');
  expect(rows[0].applied).toBeGreaterThan(0);
  await database.pool.query('create table mine (id integer)');
  await expect(other.pool.query('select * from mine')).rejects.toThrow(/does not exist/);
  await database.drop();
  await expect(
    other.pool.query('select 1 from pg_database where datname = $1', [new URL(database.url).pathname.slice(1)]),
  ).resolves.toMatchObject({
    rowCount: 0,
  });
  await other.drop();
});
