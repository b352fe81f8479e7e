import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeEach, expect, test } from 'vitest';
import { TemporaryFailure } from '../../runtime/errors.ts';
import type { TestDatabase } from '../test-database.ts';
import { answersOf, pingThrough, signIn } from './broker-raw-client.ts';
import { readingsOf, readJournal, type TestDevice, useOwnBrokers } from './broker-under-test.ts';
import { createJournalGate } from './journal-gate.ts';

const MIB = 1024 * 1024;
const brokers = useOwnBrokers();
const { start } = brokers;
let database: TestDatabase;
let device: TestDevice;
beforeEach(() => {
  ({ database, device } = brokers);
});
const payloads = async () => (await readJournal(database.pool)).map(({ payload }) => payload);

/** What Buffers hold once nothing is left that could be collected. */
function heldByBuffers(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().arrayBuffers;
}

test('QoS 2 is received after the commit; sent again, it is not appended again; released, it is complete', async () => {
  const gate = createJournalGate();
  const broker = await start({ around: gate.around });
  const client = await signIn(broker.port, device);
  await expect.poll(gate.attempts).toBe(1);
  gate.hold();
  client.publish(readingsOf(device), 'once', { qos: 2, messageId: 9 });
  await expect.poll(gate.attempts).toBe(2);
  await pingThrough(client);
  expect(answersOf(client)).toEqual(['connack']);
  gate.release();
  await client.next('pubrec', 9);
  client.publish(readingsOf(device), 'once', { qos: 2, messageId: 9, dup: true });
  await client.next('pubrec', 9);
  expect(await payloads()).toEqual(['once']);
  client.send({ cmd: 'pubrel', messageId: 9 });
  await client.next('pubcomp', 9);
  client.publish(readingsOf(device), 'another', { qos: 2, messageId: 9 });
  await client.next('pubrec', 9);
  expect(await payloads()).toEqual(['once', 'another']);
});

test('a session that comes back sends its QoS 2 message again without a second record', async () => {
  const broker = await start();
  const session = { ...device, clientId: 'kept', clean: false };
  const before = await signIn(broker.port, session);
  before.publish(readingsOf(device), 'once', { qos: 2, messageId: 5 });
  await before.next('pubrec', 5);
  before.end();
  const after = await signIn(broker.port, session);
  after.publish(readingsOf(device), 'once', { qos: 2, messageId: 5, dup: true });
  await after.next('pubrec', 5);
  expect(await payloads()).toEqual(['once']);
});

test('nothing of a QoS 2 message stays in memory once it is in the journal: not while it is unreleased, and not because of its retain flag', async () => {
  const broker = await start();
  const client = await signIn(broker.port, device);
  const topic = (index: number) => `v1/devices/${device.deviceId}/${index}`;
  const before = heldByBuffers();
  for (let index = 1; index <= 60; index++) {
    client.publish(topic(index), Buffer.alloc(0.9 * MIB), { qos: 2, messageId: index, retain: true });
    await client.next('pubrec', index);
    if (index % 2 === 1) continue;
    client.send({ cmd: 'pubrel', messageId: index });
    await client.next('pubcomp', index);
  }
  expect((heldByBuffers() - before) / MIB).toBeLessThan(10);
});

test('a QoS 2 message that the journal did not take is never received: its connection is closed, and it can be sent again', async () => {
  const gate = createJournalGate();
  const broker = await start({ around: gate.around, maxWaitMs: 1_000 });
  const session = { ...device, clientId: 'kept', clean: false };
  const client = await signIn(broker.port, session);
  await expect.poll(gate.attempts).toBe(1);
  gate.fail(new TemporaryFailure('journal_unavailable', 'away'));
  client.publish(readingsOf(device), 'lost?', { qos: 2, messageId: 3 });
  await client.closed;
  expect(answersOf(client)).toEqual(['connack']);
  gate.fail(undefined);
  const again = await signIn(broker.port, session);
  again.publish(readingsOf(device), 'lost?', { qos: 2, messageId: 3, dup: true });
  await again.next('pubrec', 3);
  expect(await payloads()).toEqual(['lost?']);
});

test('a new message under an identifier that was never released is a message of its own', async () => {
  const broker = await start();
  const client = await signIn(broker.port, device);
  for (const payload of ['one', 'another']) {
    client.publish(readingsOf(device), payload, { qos: 2, messageId: 4 });
    await client.next('pubrec', 4);
  }
  expect(await payloads()).toEqual(['one', 'another']);
});

test('whoever releases what nobody knows is answered all the same', async () => {
  const broker = await start();
  const client = await signIn(broker.port, device);
  client.send({ cmd: 'pubrel', messageId: 77 });
  await client.next('pubcomp', 77);
});
