import { createHash, randomBytes } from 'node:crypto';
import { generate } from 'mqtt-packet';
import { expect, test } from 'vitest';
import { MESSAGE_FLAGS } from '../../storage/journal/record-frame.ts';
import { sendConnect } from './broker-raw-client.ts';
import { createDevice, readingsOf, readJournal, useBroker } from './broker-under-test.ts';

const KIB = 1024;
const shared = useBroker();
const { connected, open } = shared;

const ofDevice = async (deviceKey: number) =>
  (await readJournal(shared.pool)).filter((message) => message.deviceKey === deviceKey);

test('a payload of 256 KiB is kept whole', async () => {
  const device = await createDevice(shared.pool);
  const client = await connected(device);
  const payload = randomBytes(256 * KIB);
  await client.next('puback', client.publish(readingsOf(device), payload));
  const [message] = await ofDevice(device.deviceKey);
  expect(message?.flags).toBe(MESSAGE_FLAGS.ok);
  expect(message?.framed.payload.equals(payload)).toBe(true);
});

test('a payload above 256 KiB is acknowledged, marked too large and kept by its beginning, length and hash', async () => {
  const device = await createDevice(shared.pool);
  const client = await connected(device);
  const payload = randomBytes(256 * KIB + 1);
  await client.next('puback', client.publish(readingsOf(device), payload));
  await client.next('puback', client.publish(readingsOf(device), 'the next one'));
  const [tooLarge, next] = await ofDevice(device.deviceKey);
  expect(tooLarge).toMatchObject({ flags: MESSAGE_FLAGS.tooLarge, payloadBytes: payload.length });
  expect(tooLarge?.framed.payload.equals(payload.subarray(0, 4 * KIB))).toBe(true);
  expect(tooLarge?.framed.payloadSha256?.equals(createHash('sha256').update(payload).digest())).toBe(true);
  expect(next).toMatchObject({ payload: 'the next one', flags: MESSAGE_FLAGS.ok });
});

test('a packet of exactly 1 MiB is acknowledged; with a byte more the connection ends on the header, before the rest is sent', async () => {
  const device = await createDevice(shared.pool);
  const client = await connected(device);
  const topic = readingsOf(device);
  const largest = Buffer.alloc(KIB * KIB - 4 - topic.length, ' ');
  await client.next('puback', client.publish(topic, largest));
  const packet = generate({
    cmd: 'publish',
    topic,
    payload: Buffer.concat([largest, Buffer.from(' ')]),
    qos: 1,
    messageId: 2,
    dup: false,
    retain: false,
  });
  client.send(packet.subarray(0, 5));
  await client.closed;
});

test('before sign-in nothing large is taken, whatever it claims to be', async () => {
  const client = await open();
  client.send(Buffer.from([0x10, 0x80, 0x80, 0x08]));
  await client.closed;
});

test.each([
  ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
  ['a TLS greeting', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03])],
  ['only ones', Buffer.alloc(64, 0xff)],
  ['a length that never ends', Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])],
  ['a CONNECT without a body', Buffer.from([0x10, 0x00])],
  ['a CONNECT that is cut short', Buffer.from([0x10, 0x04, 0x00, 0x04, 0x4d, 0x51])],
  ['a PUBLISH before CONNECT', Buffer.from([0x30, 0x05, 0x00, 0x01, 0x61, 0x62, 0x63])],
  ['a PINGREQ before CONNECT', Buffer.from([0xc0, 0x00])],
])('%s costs its own connection and nothing else', async (_, bytes) => {
  const device = await createDevice(shared.pool);
  const other = await connected(device);
  const client = await open();
  client.send(bytes);
  await client.closed;
  await other.next('puback', other.publish(readingsOf(device), 'unharmed'));
});

test.each([
  [
    'a second CONNECT',
    (username: string) => generate({ cmd: 'connect', clientId: 'x', clean: true, username, protocolId: 'MQTT' }),
  ],
  ['a PUBLISH whose topic is longer than the packet', () => Buffer.from([0x32, 0x05, 0x00, 0xff, 0x61, 0x00, 0x01])],
  ['a PUBLISH without a topic', () => Buffer.from([0x32, 0x04, 0x00, 0x00, 0x00, 0x01])],
  ['a PUBLISH without a packet identifier', () => Buffer.from([0x32, 0x03, 0x00, 0x01, 0x61])],
  ['a PUBLISH with packet identifier 0', () => Buffer.from([0x32, 0x05, 0x00, 0x01, 0x61, 0x00, 0x00])],
  ['a PUBLISH of QoS 3', () => Buffer.from([0x36, 0x05, 0x00, 0x01, 0x61, 0x00, 0x01])],
  ['an empty PUBLISH', () => Buffer.from([0x30, 0x00])],
  ['a SUBSCRIBE with wrong flags', () => Buffer.from([0x80, 0x06, 0x00, 0x01, 0x00, 0x01, 0x61, 0x00])],
  ['a reserved packet type', () => Buffer.from([0xf0, 0x00])],
])('after sign-in %s ends the connection', async (_, bytesOf) => {
  const device = await createDevice(shared.pool);
  const client = await connected(device);
  client.send(bytesOf(device.username));
  await client.closed;
});

test('a packet that comes byte by byte is taken like any other', async () => {
  const device = await createDevice(shared.pool);
  const client = await connected(device);
  const packet = generate({
    cmd: 'publish',
    topic: readingsOf(device),
    payload: 'slowly',
    qos: 1,
    messageId: 77,
    dup: false,
    retain: false,
  });
  for (const byte of packet) {
    client.send(Buffer.from([byte]));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await client.next('puback', 77);
});

test('1,400 messages of one device at once are delayed to its rate and none is dropped; its neighbours on the connection are not delayed', async () => {
  const gateway = await createDevice(shared.pool, { kind: 'gateway' });
  const [flooding, calm] = [await createDevice(shared.pool, { gateway }), await createDevice(shared.pool, { gateway })];
  const client = await connected({ ...gateway, keepalive: 1 });
  const startedAt = performance.now();
  const ids = Array.from({ length: 1_400 }, (_, index) => client.publish(readingsOf(flooding), `${index}`));
  const calmId = client.publish(readingsOf(calm), 'calm');
  await client.next('puback', calmId);
  const calmMs = performance.now() - startedAt;
  await client.next('puback', ids.at(-1));
  const floodMs = performance.now() - startedAt;
  // 500 may come at once, the other 900 at 500 a second.
  expect(floodMs).toBeGreaterThan(1_700);
  expect(calmMs).toBeLessThan(floodMs - 700);
  const kept = await ofDevice(flooding.deviceKey);
  expect(kept.map(({ payload }) => payload)).toEqual(ids.map((_, index) => `${index}`));
});

test('a client that falls silent beyond one and a half keepalives is disconnected, one that pings is not, one without keepalive neither', async () => {
  const devices = await Promise.all(Array.from({ length: 3 }, () => createDevice(shared.pool)));
  const [silent, pinging, without] = await Promise.all([
    connected({ ...devices[0]!, keepalive: 1 }),
    connected({ ...devices[1]!, keepalive: 1 }),
    connected({ ...devices[2]!, keepalive: 0 }),
  ]);
  const pings = setInterval(() => pinging!.send({ cmd: 'pingreq' }), 300);
  try {
    await silent!.closed;
  } finally {
    clearInterval(pings);
  }
  for (const [index, client] of [pinging!, without!].entries())
    await client.next('puback', client.publish(readingsOf(devices[index + 1]!), 'alive'));
});

test('a storm of 300 sign-ins at once is answered', async () => {
  const devices = await Promise.all(Array.from({ length: 20 }, () => createDevice(shared.pool)));
  const answers = await Promise.all(
    Array.from({ length: 300 }, async (_, index) => {
      const client = await open();
      return sendConnect(client, { ...devices[index % devices.length]!, clientId: `storm ${index}` });
    }),
  );
  expect(new Set(answers)).toEqual(new Set([0]));
});
