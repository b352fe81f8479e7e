// Signing in: sessions, tokens, and what guessing costs.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ensureAdmin } from '../../storage/registry/ensure-admin.ts';
import { createTestApi, type TestApi } from '../dashboards/test-api.ts';

const PASSWORD = 'correct horse battery staple';
let api: TestApi;

beforeAll(async () => {
  api = await createTestApi();
  await api.admin.post('/users', { username: 'Doctor', password: PASSWORD });
});
afterAll(() => api.close());

const signIn = (username: string, password: string, remoteAddress = '192.0.2.1') =>
  api.server.inject({ method: 'POST', url: '/api/v1/session', payload: { username, password }, remoteAddress });
const ask = (path: string, headers: Record<string, string>) => api.server.inject({ url: `/api/v1${path}`, headers });

describe('a session', () => {
  it('is carried by a cookie that no script can read and no foreign page can send, or as a bearer token', async () => {
    const response = await signIn('doctor', PASSWORD);
    expect(response.statusCode).toBe(201);
    const { token, username } = response.json();
    expect(username).toBe('Doctor');
    const [cookie] = response.cookies;
    expect(cookie).toMatchObject({
      name: 'pulseward_session',
      value: token,
      httpOnly: true,
      sameSite: 'Strict',
      path: '/',
    });
    expect((await ask('/users/me', { cookie: `pulseward_session=${token}` })).json()).toMatchObject({
      username: 'Doctor',
    });
    expect((await ask('/users/me', { authorization: `Bearer ${token}` })).statusCode).toBe(200);
  });

  it('is kept as a hash only, and ends when signed out', async () => {
    const { token } = (await signIn('doctor', PASSWORD)).json();
    const { rows } = await api.database.pool.query('select row_to_json(t)::text as row from tokens t');
    expect(rows.some(({ row }) => row.includes(token))).toBe(false);
    const headers = { authorization: `Bearer ${token}` };
    const out = await api.server.inject({ method: 'DELETE', url: '/api/v1/session', headers });
    expect(out.statusCode).toBe(204);
    expect((await ask('/users/me', headers)).statusCode).toBe(401);
  });

  it('ends with all others of the user when the password changes or the user is disabled', async () => {
    const { body } = await api.admin.post('/users', { username: 'leaver', password: PASSWORD });
    const { token } = (await signIn('leaver', PASSWORD)).json();
    await api.admin.patch(`/users/${body.userId}`, { disabled: true });
    expect((await ask('/users/me', { authorization: `Bearer ${token}` })).statusCode).toBe(401);
    expect((await signIn('leaver', PASSWORD)).statusCode).toBe(401);
    await api.admin.patch(`/users/${body.userId}`, { disabled: false, password: `${PASSWORD} 2` });
    expect((await signIn('leaver', `${PASSWORD} 2`)).statusCode).toBe(201);
  });
});

describe('an API token', () => {
  it('is shown once, listed without itself, and ends when it expires or is revoked', async () => {
    const made = await api.admin.post<{ token: string; tokenId: string }>('/users/me/tokens', { name: 'export' });
    const headers = { authorization: `Bearer ${made.body.token}` };
    expect((await ask('/users/me', headers)).statusCode).toBe(200);
    const { body } = await api.admin.get<{ items: object[] }>('/users/me/tokens');
    expect(body.items).toContainEqual({ tokenId: made.body.tokenId, name: 'export', createdAt: expect.any(String) });
    expect((await api.admin.delete(`/users/me/tokens/${made.body.tokenId}`)).status).toBe(204);
    expect((await ask('/users/me', headers)).statusCode).toBe(401);

    const past = await api.admin.post('/users/me/tokens', { expiresAt: '2020-01-01T00:00:00Z' });
    expect(past.body.errors).toMatchObject([{ field: 'expiresAt' }]);
    const short = await api.admin.post<{ token: string }>('/users/me/tokens', { expiresAt: Date.now() + 300 });
    const shortHeaders = { authorization: `Bearer ${short.body.token}` };
    await vi.waitFor(async () => expect((await ask('/users/me', shortHeaders)).statusCode).toBe(401), {
      timeout: 3_000,
    });
  });
});

describe('guessing a password', () => {
  it('is answered alike for a known and an unknown user', async () => {
    const known = await signIn('doctor', 'wrong password', '192.0.2.2');
    const unknown = await signIn('nobody', 'wrong password', '192.0.2.2');
    expect([known.statusCode, unknown.statusCode]).toEqual([401, 401]);
    expect(known.json()).toEqual(unknown.json());
  });

  it('makes that name wait from that address, ever longer, also when many try at once, and nobody else', async () => {
    const tries = await Promise.all(Array.from({ length: 12 }, () => signIn('doctor', 'wrong password', '192.0.2.3')));
    const refused = tries.filter(({ statusCode }) => statusCode === 429);
    expect(tries.filter(({ statusCode }) => statusCode === 401)).toHaveLength(5);
    expect(refused).toHaveLength(7);
    expect(Number(refused[0]?.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    const { pool } = api.database;
    const waits = async () =>
      (
        await pool.query(
          'select max(extract(epoch from blocked_until - last_at))::float8 as s from sign_in_failures where failures > 4',
        )
      ).rows[0].s;
    const until = (when: string) =>
      pool.query(`update sign_in_failures set blocked_until = now() + $1::interval`, [when]);
    const before = await waits();

    await until('1 minute');
    const blocked = await signIn('doctor', PASSWORD, '192.0.2.3');
    expect(blocked.statusCode).toBe(429);
    expect(blocked.json().detail).toMatch(/wait \d+ s/);
    expect((await signIn('doctor', PASSWORD, '192.0.2.4')).statusCode).toBe(201);

    await until('-1 second');
    expect((await signIn('doctor', 'wrong password', '192.0.2.3')).statusCode).toBe(401);
    expect(await waits()).toBe(2 * before);
    await until('-1 second');
    expect((await signIn('doctor', PASSWORD, '192.0.2.3')).statusCode).toBe(201);
  });

  it('with ever other names makes the address wait, a little, and whoever knows a password there still gets in', async () => {
    const { pool } = api.database;
    const from = '192.0.2.7';
    const ofAddress = (what: string) =>
      pool.query(
        `${what} where subject = encode(sha256($1::bytea), 'hex')
         returning failures, extract(epoch from blocked_until - last_at)::float8 as wait`,
        [from],
      );
    const nothing = 'update sign_in_failures set failures = failures';
    expect((await signIn('guess1', 'wrong password', from)).statusCode).toBe(401);
    expect((await ofAddress(nothing)).rows).toEqual([{ failures: 1, wait: 0 }]);
    await ofAddress('update sign_in_failures set failures = 20');
    expect((await signIn('guess2', 'wrong password', from)).statusCode).toBe(401);
    expect((await ofAddress(nothing)).rows).toEqual([{ failures: 21, wait: 1 }]);
    await ofAddress(`update sign_in_failures set blocked_until = now() + interval '1 minute'`);
    expect((await signIn('guess3', 'wrong password', from)).statusCode).toBe(429);
    expect((await signIn('doctor', PASSWORD, '192.0.2.8')).statusCode).toBe(201);
    await ofAddress('update sign_in_failures set blocked_until = now()');
    expect((await signIn('doctor', PASSWORD, from)).statusCode).toBe(201);
    expect((await ofAddress(nothing)).rows).toMatchObject([{ failures: 21 }]);
    await ofAddress('update sign_in_failures set failures = 500');
    expect((await signIn('guess4', 'wrong password', from)).statusCode).toBe(401);
    expect((await ofAddress(nothing)).rows).toEqual([{ failures: 501, wait: 30 }]);
    const later = `blocked_until = now(), last_at = now() - interval '495 minutes'`;
    await ofAddress(`update sign_in_failures set ${later}`);
    expect((await signIn('guess5', 'wrong password', from)).statusCode).toBe(401);
    expect((await ofAddress(nothing)).rows).toEqual([{ failures: 7, wait: 0 }]);
  });

  it('is written to the audit without the password', async () => {
    await signIn('doctor', 'wrong password', '192.0.2.5');
    await vi.waitFor(
      async () => {
        const { rows } = await api.database.pool.query(
          `select * from audit_log where action = 'refuse' and detail->>'address' = '192.0.2.5'`,
        );
        expect(rows).toMatchObject([{ actor: 'anonymous', status: 401 }]);
        expect(JSON.stringify(rows)).not.toContain('wrong password');
      },
      { timeout: 3_000 },
    );
  });
});

describe('the first administrator', () => {
  it('is made once, with a password that is told once, and can always be reset by configuration', async () => {
    const { db } = api.services;
    const told: string[] = [];
    const announce = (line: string) => told.push(line);
    await ensureAdmin({ db, config: { adminPassword: undefined }, announce });
    await ensureAdmin({ db, config: { adminPassword: undefined }, announce });
    expect(told).toHaveLength(1);
    const [, password] = /password (\S+)/.exec(told[0]!)!;
    expect((await signIn('admin', password!, '192.0.2.6')).statusCode).toBe(201);
    await ensureAdmin({ db, config: { adminPassword: PASSWORD }, announce });
    expect((await signIn('admin', password!, '192.0.2.6')).statusCode).toBe(401);
    const { token } = (await signIn('admin', PASSWORD, '192.0.2.6')).json();
    const made = await api.server.inject({
      method: 'POST',
      url: '/api/v1/teams',
      payload: { name: 'Team' },
      headers: { authorization: `Bearer ${token}` },
    });
    expect(made.statusCode).toBe(201);
    expect(told).toHaveLength(1);
  });

  it('that was disabled is let in again by the configured password, which has to be one', async () => {
    const { db } = api.services;
    const announce = () => undefined;
    await api.database.pool.query(`update users set disabled_at = now() where username = 'admin'`);
    await ensureAdmin({ db, config: { adminPassword: PASSWORD }, announce });
    expect((await signIn('admin', PASSWORD, '192.0.2.9')).statusCode).toBe(201);
    for (const adminPassword of ['short', 'x'.repeat(257)])
      await expect(ensureAdmin({ db, config: { adminPassword }, announce })).rejects.toThrow(
        'PULSEWARD_ADMIN_PASSWORD',
      );
  });

  it('can’t disable the last who could let anybody in again', async () => {
    const { admin, database } = api;
    await database.pool.query(`update users set disabled_at = now() where username = 'admin'`);
    const refused = await admin.patch(`/users/${admin.userId}`, { disabled: true });
    expect([refused.status, refused.body.detail]).toEqual([409, expect.stringContaining('last administrator')]);
    expect((await admin.get('/users/me')).status).toBe(200);
    const other = await api.createCaller('second.admin', [{ role: 'admin' }]);
    expect((await other.patch(`/users/${admin.userId}`, { disabled: true })).status).toBe(200);
    expect((await other.patch(`/users/${other.userId}`, { disabled: true })).status).toBe(409);
    expect((await other.patch(`/users/${admin.userId}`, { disabled: false })).status).toBe(200);
  });
});
