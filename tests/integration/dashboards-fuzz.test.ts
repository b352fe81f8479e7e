// Bad input on every route of the OpenAPI document: whatever a client sends, the answer is a problem that names the field and the
// remedy, never an internal error. What each route takes is read from the document, so a new route is tested without being listed here.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAlert } from '../dashboards/clinical-scene.ts';
import { createDevice, createPatient, createTeam, createTestApi, idOf, type TestApi } from '../dashboards/test-api.ts';

interface Schema {
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}
interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[];
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Schema } } };
}
type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
interface Route {
  readonly method: Method;
  readonly path: string;
  readonly operation: Operation;
}
interface Answer {
  readonly status: number;
  readonly type: string;
  readonly problem: { readonly detail?: string; readonly errors?: readonly { field: string; detail: string }[] };
}

let api: TestApi;
let routes: readonly Route[];
let ids: Readonly<Record<string, string>>;
let token: string;

beforeAll(async () => {
  api = await createTestApi();
  const { admin, database } = api;
  const organisationId = await idOf(admin.post('/organisations', { name: 'Region', kind: 'region' }), 'organisationId');
  const teamId = await createTeam(admin, 'Team', { organisationId });
  const patientId = await createPatient(admin, teamId);
  const deviceId = await createDevice(admin, { patientId });
  const gatewayId = await createDevice(admin, { kind: 'gateway', teamId });
  const userId = await idOf(admin.post('/users', { username: 'somebody', password: 'long enough' }), 'userId');
  const own = { username: 'fuzzer', password: 'the password of the fuzzer' };
  await admin.post('/grants', { userId: await idOf(admin.post('/users', own), 'userId'), role: 'admin' });
  token = (await api.server.inject({ method: 'POST', url: '/api/v1/session', payload: own })).json().token;
  const memberId = await idOf(admin.post(`/teams/${teamId}/members`, { name: 'M', role: 'gp' }), 'memberId');
  await admin.post(`/teams/${teamId}/members`, { name: 'F', role: 'gp', username: own.username });
  const treatment = { class: 'insulin', name: 'Glargine', from: Date.now() };
  const treatmentId = await idOf(admin.post(`/patients/${patientId}/treatments`, treatment), 'treatmentId');
  const grantId = await idOf(admin.post('/grants', { userId, role: 'gp', teamId }), 'grantId');
  const tokenId = await idOf(admin.post('/users/me/tokens'), 'tokenId');
  const bindings = await admin.get<{ items: { bindingId: string }[] }>(`/devices/${deviceId}/bindings`);
  const { rows } = await database.pool.query('select patient_key from patients where patient_id = $1', [patientId]);
  const alertId = await openAlert(api, { patientKey: rows[0].patient_key }, teamId);
  ids = {
    organisationId,
    parentId: organisationId,
    backingOrganisationId: organisationId,
    teamId,
    patientId,
    deviceId,
    gatewayId,
    userId,
    memberId,
    memberIds: memberId,
    treatmentId,
    grantId,
    tokenId,
    alertId,
    bindingId: bindings.body.items[0]!.bindingId,
    readingId: `${deviceId}.cgm.1`,
    rejectionId: '01a202b2-e94a-7010-9818-fef4b6efdf24',
    contactId: '01a202b2-e94a-7010-9818-fef4b6efdf25',
  };
  const { paths } = (await api.server.inject('/docs/json')).json<{
    paths: Record<string, Record<string, Operation>>;
  }>();
  routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase() as Method,
      path,
      operation,
    })),
  );
});
afterAll(() => api.close());

let asked = 0;

async function ask(method: Method, url: string, payload?: unknown): Promise<Answer> {
  asked += 1;
  const response = await api.server.inject({
    method,
    url,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    // Who signs in badly is slowed by address: here it is a different one each time.
    remoteAddress: `198.51.${(asked >>> 8) & 255}.${asked & 255}`,
    ...(payload === undefined ? {} : { payload: payload instanceof Buffer ? payload : JSON.stringify(payload) }),
  });
  const type = String(response.headers['content-type'] ?? '');
  return { status: response.statusCode, type, problem: type.includes('json') ? response.json() : {} };
}

/** What is to be said of an answer, where it isn't as promised. */
function faultOf({ status, type, problem }: Answer, mustName?: string): string | undefined {
  if (status >= 500) return `${status}`;
  if (status < 400) return mustName === undefined ? undefined : `${status}, and should have been refused`;
  if (!type.startsWith('application/problem+json')) return `${status} ${type}`;
  if (!problem.detail || problem.detail.length > 1000) return `${status} with a detail of ${problem.detail?.length}`;
  if (status !== 400) return mustName === undefined ? undefined : `${status} ${problem.detail}`;
  if (!problem.errors?.length) return `400 that names no field: ${problem.detail}`;
  if (
    mustName !== undefined &&
    !problem.errors.some(({ field }) => field === mustName || field.startsWith(`${mustName}/`))
  )
    return `400 that names ${problem.errors.map(({ field }) => field)}`;
  return undefined;
}

const fill = (path: string, replaced: Readonly<Record<string, string>> = {}) =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => replaced[name] ?? ids[name] ?? `no ${name}`);

const HUGE = 'x'.repeat(100_000);
const TEXTS: readonly string[] = [
  '',
  ' ',
  'a\0b',
  '\ud800',
  'NaN',
  '-1',
  '1e400',
  '2026-01-01T00:00:00',
  '2026-02-30T25:61:61Z',
  '9999-12-31T23:59:59-23:59',
  '+275760-09-13T00:00:00.000Z',
  HUGE,
];
const MORE_TEXTS = [
  '\u202e\u200f',
  '-Infinity',
  '99999999999999999999',
  '0000-01-01T00:00:00Z',
  "'; drop table x; --",
  '[]',
];
const VALUES: readonly unknown[] = [
  ...TEXTS,
  null,
  true,
  -1,
  0.5,
  1e308,
  Number.MAX_SAFE_INTEGER,
  [],
  {},
  [[]],
  Array(10_000).fill(0),
];
/** Ids that are none, as a path can hold them. */
const NO_IDS = ['x', '%00', '..%2f..', '%F0%9F%92%89', '-1', '01A202B2-DFF9-73C2-8404-34B9DF302543', 'x'.repeat(150)];
const NO_PATHS = ['%ff', '%zz', '%', 'x'.repeat(3000)];

interface Place {
  readonly path: readonly string[];
  readonly schema: Schema;
}

const typesOf = ({ type }: Schema): readonly string[] => (type === undefined ? [] : [type].flat());

function sampleOf(schema: Schema, name = ''): unknown {
  if (schema.enum) return schema.enum[0];
  if (schema.const !== undefined) return schema.const;
  const types = typesOf(schema);
  if (types.includes('object'))
    return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([key, part]) => [key, sampleOf(part, key)]));
  if (types.includes('array')) return schema.items ? [sampleOf(schema.items, name)] : [];
  if (types.includes('boolean')) return false;
  if (schema.format === 'uuid') return ids[name];
  if (schema.format === 'date') return '1960-01-01';
  if (schema.format === 'time-zone') return 'Asia/Shanghai';
  if (schema.format === 'local-time') return name === 'to' ? '2026-11-23T08:00' : '2026-11-22T08:00';
  if (schema.format === 'recurrence') return 'FREQ=DAILY';
  if (types.includes('string') && types.includes('integer')) return Date.now() - (name === 'to' ? 1_000 : 60_000);
  if (types.includes('integer') || types.includes('number')) return schema.minimum ?? 1;
  return name === 'channel' ? 'in_app' : 'long_enough_text';
}

/** Every field of a body, however deep; the body itself is the first. */
function placesOf(schema: Schema, path: readonly string[] = []): Place[] {
  const inside = Object.entries(schema.properties ?? {}).flatMap(([key, part]) => placesOf(part, [...path, key]));
  const items = schema.items ? placesOf(schema.items, [...path, '0']) : [];
  return [{ path, schema }, ...inside, ...items];
}

function withValue(body: unknown, path: readonly string[], value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (Array.isArray(body)) return body.with(Number(key), withValue(body[Number(key)], rest, value));
  const record = body as Record<string, unknown>;
  return { ...record, [key]: withValue(record[key], rest, value) };
}

/** Whether no schema of that type could let the value pass. */
function isOfOtherType({ type, enum: words }: Schema, value: unknown): boolean {
  if (type === undefined && words === undefined) return false;
  const types = words ? words.map((word) => typeof word) : typesOf({ type: type! });
  const own = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  return !types.some((allowed) => allowed === own || (own === 'number' && allowed === 'integer'));
}

async function expectNoFaults(checks: readonly (() => Promise<string | undefined>)[]): Promise<void> {
  const faults: (string | undefined)[] = [];
  for (let from = 0; from < checks.length; from += 8)
    faults.push(...(await Promise.all(checks.slice(from, from + 8).map((check) => check()))));
  // The first of them say enough.
  expect(faults.filter((fault) => fault !== undefined).slice(0, 30)).toEqual([]);
}

const shown = (value: unknown) => JSON.stringify(value)?.slice(0, 60);

describe('every route of the API', () => {
  it('is refused, naming it, where a part of its path is no id', async () => {
    const parts = routes.flatMap(({ method, path }) =>
      [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ method, path, name: name! })),
    );
    expect(parts.length).toBeGreaterThan(40);
    const checks = parts.flatMap(({ method, path, name }) =>
      NO_IDS.map((text) => async () => {
        const answer = await ask(method, fill(path, { [name]: text }), method === 'GET' ? undefined : {});
        // A reading's id is a text of three parts: one that is no such text is of no reading.
        const mustName = name === 'readingId' ? undefined : answer.problem.errors?.some(({ field }) => field === name);
        const fault = answer.status < 400 || mustName === false ? `${answer.status}` : faultOf(answer);
        return fault && `${method} ${path} with ${name} ${text}: ${fault}`;
      }),
    );
    await expectNoFaults(checks);
  });

  it.each(NO_PATHS)('is refused with a sentence where its path is none: %.10s', async (text) => {
    for (const { method, path } of routes.filter((route) => route.path.includes('{'))) {
      const { status, type, problem } = await ask(method, path.replace(/\{\w+\}/g, text));
      expect([400, 414], `${method} ${path}`).toContain(status);
      expect([type, problem.detail]).toEqual([
        expect.stringContaining('problem+json'),
        expect.stringMatching(/path|%/),
      ]);
    }
  });

  it('is refused, naming the parameter, where a query makes no sense', async () => {
    const queried = routes.filter(({ operation }) =>
      operation.parameters?.some((parameter) => parameter.in === 'query'),
    );
    expect(queried.length).toBeGreaterThan(10);
    const checks = queried.flatMap(({ method, path, operation }) => {
      const url = fill(path);
      const parameters = operation.parameters!.filter((parameter) => parameter.in === 'query');
      const ofText = parameters.flatMap(({ name, schema }) =>
        [...TEXTS, ...MORE_TEXTS].map((text) => async () => {
          const mustName = typesOf(schema).join() === 'integer' ? name : undefined;
          const sent = text === HUGE ? 'x'.repeat(10_000) : text;
          const fault = faultOf(
            await ask(method, `${url}?${name}=${encodeURIComponent(sent.toWellFormed())}`),
            mustName,
          );
          return fault && `${method} ${path}?${name}=${shown(text)}: ${fault}`;
        }),
      );
      const twice = parameters.map(({ name }) => async () => {
        const fault = faultOf(await ask(method, `${url}?${name}=1&${name}=2`), name);
        return fault && `${method} ${path}?${name} twice: ${fault}`;
      });
      const unknown = async () => {
        const fault = faultOf(await ask(method, `${url}?nobodyReadsThis=1`), 'nobodyReadsThis');
        return fault && `${method} ${path}?nobodyReadsThis: ${fault}`;
      };
      return [...ofText, ...twice, unknown];
    });
    await expectNoFaults(checks);
  });

  it('is refused, naming the field, where a body makes no sense', { timeout: 300_000 }, async () => {
    const written = routes.filter(({ operation }) => operation.requestBody);
    expect(written.length).toBeGreaterThan(25);
    const checks = written.flatMap(({ method, path, operation }) => {
      const { schema } = operation.requestBody!.content['application/json'];
      const sample = sampleOf(schema);
      return placesOf(schema).flatMap((place) =>
        VALUES.map((value) => async () => {
          const mustName = isOfOtherType(place.schema, value) ? place.path.join('/') : undefined;
          const fault = faultOf(await ask(method, fill(path), withValue(sample, place.path, value)), mustName);
          return fault && `${method} ${path} ${place.path.join('/')} = ${shown(value)}: ${fault}`;
        }),
      );
    });
    expect(checks.length).toBeGreaterThan(1000);
    await expectNoFaults(checks);
  });

  it('is refused where a body is no JSON, too deep, or would reach for the prototype', async () => {
    const bodies = [
      '{',
      '[1,]',
      '{"a":1}}',
      'NaN',
      `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
      '{"__proto__":{"a":1}}',
    ];
    const checks = routes
      .filter(({ operation }) => operation.requestBody)
      .flatMap(({ method, path }) =>
        bodies.map((body) => async () => {
          const answer = await ask(method, fill(path), Buffer.from(body));
          const isProblem =
            answer.status < 500 && answer.status >= 400 && answer.type.startsWith('application/problem+json');
          return isProblem ? undefined : `${method} ${path} ${body.slice(0, 20)}: ${answer.status}`;
        }),
      );
    await expectNoFaults(checks);
  });

  it('has made no ERROR of any of it', () => {
    expect(api.logged).toEqual([]);
  });
});
