// The API's manners: schemas everywhere, problems that help, pages, headers.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPatient, createTeam, createTestApi, type TestApi } from '../dashboards/test-api.ts';

interface Operation {
  readonly responses?: Readonly<
    Record<string, { content?: Record<string, { schema?: { properties?: object } }>; description?: string }>
  >;
  readonly requestBody?: { content: { 'application/json': { schema: Record<string, unknown> } } };
  readonly parameters?: readonly { readonly name: string }[];
}

let api: TestApi;
let teamId: string;
let headers: { authorization: string };

beforeAll(async () => {
  api = await createTestApi();
  teamId = await createTeam(api.admin, 'Team');
  headers = { authorization: `Bearer ${api.admin.token}` };
});
afterAll(() => api.close());

const PATIENT = { name: 'Test Patient', birthDate: '1961-04-05', sex: 'female', conditions: [] };

describe('every route', () => {
  it('has a schema for what it takes and what it answers, and refuses fields that nobody reads', async () => {
    const { paths } = (await api.server.inject('/docs/json')).json() as {
      paths: Record<string, Record<string, Operation>>;
    };
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, path, method, operation })),
    );
    expect(operations.length).toBeGreaterThan(45);
    for (const { name, path, operation } of operations) {
      const codes = Object.keys(operation.responses ?? {});
      expect(
        codes.some((code) => code.startsWith('2')),
        `${name}: an answer`,
      ).toBe(true);
      if (path.startsWith('/api/v1'))
        expect(Object.keys(operation.responses?.['4XX']?.content ?? {}), `${name}: problems`).toEqual([
          'application/problem+json',
        ]);
      const placeholders = path.match(/\{/g)?.length ?? 0;
      expect(operation.parameters?.length ?? 0, `${name}: parameters`).toBeGreaterThanOrEqual(placeholders);
      const body = operation.requestBody?.content['application/json'].schema;
      if (body) expect(body.additionalProperties, `${name}: unknown fields`).toBe(false);
    }
  });

  it('that answers a list takes a limit and a cursor', async () => {
    const { paths } = (await api.server.inject('/docs/json')).json() as {
      paths: Record<string, Record<string, Operation>>;
    };
    const lists = Object.entries(paths).flatMap(([path, { get }]) => {
      const properties = get?.responses?.['200']?.content?.['application/json']?.schema?.properties;
      return get && properties && 'items' in properties ? [{ path, parameters: get.parameters ?? [] }] : [];
    });
    expect(lists.length).toBeGreaterThan(14);
    for (const { path, parameters } of lists)
      expect(
        parameters.map(({ name }) => name),
        path,
      ).toEqual(expect.arrayContaining(['limit', 'cursor']));
  });

  it('that writes below a patient, a team or a device asks for a permission there', async () => {
    const stranger = await api.createCaller('stranger', []);
    const patientId = await createPatient(api.admin, teamId);
    const { paths } = (await api.server.inject('/docs/json')).json() as {
      paths: Record<string, Record<string, Operation>>;
    };
    const scoped = Object.entries(paths).filter(([path]) => /\{(patientId|teamId|deviceId)\}/.test(path));
    expect(scoped.length).toBeGreaterThan(15);
    for (const [path, methods] of scoped) {
      const url = path
        .replace('{patientId}', patientId)
        .replace('{teamId}', teamId)
        .replace(/\{\w+\}/g, patientId);
      for (const method of Object.keys(methods)) {
        const { statusCode } = await api.server.inject({
          method: method.toUpperCase() as 'GET',
          url,
          headers: { authorization: `Bearer ${stranger.token}` },
        });
        // 400 where a body that is missing is noticed first: nothing was looked up by then.
        expect([400, 404], `${method} ${path}`).toContain(statusCode);
      }
    }
  });
});

describe('bad input', () => {
  const cases: readonly [string, object, string, RegExp][] = [
    ['a missing field', { ...PATIENT, name: undefined }, 'name', /name is missing/],
    ['an unknown field', { ...PATIENT, surname: 'x' }, 'surname', /not a field here/],
    ['a wrong type', { ...PATIENT, conditions: 'hypertension' }, 'conditions', /must be of type array/],
    ['a wrong word', { ...PATIENT, sex: 'f' }, 'sex', /one of female, male, other, unknown/],
    ['a day that does not exist', { ...PATIENT, birthDate: '1961-02-30' }, 'birthDate', /calendar date, YYYY-MM-DD/],
    ['a zone that does not exist', { ...PATIENT, timeZone: 'Asia/Nowhere' }, 'timeZone', /IANA time zone/],
    ['an offset instead of a zone', { ...PATIENT, timeZone: '+08:00' }, 'timeZone', /IANA time zone/],
    ['a name of spaces', { ...PATIENT, name: '  ' }, 'name', /some text/],
    ['a name that is too long', { ...PATIENT, name: 'x'.repeat(101) }, 'name', /at most 100 characters/],
    [
      'a part of a list',
      { ...PATIENT, identifiers: [{ system: 'a', value: 'b' }, { system: 'a' }] },
      'identifiers/1/value',
      /missing/,
    ],
    ['a birth in the future', { ...PATIENT, birthDate: '2999-01-01' }, 'birthDate', /future/],
    [
      'a team that does not exist',
      { ...PATIENT, teamId: '00000000-0000-7000-8000-000000000000' },
      'teamId',
      /no such team/,
    ],
  ];
  it.each(cases)('%s is refused by name, with the remedy', async (_, body, field, detail) => {
    const { status, body: problem, headers } = await api.admin.post('/patients', { teamId, ...body });
    expect(status).toBe(400);
    expect(headers['content-type']).toContain('application/problem+json');
    expect(problem).toMatchObject({ type: 'urn:pulseward:problem:invalid', status: 400, title: expect.any(String) });
    expect(problem.errors).toEqual(expect.arrayContaining([{ field, detail: expect.stringMatching(detail) }]));
  });

  it.each([
    ['/patients?limit=0', 'limit'],
    ['/patients?limit=1001', 'limit'],
    ['/patients?limit=ten', 'limit'],
    ['/patients?order=risk', 'order'],
    ['/patients?cursor=nonsense', 'cursor'],
    ['/patients/not-an-id', 'patientId'],
    ['/devices?patientId=1', 'patientId'],
  ])('%s is refused and names %s', async (path, field) => {
    const { status, body } = await api.admin.get<{ errors: { field: string }[] }>(path);
    expect(status).toBe(400);
    expect(body.errors.map((error) => error.field)).toContain(field);
  });

  it('an instant without an offset is refused, with an offset or as epoch milliseconds it is taken', async () => {
    const patientId = await createPatient(api.admin, teamId);
    const report = (at: unknown) => api.admin.post(`/patients/${patientId}/symptoms`, { at, code: 'fall' });
    expect((await report('2026-01-02T08:00:00')).body.errors).toMatchObject([{ field: 'at' }]);
    expect((await report('2026-01-02T08:00:00+08:00')).body.at).toBe('2026-01-02T00:00:00.000Z');
    expect((await report(1_767_312_000_000)).body.at).toBe('2026-01-02T00:00:00.000Z');
  });

  const cursorOf = (position: unknown) => Buffer.from(JSON.stringify(position)).toString('base64url');
  const anId = '00000000-0000-7000-8000-000000000000';
  it.each([
    ['/devices', 1e300],
    ['/devices', -1],
    ['/patients', { patientKey: 1e12, score: 0 }],
    ['/patients', { patientKey: 1, score: 1.5 }],
    ['/alerts', { openedAt: 1.5, alertId: anId }],
    ['/rejections', { receivedAt: 1e300, rejectionId: anId }],
  ])('a cursor of %s with the position %j is none', async (path, position) => {
    const { status, body } = await api.admin.get(`${path}?cursor=${cursorOf(position)}`);
    expect([status, body.errors]).toMatchObject([400, [{ field: 'cursor' }]]);
  });

  it('a control character is refused wherever it comes', async () => {
    const signIn = { method: 'POST' as const, url: '/api/v1/session' };
    const answers = await Promise.all([
      api.server
        .inject({ ...signIn, payload: { username: 'a\0b', password: 'long enough' } })
        .then((r) => r.statusCode),
      api.admin.post(`/teams/${teamId}/members`, { name: 'M', role: 'gp', username: 'a\0b' }).then((r) => r.status),
      api.admin.post('/grants', { role: 'gp', teamId, username: 'a\0b' }).then((r) => r.status),
      api.admin.post('/readings/%00/void', { reason: 'wrong' }).then((r) => r.status),
      api.admin.get('/alerts?state=%00').then((r) => r.status),
    ]);
    expect(answers).toEqual([400, 400, 400, 400, 400]);
    expect(api.logged).toEqual([]);
  });

  const refuseTeamsWith = async (sqlState: string) => {
    const { pool } = api.database;
    await pool.query(`create function refuse() returns trigger language plpgsql as
      $$ begin raise exception 'SECRET' using errcode = '${sqlState}'; end $$`);
    await pool.query('create trigger refuse before insert on teams for each row execute function refuse()');
    return api.admin
      .post('/teams', { name: 'Refused' })
      .finally(() => pool.query('drop trigger refuse on teams; drop function refuse()'));
  };
  it.each([
    ['what no schema foresaw and Postgres can’t hold is the request’s fault', '22P02', 400],
    ['a deadlock is to be tried again', '40P01', 503],
  ])('%s (%s)', async (_, sqlState, status) => {
    const answer = await refuseTeamsWith(sqlState);
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.body)).not.toContain('SECRET');
    expect(api.logged).toEqual([]);
  });

  const post = (payload: string, type: string) =>
    api.server.inject({
      method: 'POST',
      url: '/api/v1/teams',
      payload,
      headers: { 'content-type': type, authorization: `Bearer ${api.admin.token}` },
    });
  it.each([
    ['broken JSON', '{"name":', 'application/json', 400, /not valid JSON/],
    ['a form, as a foreign page could send it', 'name=x', 'application/x-www-form-urlencoded', 415, /as JSON/],
    ['plain text', '{"name":"x"}', 'text/plain', 415, /as JSON/],
    ['more than 1 MiB', JSON.stringify({ name: 'x'.repeat(1_100_000) }), 'application/json', 413, /too large/],
    ['no object', '[]', 'application/json', 400, /must be of type object/],
  ])('%s is refused with a sentence', async (_, payload, type, status, detail) => {
    const response = await post(payload, type);
    expect(response.statusCode).toBe(status);
    expect(response.json().detail).toMatch(detail);
  });
});

describe('answers', () => {
  it('that do not exist are problems too', async () => {
    const response = await api.server.inject('/api/v1/nowhere');
    expect([response.statusCode, response.json().type]).toEqual([404, 'urn:pulseward:problem:not_found']);
  });

  it('of a bug tell a request id and nothing of the inside', async () => {
    await api.database.pool.query('alter table device_models rename to moved');
    const { status, body } = await api.admin
      .get('/device-models')
      .finally(() => api.database.pool.query('alter table moved rename to device_models'));
    expect(status).toBe(500);
    expect(body).toMatchObject({ type: 'urn:pulseward:problem:internal', requestId: expect.any(String) });
    expect(JSON.stringify(body)).not.toContain('relation');
    expect(api.logged).toHaveLength(1);
    expect(JSON.parse(api.logged[0] ?? '')).toMatchObject({
      requestId: body.requestId,
      route: '/api/v1/device-models',
    });
  });

  it('carry the headers that keep browsers from guessing, framing and caching', async () => {
    const { headers } = await api.admin.get('/teams');
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'cache-control': 'no-store',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
    });
  });

  it('come in pages that skip and repeat nothing', async () => {
    const own = await createTeam(api.admin, 'Paged');
    const made: string[] = [];
    for (let index = 0; index < 7; index++)
      made.push(await createPatient(api.admin, own, { name: `Patient ${index}` }));
    for (const sort of ['registration', 'risk']) {
      const seen: string[] = [];
      let cursor = '';
      do {
        const { body } = await api.admin.get<{ items: { patientId: string }[]; nextCursor?: string }>(
          `/patients?teamId=${own}&sort=${sort}&limit=3${cursor}`,
        );
        seen.push(...body.items.map(({ patientId }) => patientId));
        cursor = body.nextCursor ? `&cursor=${body.nextCursor}` : '';
      } while (cursor);
      expect(seen).toEqual(made);
    }
  });
});

describe('a short list', () => {
  it('comes in pages too, that skip and repeat nothing', async () => {
    const patientId = await createPatient(api.admin, teamId);
    const path = `/patients/${patientId}/symptoms`;
    for (let n = 0; n < 5; n++)
      await api.admin.post(path, { at: 1_767_312_000_000 + (n % 2), code: 'fall', note: `${n}` });
    const whole = (await api.admin.get<{ items: { symptomId: string }[] }>(path)).body;
    expect(whole).toEqual({ items: expect.any(Array) });
    const seen: unknown[] = [];
    let next: string | undefined = '';
    while (next !== undefined) {
      const { body }: { body: { items: object[]; nextCursor?: string } } = await api.admin.get(
        `${path}?limit=2${next}`,
      );
      expect(body.items.length).toBeLessThanOrEqual(2);
      seen.push(...body.items);
      next = body.nextCursor && `&cursor=${body.nextCursor}`;
    }
    expect(seen).toEqual(whole.items);
    expect(seen).toHaveLength(5);
  });

  it('says so where what the page before ended with is gone', async () => {
    for (const name of ['a', 'b', 'c']) await api.admin.post('/users/me/tokens', { name });
    const first = await api.admin.get<{ items: { tokenId: string }[]; nextCursor: string }>('/users/me/tokens?limit=2');
    const last = first.body.items[1]!;
    await api.services.db.deleteFrom('tokens').where('token_id', '=', last.tokenId).execute();
    const { status, body } = await api.admin.get(`/users/me/tokens?cursor=${first.body.nextCursor}`);
    expect([status, body.errors]).toMatchObject([
      400,
      [{ field: 'cursor', detail: expect.stringContaining('begin again') }],
    ]);
  });
});

describe('a creating request of which nothing is required', () => {
  it('may leave its body out; one that would change something may not', async () => {
    expect((await api.server.inject({ method: 'POST', url: '/api/v1/users/me/tokens', headers })).statusCode).toBe(201);
    const patientId = await createPatient(api.admin, teamId);
    const url = `/api/v1/patients/${patientId}/plan`;
    expect((await api.server.inject({ method: 'PUT', url, headers })).statusCode).toBe(400);
  });
});

describe('an identifier', () => {
  it.each(['resident_id', 'MRN', 'urn:oid:2.16.156.10011', 'https://example.org/ids/card-no'])(
    'may be of a system named %s',
    async (system) => {
      const patientId = await createPatient(api.admin, teamId, { identifiers: [{ system, value: 'A 1' }] });
      expect((await api.admin.get(`/patients/${patientId}`)).body.identifiers).toEqual([{ system, value: 'A 1' }]);
    },
  );

  it('needs a system that has a name', async () => {
    const identifiers = [{ system: 'resident id', value: '1' }];
    const { status, body } = await api.admin.post('/patients', { ...PATIENT, teamId, identifiers });
    expect([status, body.errors]).toMatchObject([400, [{ field: 'identifiers/0/system' }]]);
  });
});

describe('whoever runs it', () => {
  it('sees that it lives, what it depends on by name, and its counters', async () => {
    expect((await api.server.inject('/healthz')).json()).toEqual({ status: 'alive' });
    const ready = await api.server.inject('/readyz');
    expect(ready.statusCode).toBe(200);
    const { dependencies } = ready.json() as { dependencies: { name: string; ready: boolean }[] };
    expect(dependencies.map(({ name, ready: is }) => [name, is])).toEqual([
      ['database', true],
      ['journal', true],
      ['queue', true],
      ['roles', true],
    ]);
    expect((await api.server.inject('/metrics')).body).toContain('pulseward_http_requests_total{');
  });
});
