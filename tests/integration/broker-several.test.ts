// Two brokers on one database, as behind a balancer: a session lives on one of them, what concerns everybody reaches both.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { unframe } from '../../storage/journal/record-frame.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';
import { openRaw, type RawClient, type SignInOptions, sendConnect, signIn } from './broker-raw-client.ts';
import {
  type BrokerUnderTest,
  createDevice,
  readingsOf,
  readJournal,
  revoke,
  startBroker,
  statusOf,
  type TestDevice,
} from './broker-under-test.ts';

let database: TestDatabase;
let one: BrokerUnderTest;
let other: BrokerUnderTest;
const clients: RawClient[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  [one, other] = await Promise.all([startBroker(database), startBroker(database)]);
});
afterAll(async () => {
  for (const client of clients) client.end();
  await Promise.all([one?.stop(), other?.stop()]);
  await database?.drop();
});

async function connectTo(broker: BrokerUnderTest, options: SignInOptions): Promise<RawClient> {
  const client = await signIn(broker.port, { clientId: 'pump', ...options });
  clients.push(client);
  return client;
}

const isOpen = (client: RawClient) => !client.socket.destroyed && client.socket.writable;

/** What the journal has on a device's status, in order. */
async function statuses(device: TestDevice): Promise<string[]> {
  const { rows } = await database.pool.query<{ bytes: Buffer }>('select bytes from journal_records order by seq');
  return rows
    .flatMap(({ bytes }) => unframe(bytes))
    .filter(({ topic }) => topic === statusOf(device))
    .map(({ payload }) => payload.toString());
}

async function expectAlive(client: RawClient, device: TestDevice, payload: string): Promise<void> {
  await client.next('puback', client.publish(readingsOf(device), payload));
  expect((await readJournal(database.pool)).some((message) => message.payload === payload)).toBe(true);
}

test('a device that comes to another broker is ended at the first within a second, and is not said to be offline', async () => {
  const device = await createDevice(database.pool);
  const will = {
    topic: statusOf(device),
    payload: Buffer.from('{"online":false,"battery":1}'),
    qos: 1,
    retain: false,
  } as const;
  const former = await connectTo(one, { ...device, will });
  await expect.poll(() => statuses(device)).toEqual(['{"online":true}']);
  const latter = await connectTo(other, { ...device, will });
  const cameAt = performance.now();
  await former.closed;
  expect(performance.now() - cameAt).toBeLessThan(1_000);
  await expectAlive(latter, device, 'from the other broker');
  expect(await statuses(device)).toEqual(['{"online":true}', '{"online":true}']);

  const back = await connectTo(one, { ...device, will });
  await latter.closed;
  await expectAlive(back, device, 'and back again');
  back.send({ cmd: 'disconnect' });
  await expect.poll(() => statuses(device)).toEqual([...Array(3).fill('{"online":true}'), '{"online":false}']);
});

test('clients of a gateway with names of their own stay where they are, and so do other devices', async () => {
  const [gateway, neighbour] = [
    await createDevice(database.pool, { kind: 'gateway' }),
    await createDevice(database.pool),
  ];
  const staying = [
    await connectTo(one, { ...gateway, clientId: 'ward a' }),
    await connectTo(one, neighbour),
    await connectTo(other, { ...gateway, clientId: 'ward b' }),
  ];
  const moving = await connectTo(one, { ...gateway, clientId: 'ward c' });
  await connectTo(other, { ...gateway, clientId: 'ward c' });
  await moving.closed;
  expect(staying.map(isOpen)).toEqual([true, true, true]);
});

test('whoever connects to both at once is left with one connection', async () => {
  const device = await createDevice(database.pool);
  for (let round = 0; round < 10; round++) {
    const both = await Promise.all([openRaw(one.port), openRaw(other.port)]);
    clients.push(...both);
    // One may hear that the other was later before it is welcomed.
    await Promise.allSettled(both.map((client) => sendConnect(client, { clientId: 'pump', ...device })));
    await Promise.race(both.map(({ closed }) => closed));
    // Either hears of everything that was announced until now.
    await connectTo(one, { ...device, clientId: `barrier ${round}` });
    const barrier = await connectTo(other, { ...device, clientId: `barrier ${round}` });
    await expect.poll(() => both.filter(isOpen).length).toBe(1);
    await expectAlive(both.find(isOpen)!, device, `round ${round}`);
    barrier.end();
  }
});

test('a ward that loses its broker and comes to the other at once is announced in parts, and taken over whole', async () => {
  const gateway = await createDevice(database.pool, { kind: 'gateway' });
  const names = Array.from({ length: 120 }, (_, n) => `${String(n).padStart(4, '0')} 病房${'x'.repeat(200)}`);
  const connectAll = (broker: BrokerUnderTest) =>
    Promise.all(names.map((clientId) => connectTo(broker, { ...gateway, clientId })));
  const former = await connectAll(one);
  const latter = await connectAll(other);
  await Promise.all(former.map(({ closed }) => closed));
  expect(latter.filter(isOpen)).toHaveLength(names.length);
});

test('a session that went on elsewhere is not resumed where it was before', async () => {
  const device = await createDevice(database.pool);
  const persistent = { ...device, clean: false };
  const subscribed = await connectTo(one, persistent);
  subscribed.send({
    cmd: 'subscribe',
    messageId: 9,
    subscriptions: [{ topic: `v1/devices/${device.deviceId}/requests`, qos: 1 }],
  });
  await subscribed.next('suback');
  subscribed.end();
  await subscribed.closed;
  const resumed = await signIn(one.port, { clientId: 'pump', ...persistent });
  clients.push(resumed);
  expect(resumed.received[0]).toMatchObject({ cmd: 'connack', sessionPresent: true });

  const elsewhere = await connectTo(other, persistent);
  await resumed.closed;
  expect(elsewhere.received[0]).toMatchObject({ cmd: 'connack', sessionPresent: false });
  const returned = await connectTo(one, persistent);
  expect(returned.received[0]).toMatchObject({ cmd: 'connack', sessionPresent: false });
});

test('a revoked credential ends its sessions on every broker within 5 s', async () => {
  const device = await createDevice(database.pool);
  const sessions = [
    await connectTo(one, { ...device, clientId: 'a' }),
    await connectTo(other, { ...device, clientId: 'b' }),
  ];
  const revokedAt = performance.now();
  await revoke(database.pool, device);
  await Promise.all(sessions.map(({ closed }) => closed));
  expect(performance.now() - revokedAt).toBeLessThan(5_000);
});

test('a broker whose database connections break goes on to hand sessions over', async () => {
  const device = await createDevice(database.pool);
  const former = await connectTo(one, device);
  const listening = async () => {
    const { rows } = await database.pool.query<{ pid: number }>(
      `select pid from pg_stat_activity where datname = current_database() and application_name = 'pulseward listen sessions'
       and query like 'listen%' and state = 'idle'`,
    );
    return rows.map(({ pid }) => pid);
  };
  const before = await listening();
  await database.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name like '%listen%'`,
  );
  await expect
    .poll(async () => (await listening()).filter((pid) => !before.includes(pid)).length, { timeout: 10_000 })
    .toBe(2);
  const latter = await connectTo(other, device);
  await former.closed;
  expect(isOpen(latter)).toBe(true);
});
