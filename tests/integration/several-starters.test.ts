// Roles in containers of their own: their supervisors know nothing of each other and prepare one empty database at the same moment.
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { openKysely, openPool } from '../../storage/database.ts';
import { ALL_MIGRATIONS } from '../../storage/migrations/all-migrations.ts';
import { migrateToLatest } from '../../storage/migrator.ts';
import { ensureAdmin } from '../../storage/registry/ensure-admin.ts';

const NAME = 'several_starters';
const STARTERS = [1, 2, 3, 4, 5];
let url = '';

async function asSuperuser(statement: string): Promise<void> {
  const client = new pg.Client(inject('testPostgres').superuserUrl);
  await client.connect();
  await client.query(statement).finally(() => client.end());
}

beforeAll(async () => {
  const template = new URL(inject('testPostgres').templateUrl);
  await asSuperuser(`create database ${NAME} owner ${template.username}`);
  url = Object.assign(template, { pathname: `/${NAME}` }).href;
});
afterAll(() => asSuperuser(`drop database if exists ${NAME} with (force)`));

test('of five that start at once one makes the schema, the others wait for it', async () => {
  const applied = await Promise.all(STARTERS.map(() => migrateToLatest(url)));
  expect(applied.toSorted((a, b) => b.length - a.length)).toEqual([Object.keys(ALL_MIGRATIONS), [], [], [], []]);
});

test('of five that start at once one makes the administrator, and one password is told', async () => {
  const told: string[] = [];
  const db = openKysely(openPool(url, { max: 5, applicationName: 'several starters' }));
  try {
    const announce = (line: string) => told.push(line);
    await Promise.all(STARTERS.map(() => ensureAdmin({ db, config: {}, announce })));
    expect(told).toHaveLength(1);
    expect(await db.selectFrom('users').select('username').execute()).toEqual([{ username: 'admin' }]);
    expect(await db.selectFrom('grants').select('role').execute()).toEqual([{ role: 'admin' }]);
  } finally {
    await db.destroy();
  }
});
