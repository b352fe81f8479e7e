import { createHash } from 'node:crypto';
import mqtt from 'mqtt';
import { generate } from 'mqtt-packet';
import { v7 as uuidv7 } from 'uuid';
import { expect, test } from 'vitest';
import { openKysely } from '../../storage/database.ts';
import { unframe } from '../../storage/journal/record-frame.ts';
import { recordChange } from '../../storage/registry/registry-changes.ts';
import { issueToken } from '../../storage/registry/tokens.ts';
import { type SignInOptions, sendConnect } from './broker-raw-client.ts';
import { createDevice, readingsOf, revoke, statusOf, type TestDevice, useBroker } from './broker-under-test.ts';

const shared = useBroker();
const { connected, open } = shared;

async function answerTo(options: SignInOptions): Promise<number> {
  const client = await open();
  return sendConnect(client, options);
}

/** What the broker itself said of a device, oldest first. */
async function presence(device: TestDevice): Promise<string[]> {
  const { rows } = await shared.pool.query<{ bytes: Buffer }>('select bytes from journal_records order by seq');
  return rows
    .flatMap(({ bytes }) => unframe(bytes))
    .filter(({ topic, payload }) => topic === statusOf(device) && payload.includes('online'))
    .map(({ payload }) => payload.toString());
}

test('a device signs in with its id and the secret it was given', async () => {
  const device = await createDevice(shared.pool);
  expect(await answerTo(device)).toBe(0);
});

test.each([
  ['a wrong password', { password: 'wrong' }, 4],
  ['no password', { password: undefined }, 4],
  ['no user name', { username: undefined, password: undefined }, 4],
  ['a device that does not exist', { username: uuidv7() }, 4],
  ['a user name that is no id', { username: `x' or '1'='1` }, 4],
  ['a client id of 300 characters', { clientId: 'c'.repeat(300) }, 2],
] as const)('%s is refused with its own return code, and the connection ends', async (_, change, returnCode) => {
  const device = await createDevice(shared.pool);
  const client = await open();
  expect(await sendConnect(client, { ...device, ...change })).toBe(returnCode);
  await client.closed;
});

test('an empty client id is given a name for its connection, but no session to come back to', async () => {
  const device = await createDevice(shared.pool);
  expect(await answerTo({ ...device, clientId: '' })).toBe(0);
  const client = await open();
  const { username, password } = device;
  const packet = generate({
    cmd: 'connect',
    clientId: '',
    clean: true,
    username,
    password: Buffer.from(password),
    protocolId: 'MQTT',
  });
  // The clean-session bit; no library writes such a packet.
  packet[packet.indexOf('MQTT') + 5]! &= ~2;
  client.send(packet);
  expect((await client.next('connack')).returnCode).toBe(2);
});

test('a refusal is read even by a client that has sent more behind its CONNECT', async () => {
  const client = await open();
  const connack = sendConnect(client, { username: uuidv7(), password: 'wrong' });
  for (let index = 0; index < 100; index++) client.publish('v1/devices/x/readings', 'y'.repeat(500));
  expect(await connack).toBe(4);
  await client.closed;
});

test('a client that publishes right behind its CONNECT, without waiting for the answer, loses nothing', async () => {
  const device = await createDevice(shared.pool);
  const client = await open();
  const connack = sendConnect(client, device);
  const ids = Array.from({ length: 100 }, () => client.publish(readingsOf(device), '{}'));
  expect(await connack).toBe(0);
  for (const id of ids) await client.next('puback', id);
});

test('MQTT 5 is answered with the return code for an unacceptable protocol version', async () => {
  const device = await createDevice(shared.pool);
  const client = await open();
  expect(await sendConnect(client, { ...device, protocolVersion: 5 })).toBe(1);
  await client.closed;
});

test('MQTT 3.1 is spoken too', async () => {
  const device = await createDevice(shared.pool);
  expect(await answerTo({ ...device, protocolVersion: 3, clientId: 'a-name-of-more-than-23-characters' })).toBe(0);
});

test('a device whose credential is revoked is disconnected within 5 s and can not come back', async () => {
  const device = await createDevice(shared.pool);
  const [client, other] = [await connected(device), await connected(await createDevice(shared.pool))];
  const startedAt = performance.now();
  await revoke(shared.pool, device);
  await client.closed;
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  expect(await answerTo(device)).toBe(4);
  expect(other.socket.destroyed).toBe(false);
});

test('a revocation is noticed also when its notification is lost', async () => {
  const device = await createDevice(shared.pool);
  const client = await connected(device);
  await shared.pool.query('alter table registry_changes disable trigger announce');
  const startedAt = performance.now();
  await revoke(shared.pool, device).finally(() =>
    shared.pool.query('alter table registry_changes enable trigger announce'),
  );
  await client.closed;
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});

test('after a new secret the session with the old one ends, and the new one signs in', async () => {
  const device = await createDevice(shared.pool);
  const client = await connected(device);
  await shared.pool.query('update device_credentials set secret_sha256 = $2 where device_key = $1', [
    device.deviceKey,
    createHash('sha256').update('the new secret').digest(),
  ]);
  await recordChange(shared.pool, 'device', device.deviceKey);
  await client.closed;
  expect(await answerTo({ ...device, password: 'the new secret' })).toBe(0);
});

test('a retired device is disconnected', async () => {
  const device = await createDevice(shared.pool);
  const client = await connected(device);
  await shared.pool.query('update devices set retired_at = now() where device_key = $1', [device.deviceKey]);
  await recordChange(shared.pool, 'device', device.deviceKey);
  await client.closed;
});

test('two devices that use the same client id do not end each other; the same device does', async () => {
  const [one, two] = [await createDevice(shared.pool), await createDevice(shared.pool)];
  const [first, other] = [await connected(one), await connected(two)];
  const successor = await connected(one);
  await first.closed;
  await other.next('puback', other.publish(readingsOf(two), '{}'));
  await successor.next('puback', successor.publish(readingsOf(one), '{}'));
});

test('a device is online while at least one of its connections is', async () => {
  const device = await createDevice(shared.pool);
  const [one, two] = [await connected({ ...device, clientId: 'one' }), await connected({ ...device, clientId: 'two' })];
  await expect.poll(() => presence(device)).toEqual(['{"online":true}']);
  one.end();
  await two.next('puback', two.publish(readingsOf(device), '{}'));
  expect(await presence(device)).toEqual(['{"online":true}']);
  two.end();
  await expect.poll(() => presence(device)).toEqual(['{"online":true}', '{"online":false}']);
});

test('a user signs in with an API token, not with a session, and is disconnected when it is revoked', async () => {
  const db = openKysely(shared.pool);
  const userId = uuidv7();
  await shared.pool.query(`insert into users (user_id, username, password_hash) values ($1, $2, 'x')`, [
    userId,
    userId,
  ]);
  const api = await issueToken(db, { userId, kind: 'api', name: 'ward screen' });
  const session = await issueToken(db, { userId, kind: 'session', expiresAt: Date.now() + 60_000 });
  expect(await answerTo({ username: 'token', password: session.token })).toBe(4);
  expect(await answerTo({ username: 'token', password: 'no-token' })).toBe(4);
  const client = await connected({ username: 'token', password: api.token });
  const startedAt = performance.now();
  await shared.pool.query('update tokens set revoked_at = now() where token_id = $1', [api.tokenId]);
  await client.closed;
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});

test('a library that nobody here wrote signs in, publishes at each QoS and goes in order', async () => {
  const device = await createDevice(shared.pool);
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${shared.port}`, { ...device, clientId: 'library' });
  for (const qos of [0, 1, 2] as const) await client.publishAsync(readingsOf(device), '{}', { qos });
  await client.endAsync();
});
