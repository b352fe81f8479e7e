// There is always somebody who can let others in: the last administrator who can sign in stays, whoever else asks at the same time.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type ApiAnswer, type ApiCaller, createTestApi, type TestApi } from '../dashboards/test-api.ts';

let api: TestApi;
let first: ApiCaller;
let second: ApiCaller;
let made = 0;

beforeAll(async () => {
  api = await createTestApi();
  // A moment between what a request has looked at and what it changes, so that two at once always meet.
  await api.database.pool.query(`create function linger() returns trigger language plpgsql as
    $$ begin perform pg_sleep(0.1); return new; end $$`);
  for (const table of ['grants', 'users'])
    await api.database.pool.query(
      `create trigger linger before update on ${table} for each row execute function linger()`,
    );
});
afterAll(() => api.close());

beforeEach(async () => {
  await api.database.pool.query('update grants set revoked_at = now() where revoked_at is null');
  made += 1;
  first = await api.createCaller(`first.${made}`, [{ role: 'admin' }]);
  second = await api.createCaller(`second.${made}`, [{ role: 'admin' }]);
});

async function revoke(caller: ApiCaller, of: ApiCaller): Promise<ApiAnswer> {
  const { body } = await caller.get<{ items: { grantId: string }[] }>(`/grants?userId=${of.userId}`);
  return caller.delete(`/grants/${body.items[0]?.grantId}`);
}
const disable = (caller: ApiCaller, of: ApiCaller) => caller.patch(`/users/${of.userId}`, { disabled: true });

async function administrators(): Promise<number> {
  const { rows } = await api.database.pool.query(
    `select count(*)::int as n from grants join users using (user_id) where role = 'admin' and revoked_at is null and disabled_at is null`,
  );
  return rows[0].n;
}

it.each([
  ['take each other’s grant', () => [revoke(first, second), revoke(second, first)]],
  ['disable each other', () => [disable(first, second), disable(second, first)]],
  ['do either', () => [revoke(first, second), disable(second, first)]],
  ['take their own grants', () => [revoke(first, first), revoke(second, second)]],
])('of two administrators who %s at once one stays', async (_, both) => {
  const answers = await Promise.all(both());
  const refused = answers.filter(({ status }) => status >= 400);
  // Who was just removed may be told so before being told that nobody else is left.
  expect(refused.map(({ status }) => [401, 403, 404, 409].includes(status))).toEqual([true]);
  expect(await administrators()).toBe(1);
});

it('an administrator who is disabled is none: the grant of the only other one stays', async () => {
  expect((await disable(first, second)).status).toBe(200);
  expect(await revoke(first, first)).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining('last administrator') },
  });
  expect(await administrators()).toBe(1);
});

it('the grant of an administrator who is disabled can be taken away, and so can one of two of the same person', async () => {
  await disable(first, second);
  expect((await revoke(first, second)).status).toBe(204);
  await first.post('/grants', { userId: first.userId, role: 'admin' });
  expect((await revoke(first, first)).status).toBe(204);
  expect((await revoke(first, first)).status).toBe(409);
});
