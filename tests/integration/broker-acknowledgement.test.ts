import { beforeEach, describe, expect, test } from 'vitest';
import { TemporaryFailure } from '../../runtime/errors.ts';
import type { TestDatabase } from '../test-database.ts';
import { answersOf, openRaw, pingThrough, sendConnect, signIn } from './broker-raw-client.ts';
import {
  type BrokerUnderTest,
  createDevice,
  readingsOf,
  readJournal,
  type TestDevice,
  useOwnBrokers,
} from './broker-under-test.ts';
import { createJournalGate } from './journal-gate.ts';

const brokers = useOwnBrokers();
const { start } = brokers;
let database: TestDatabase;
let device: TestDevice;
beforeEach(() => {
  ({ database, device } = brokers);
});

test('a reading is acknowledged after its commit and not before, and pings are answered meanwhile', async () => {
  const gate = createJournalGate();
  const broker = await start({ around: gate.around });
  const client = await signIn(broker.port, device);
  await expect.poll(gate.attempts).toBe(1);
  gate.hold();
  const messageId = client.publish(readingsOf(device), '{"value":6.4}');
  await expect.poll(gate.attempts).toBe(2);
  await pingThrough(client);
  expect(answersOf(client)).toEqual(['connack']);
  expect(await readJournal(database.pool)).toEqual([]);
  gate.release();
  await client.next('puback', messageId);
  expect(await readJournal(database.pool)).toMatchObject([
    { topic: readingsOf(device), payload: '{"value":6.4}', deviceKey: device.deviceKey, flags: 0 },
  ]);
});

test('QoS 0 is journalled too, without an answer', async () => {
  const broker = await start();
  const client = await signIn(broker.port, device);
  client.publish(readingsOf(device), 'no promise', { qos: 0 });
  await expect
    .poll(async () => (await readJournal(database.pool)).map(({ payload }) => payload))
    .toEqual(['no promise']);
  expect(answersOf(client)).toEqual(['connack']);
});

test('what arrives while a commit is under way is one record of the next commit, in order', async () => {
  const gate = createJournalGate();
  const broker = await start({ around: gate.around });
  const client = await signIn(broker.port, device);
  await expect.poll(gate.attempts).toBe(1);
  gate.hold();
  client.publish(readingsOf(device), 'first');
  await expect.poll(gate.attempts).toBe(2);
  const rest = Array.from({ length: 200 }, (_, index) => `message ${index}`);
  for (const payload of rest) client.publish(readingsOf(device), payload);
  await pingThrough(client);
  gate.release();
  for (let messageId = 1; messageId <= 201; messageId++) await client.next('puback', messageId);
  const { rows } = await database.pool.query('select message_count from journal_records order by seq');
  expect(rows.map((row) => row.message_count)).toEqual([1, 1, 200]);
  expect((await readJournal(database.pool)).map(({ payload }) => payload)).toEqual(['first', ...rest]);
});

test('while the journal is away a device keeps its connection and is acknowledged when it is back', async () => {
  const gate = createJournalGate();
  const broker = await start({ around: gate.around });
  const client = await signIn(broker.port, device);
  await expect.poll(gate.attempts).toBe(1);
  gate.fail(new TemporaryFailure('journal_unavailable', 'away'));
  const messageId = client.publish(readingsOf(device), 'patient');
  await expect.poll(gate.attempts).toBeGreaterThan(3);
  expect(answersOf(client)).toEqual(['connack']);
  gate.fail(undefined);
  await client.next('puback', messageId);
  expect((await readJournal(database.pool)).map(({ payload }) => payload)).toEqual(['patient']);
  expect(broker.complaints.length).toBe(1);
});

test('the database cuts the connection in the middle of a commit: the reading is acknowledged once it is there after all', async () => {
  const broker = await start();
  const client = await signIn(broker.port, device);
  await client.next('puback', client.publish(readingsOf(device), 'before'));
  const holder = await database.pool.connect();
  try {
    await holder.query('begin');
    await holder.query('select from journal_head for update');
    const messageId = client.publish(readingsOf(device), 'in the middle');
    const waiting = async () =>
      (
        await database.pool.query<{ pid: number }>(
          `select pid from pg_stat_activity where wait_event_type = 'Lock' and query like '%journal_head%' and datname = current_database()`,
        )
      ).rows[0]?.pid;
    await expect.poll(waiting).toBeDefined();
    const pid = await waiting();
    await database.pool.query('select pg_terminate_backend($1)', [pid]);
    await expect.poll(async () => (await waiting()) !== pid).toBe(true);
    expect(answersOf(client)).toEqual(['connack', 'puback']);
    await holder.query('commit');
    await client.next('puback', messageId);
  } finally {
    holder.release();
  }
  expect((await readJournal(database.pool)).map(({ payload }) => payload)).toEqual(['before', 'in the middle']);
});

test('a reading that waited too long for its commit is not acknowledged: its connection is closed, and it can be sent again', async () => {
  const gate = createJournalGate();
  const broker = await start({ around: gate.around, maxWaitMs: 1_000 });
  const client = await signIn(broker.port, device);
  await expect.poll(gate.attempts).toBe(1);
  gate.fail(new TemporaryFailure('journal_unavailable', 'away'));
  client.publish(readingsOf(device), 'lost?');
  await client.closed;
  expect(answersOf(client)).toEqual(['connack']);
  expect(await broker.counted('pulseward_broker_abandoned_messages_total')).toMatchObject({
    'reason="journal_unavailable"': 1,
  });
  gate.fail(undefined);
  const again = await signIn(broker.port, device);
  await again.next('puback', again.publish(readingsOf(device), 'lost?', { dup: true }));
  expect((await readJournal(database.pool)).map(({ payload }) => payload)).toEqual(['lost?']);
});

describe('while the registry is away and the journal is not', () => {
  const abandoned = (broker: BrokerUnderTest) => broker.counted('pulseward_broker_abandoned_messages_total');
  const closed = (broker: BrokerUnderTest) => broker.counted('pulseward_broker_closed_connections_total');

  test('a known device is acknowledged; who speaks for an unknown one is closed unacknowledged, which is counted as what it is', async () => {
    const gateway = await createDevice(database.pool, { kind: 'gateway' });
    const ward = await createDevice(database.pool, { gateway });
    const broker = await start({ maxWaitMs: 1_000 });
    const known = await signIn(broker.port, device);
    const client = await signIn(broker.port, gateway);
    expect(await abandoned(broker)).toEqual({ 'reason="journal_unavailable"': 0, 'reason="registry_unavailable"': 0 });

    await database.pool.query('alter table devices rename to devices_away');
    await known.next('puback', known.publish(readingsOf(device), 'known'));
    for (const payload of ['unknown', 'too']) client.publish(readingsOf(ward), payload);
    await client.closed;
    expect(answersOf(client)).toEqual(['connack']);
    await expect
      .poll(() => abandoned(broker))
      .toEqual({ 'reason="journal_unavailable"': 0, 'reason="registry_unavailable"': 2 });
    expect(await closed(broker)).toEqual({ 'reason="registry_unavailable"': 1 });
    const newcomer = await openRaw(broker.port);
    expect(await sendConnect(newcomer, { ...ward, clientId: 'newcomer' })).toBe(3);
    newcomer.end();
    expect(await broker.counted('pulseward_broker_sign_ins_total')).toMatchObject({ 'result="unavailable"': 1 });

    await database.pool.query('alter table devices_away rename to devices');
    const again = await signIn(broker.port, gateway);
    await again.next('puback', again.publish(readingsOf(ward), 'unknown', { dup: true }));
    expect((await readJournal(database.pool)).map(({ payload }) => payload)).toEqual(['known', 'unknown']);
  });

  test('a registry that hangs keeps nobody waiting for longer than one that fails', async () => {
    const gateway = await createDevice(database.pool, { kind: 'gateway' });
    const ward = await createDevice(database.pool, { gateway });
    const broker = await start({ maxWaitMs: 1_000 });
    const client = await signIn(broker.port, gateway);
    const holder = await database.pool.connect();
    try {
      await holder.query('begin');
      await holder.query('lock table devices in access exclusive mode');
      client.publish(readingsOf(ward), 'unknown');
      await client.closed;
      expect(await abandoned(broker)).toMatchObject({ 'reason="registry_unavailable"': 1 });
    } finally {
      await holder.query('rollback');
      holder.release();
    }
    const again = await signIn(broker.port, gateway);
    await again.next('puback', again.publish(readingsOf(ward), 'again'));
    // What was given up is not appended behind its sender's back.
    expect((await readJournal(database.pool)).map(({ payload }) => payload)).toEqual(['again']);
  });
});

test('after 5 s in which the journal took nothing new connections are told that the server is unavailable, until it takes again', async () => {
  const gate = createJournalGate();
  const broker = await start({ around: gate.around });
  const client = await signIn(broker.port, device);
  await expect.poll(gate.attempts).toBe(1);
  gate.hold();
  const messageId = client.publish(readingsOf(device), 'held');
  await expect.poll(gate.attempts).toBe(2);
  const tryToConnect = async () => {
    const newcomer = await openRaw(broker.port);
    const returnCode = await sendConnect(newcomer, { ...device, clientId: 'newcomer' });
    newcomer.end();
    return returnCode;
  };
  expect(await tryToConnect()).toBe(0);
  await expect.poll(tryToConnect, { timeout: 10_000, interval: 250 }).toBe(3);
  gate.release();
  await client.next('puback', messageId);
  expect(await tryToConnect()).toBe(0);
});

test('a stop acknowledges what was read, and only then ends the connections', async () => {
  const gate = createJournalGate();
  const broker = await start({ around: gate.around });
  const client = await signIn(broker.port, device);
  await expect.poll(gate.attempts).toBe(1);
  gate.hold();
  const messageId = client.publish(readingsOf(device), 'last');
  await expect.poll(gate.attempts).toBe(2);
  const stopped = broker.stop();
  gate.release();
  await client.next('puback', messageId);
  await client.closed;
  await stopped;
  await broker.stop();
  expect((await readJournal(database.pool)).map(({ payload }) => payload)).toEqual(['last']);
});

test('two brokers on one journal acknowledge 1,200 commits, and the journal has every message once', async () => {
  const [one, two] = [await start(), await start()];
  const publishAll = async (broker: BrokerUnderTest, name: string) => {
    const own = await createDevice(database.pool);
    const client = await signIn(broker.port, { ...own, clientId: name });
    for (let index = 0; index < 600; index++)
      await client.next('puback', client.publish(readingsOf(own), `${name} ${index}`, { messageId: index + 1 }));
  };
  await Promise.all([publishAll(one!, 'one'), publishAll(two!, 'two')]);
  const payloads = (await readJournal(database.pool)).map(({ payload }) => payload);
  for (const name of ['one', 'two'])
    expect(payloads.filter((payload) => payload.startsWith(name))).toEqual(
      Array.from({ length: 600 }, (_, index) => `${name} ${index}`),
    );
}, 60_000);
