// The HTTP API on a database of its own, asked without a port: everything is real but the queue, which no route here needs.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { v7 as uuidv7 } from 'uuid';
import { buildServer } from '../../dashboards/build-server.ts';
import type { DashboardsServices } from '../../dashboards/services.ts';
import { readConfig } from '../../runtime/config.ts';
import { createCounters } from '../../runtime/counters.ts';
import { createLog } from '../../runtime/log.ts';
import { createLonePeers } from '../../runtime/peers.ts';
import { openKysely } from '../../storage/database.ts';
import { createPostgresJournal } from '../../storage/journal/postgres-journal.ts';
import type { JobQueue } from '../../storage/ports/job-queue.ts';
import { createPostgresTimeSeries } from '../../storage/readings/postgres-time-series.ts';
import type { Grant } from '../../storage/registry/access.ts';
import { createAccessDirectory } from '../../storage/registry/access-directory.ts';
import { createAuditLog } from '../../storage/registry/audit-log.ts';
import { createDeviceDirectory } from '../../storage/registry/device-directory.ts';
import { seedDeviceModels } from '../../storage/registry/device-models.ts';
import { addGrant } from '../../storage/registry/grants.ts';
import { createPatientIdentities } from '../../storage/registry/patient-identities.ts';
import { createPatientProfiles } from '../../storage/registry/patient-profiles.ts';
import { createRegistryChanges } from '../../storage/registry/registry-changes.ts';
import { issueToken } from '../../storage/registry/tokens.ts';
import { openVault } from '../../storage/registry/vault.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';

/** A parsed answer; tests say with `T` what they expect to find in it. */
export interface ApiAnswer<T = Record<string, unknown>> {
  readonly status: number;
  readonly body: T;
  readonly headers: Readonly<Record<string, unknown>>;
}

export interface ApiCaller {
  readonly userId: string;
  readonly token: string;
  get<T = Record<string, unknown>>(path: string): Promise<ApiAnswer<T>>;
  post<T = Record<string, unknown>>(path: string, body?: object): Promise<ApiAnswer<T>>;
  put<T = Record<string, unknown>>(path: string, body: object): Promise<ApiAnswer<T>>;
  patch<T = Record<string, unknown>>(path: string, body: object): Promise<ApiAnswer<T>>;
  delete(path: string): Promise<ApiAnswer>;
}

export interface TestApi {
  readonly server: FastifyInstance;
  readonly services: DashboardsServices;
  readonly database: TestDatabase;
  readonly admin: ApiCaller;
  /** Lines of the log at ERROR. */
  readonly logged: readonly string[];
  /** What the API takes for now, epoch ms; the real time until it is set. */
  setNow(now: number): void;
  createCaller(username: string, grants: readonly Grant[]): Promise<ApiCaller>;
  close(): Promise<void>;
}

export async function createTestApi(env: Readonly<Record<string, string>> = {}): Promise<TestApi> {
  const database = await createTestDatabase();
  const directory = mkdtempSync(join(tmpdir(), 'pulseward-api-'));
  const config = readConfig({ env: { PULSEWARD_DATA_DIR: directory, DATABASE_URL: database.url, ...env } });
  const { pool, url: databaseUrl } = database;
  const logged: string[] = [];
  const log = createLog({ part: 'test', level: 'error', write: (line) => logged.push(line) });
  const counters = createCounters({ part: 'dashboards' });
  const db = openKysely(pool);
  const changes = createRegistryChanges({ pool, databaseUrl });
  const access = createAccessDirectory({ db, changes });
  access.follow();
  await changes.start();
  const devices = createDeviceDirectory({ pool, changes });
  devices.follow();
  const profiles = createPatientProfiles({ pool, changes });
  profiles.follow();
  await seedDeviceModels(db);
  const vault = await openVault(db, config.encryptionKeyFile);
  let fixedNow: number | undefined;

  const storage = {
    databaseUrl,
    pool,
    db,
    journal: createPostgresJournal({ pool }),
    timeSeries: createPostgresTimeSeries({ pool }),
    jobQueue: idleQueue,
    changes,
    devices,
    profiles,
  };
  const services: DashboardsServices = {
    config,
    log,
    counters,
    peers: createLonePeers('dashboards', counters),
    storage,
    db,
    vault,
    identities: createPatientIdentities(vault),
    access,
    audit: createAuditLog(db),
    now: () => fixedNow ?? Date.now(),
  };
  const server = await buildServer(services);
  await server.ready();

  async function createCaller(username: string, grants: readonly Grant[]): Promise<ApiCaller> {
    const userId = uuidv7();
    await db.insertInto('users').values({ user_id: userId, username, password_hash: 'never signs in' }).execute();
    for (const grant of grants) await addGrant(db, userId, grant);
    const { token } = await issueToken(db, { userId, kind: 'api' });
    return createClient(server, userId, token);
  }

  return {
    server,
    services,
    database,
    admin: await createCaller('root', [{ role: 'admin' }]),
    logged,
    setNow(now) {
      fixedNow = now;
    },
    createCaller,
    async close() {
      await server.close();
      await changes.stop();
      await database.drop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

const idleQueue: JobQueue = {
  add: async () => undefined,
  work: async () => undefined,
  ping: async () => undefined,
  close: async () => undefined,
};

function createClient(server: FastifyInstance, userId: string, token: string): ApiCaller {
  async function ask<T>(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: object) {
    const response = await server.inject({
      method,
      url: `/api/v1${path}`,
      headers: { authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { payload: body }),
    });
    const parsed: unknown = response.body === '' ? undefined : JSON.parse(response.body);
    return { status: response.statusCode, body: parsed as T, headers: response.headers };
  }
  return {
    userId,
    token,
    get: (path) => ask('GET', path),
    post: (path, body = {}) => ask('POST', path, body),
    put: (path, body) => ask('PUT', path, body),
    patch: (path, body) => ask('PATCH', path, body),
    delete: (path) => ask('DELETE', path),
  };
}

/** Id of what a creating request made; fails with the problem where it didn't. */
export async function idOf(answer: Promise<ApiAnswer>, name: string): Promise<string> {
  const { status, body } = await answer;
  const id = body[name];
  if (status !== 201 || typeof id !== 'string') throw new Error(`${status} ${JSON.stringify(body)}`);
  return id;
}

export const createTeam = (caller: ApiCaller, name: string, extra: object = {}): Promise<string> =>
  idOf(caller.post('/teams', { name, ...extra }), 'teamId');

export const createPatient = (caller: ApiCaller, teamId: string, extra: object = {}): Promise<string> =>
  idOf(
    caller.post('/patients', {
      name: '王小明',
      birthDate: '1956-07-01',
      sex: 'male',
      conditions: ['type_2_diabetes'],
      teamId,
      ...extra,
    }),
    'patientId',
  );

export const createDevice = (caller: ApiCaller, extra: object = {}): Promise<string> =>
  idOf(caller.post('/devices', { kind: 'cgm', ...extra }), 'deviceId');
