// A broker role on a test database and a free port, and the devices that sign in to it.
import { createHash, randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { createBrokerRole } from '../../broker/broker-role.ts';
import type { Config } from '../../runtime/config.ts';
import { createCounters } from '../../runtime/counters.ts';
import { createLog } from '../../runtime/log.ts';
import { createTeardownStack } from '../../runtime/role.ts';
import { openKysely } from '../../storage/database.ts';
import { createPostgresJournal } from '../../storage/journal/postgres-journal.ts';
import { type FramedMessage, unframe } from '../../storage/journal/record-frame.ts';
import type { Journal } from '../../storage/ports/journal.ts';
import { createDeviceDirectory } from '../../storage/registry/device-directory.ts';
import { createRegistryChanges, recordChange } from '../../storage/registry/registry-changes.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';
import { openRaw, type RawClient, type SignInOptions, signIn } from './broker-raw-client.ts';

export interface BrokerUnderTest {
  readonly port: number;
  /** As it would be printed. */
  readonly address: string;
  /** Of all its listeners, the one with TLS first. */
  readonly addresses: readonly string[];
  /** Lines of WARN and above. */
  readonly complaints: readonly string[];
  /** Values of a metric by their labels, as in `reason="keepalive"`; without labels by the empty string. */
  counted(name: string): Promise<Readonly<Record<string, number>>>;
  stop(): Promise<void>;
}

export interface BrokerOptions {
  readonly tls?: Config['tls'];
  readonly maxWaitMs?: number;
  /** Puts something between the broker and the real journal. */
  readonly around?: (journal: Journal) => Pick<Journal, 'append'>;
}

export async function startBroker(database: TestDatabase, options: BrokerOptions = {}): Promise<BrokerUnderTest> {
  const teardown = createTeardownStack();
  const complaints: string[] = [];
  const { pool, url: databaseUrl } = database;
  const log = createLog({ part: 'broker', level: 'warn', write: (line) => complaints.push(line) });
  const changes = createRegistryChanges({ pool, databaseUrl, log });
  const devices = createDeviceDirectory({ pool, changes });
  devices.follow();
  await changes.start();
  teardown.onStop('changes', () => changes.stop());
  const journal = createPostgresJournal({ pool });
  const counters = createCounters({ part: 'broker' });
  const role = createBrokerRole({
    config: {
      host: '127.0.0.1',
      plaintextMqttHost: '127.0.0.1',
      mqttPort: 0,
      mqttsPort: 0,
      publicUrl: 'https://pulseward.example',
      tls: options.tls,
    },
    storage: {
      databaseUrl,
      pool,
      db: openKysely(pool),
      journal: { ...journal, ...options.around?.(journal) },
      changes,
      devices,
    },
    log,
    counters,
    maxWaitMs: options.maxWaitMs,
  });
  await role.start();
  teardown.onStop('broker', () => role.stop());
  const addresses = role.addresses?.() ?? [];
  const address = addresses[0] ?? '';
  return {
    address,
    addresses,
    port: Number(new URL(address).port),
    complaints,
    async counted(name) {
      const values = (await counters.snapshot()).find((metric) => metric.name === name)?.values ?? [];
      const labelled = values.map(({ labels, value }) => [
        Object.entries(labels)
          .filter(([label]) => label !== 'role')
          .map(([label, text]) => `${label}="${text}"`)
          .join(),
        value,
      ]);
      return Object.fromEntries(labelled);
    },
    stop: () => teardown.unwind(),
  };
}

export interface SharedBroker {
  readonly database: TestDatabase;
  readonly pool: Pool;
  readonly broker: BrokerUnderTest;
  readonly port: number;
  /** A client that has sent nothing yet; like the next it is ended after its test. */
  open(): Promise<RawClient>;
  /** Signed in, or an Error with the return code. */
  connected(options: SignInOptions): Promise<RawClient>;
}

/** One broker for all tests of a file: call it at the top of the file, use what it answers inside of tests. */
export function useBroker(options?: BrokerOptions): SharedBroker {
  let database: TestDatabase;
  let broker: BrokerUnderTest;
  const clients: RawClient[] = [];
  const endLater = (client: RawClient) => {
    clients.push(client);
    return client;
  };

  beforeAll(async () => {
    database = await createTestDatabase();
    broker = await startBroker(database, options);
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.end();
  });
  afterAll(async () => {
    await broker?.stop();
    await database?.drop();
  });

  return {
    get database() {
      return database;
    },
    get pool() {
      return database.pool;
    },
    get broker() {
      return broker;
    },
    get port() {
      return broker.port;
    },
    open: async () => endLater(await openRaw(broker.port)),
    connected: async (signInOptions) => endLater(await signIn(broker.port, signInOptions)),
  };
}

export interface OwnBrokers {
  readonly database: TestDatabase;
  /** A CGM sensor, registered before the test. */
  readonly device: TestDevice;
  start(options?: BrokerOptions): Promise<BrokerUnderTest>;
}

/** A database for each test, and as many brokers on it as the test starts: call it at the top of the file. */
export function useOwnBrokers(): OwnBrokers {
  let database: TestDatabase;
  let device: TestDevice;
  const brokers: BrokerUnderTest[] = [];

  beforeEach(async () => {
    database = await createTestDatabase();
    device = await createDevice(database.pool);
  });
  afterEach(async () => {
    for (const broker of brokers.splice(0)) await broker.stop();
    await database.drop();
  });

  return {
    get database() {
      return database;
    },
    get device() {
      return device;
    },
    async start(options) {
      const broker = await startBroker(database, options);
      brokers.push(broker);
      return broker;
    },
  };
}

export interface TestDevice {
  readonly deviceId: string;
  readonly deviceKey: number;
  readonly username: string;
  readonly password: string;
}

export async function createDevice(
  pool: Pool,
  { kind = 'cgm', gateway }: { readonly kind?: 'cgm' | 'gateway'; readonly gateway?: TestDevice } = {},
): Promise<TestDevice> {
  const deviceId = uuidv7();
  const { rows } = await pool.query<{ device_key: number }>(
    'insert into devices (device_id, kind, gateway_key) values ($1, $2, $3) returning device_key',
    [deviceId, kind, gateway?.deviceKey ?? null],
  );
  const deviceKey = rows[0]!.device_key;
  const password = randomBytes(32).toString('base64url');
  await pool.query('insert into device_credentials (credential_id, device_key, secret_sha256) values ($1, $2, $3)', [
    uuidv7(),
    deviceKey,
    createHash('sha256').update(password).digest(),
  ]);
  return { deviceId, deviceKey, username: deviceId, password };
}

export async function revoke(pool: Pool, { deviceKey }: TestDevice): Promise<void> {
  await pool.query('update device_credentials set revoked_at = now() where device_key = $1', [deviceKey]);
  await recordChange(pool, 'device', deviceKey);
}

export interface JournalledMessage {
  readonly topic: string;
  readonly payload: string;
  readonly deviceKey: number;
  readonly flags: number;
  readonly partition: number;
  readonly payloadBytes: number;
  readonly framed: FramedMessage;
}

/** Everything that is in the journal on readings and other topics of devices, without what the broker itself says of who is online. */
export async function readJournal(pool: Pool): Promise<JournalledMessage[]> {
  const { rows } = await pool.query<{ partition: number; bytes: Buffer }>(
    'select partition, bytes from journal_records order by seq',
  );
  return rows
    .flatMap(({ partition, bytes }) => unframe(bytes).map((framed) => ({ partition, framed })))
    .map(({ partition, framed }) => ({
      partition,
      framed,
      topic: framed.topic,
      payload: framed.payload.toString(),
      deviceKey: framed.deviceKey,
      flags: framed.flags,
      payloadBytes: framed.payloadBytes,
    }))
    .filter(({ payload }) => !/^\{"online":(true|false)\}$/.test(payload));
}

export const readingsOf = ({ deviceId }: TestDevice) => `v1/devices/${deviceId}/readings`;
export const statusOf = ({ deviceId }: TestDevice) => `v1/devices/${deviceId}/status`;
