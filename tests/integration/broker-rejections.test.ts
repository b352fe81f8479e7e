import type { Pool, PoolClient } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { expect, test } from 'vitest';
import { type RawClient, signIn } from './broker-raw-client.ts';
import { createDevice, startBroker, type TestDevice, useBroker } from './broker-under-test.ts';

const DAY_MS = 86_400_000;
const shared = useBroker();
const { connected } = shared;

const topicOf = ({ deviceId }: TestDevice) => `v1/devices/${deviceId}/rejections`;

async function subscribed(client: RawClient, device: TestDevice, qos: 0 | 1 = 1): Promise<void> {
  client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: topicOf(device), qos }] });
  expect((await client.next('suback')).granted).toEqual([qos]);
}

const announce = ({ deviceKey }: TestDevice) =>
  shared.pool.query('select pg_notify($1, $2)', ['downlinks', `rejections ${deviceKey}`]);

let seq = 0;
/** As ingest writes it: a row per item of one message. */
async function insert(
  db: Pool | PoolClient,
  { deviceId, deviceKey }: TestDevice,
  codes: readonly string[],
  { receivedAt = Date.now(), rejectedAt }: { readonly receivedAt?: number; readonly rejectedAt?: number } = {},
): Promise<void> {
  seq++;
  for (const [index, code] of codes.entries())
    await db.query(
      `insert into rejections (rejection_id, device_id, device_key, received_at, topic, code, detail, item_index, payload, payload_bytes,
         origin_partition, origin_seq, origin_index)
       values ($1, $2, $3, $4, 'topic', $5, $6, $7, '', 0, 0, $8, $7)`,
      [
        rejectedAt === undefined ? uuidv7() : uuidv7({ msecs: rejectedAt }),
        deviceId,
        deviceKey,
        receivedAt,
        code,
        `why ${code}`,
        index,
        seq,
      ],
    );
}

async function reject(device: TestDevice, codes: readonly string[]): Promise<void> {
  await insert(shared.pool, device, codes);
  await announce(device);
}

/** Acknowledges the next message of rejections and answers its codes. */
async function hear(client: RawClient): Promise<string[]> {
  const packet = await client.next('publish');
  if (packet.messageId !== undefined) client.send({ cmd: 'puback', messageId: packet.messageId });
  return JSON.parse(packet.payload.toString()).map(({ code }: { code: string }) => code);
}

const untold = async ({ deviceKey }: TestDevice) =>
  (await shared.pool.query('select from rejections where device_key = $1 and told_at is null', [deviceKey])).rowCount;

test('a device is told what was rejected and why, at most once a second', async () => {
  const device = await createDevice(shared.pool);
  const client = await connected(device);
  await subscribed(client, device);
  await reject(device, ['unknown_unit', 'missing_field']);
  const first = await client.next('publish');
  const firstAt = performance.now();
  expect({ topic: first.topic, qos: first.qos, told: JSON.parse(first.payload.toString()) }).toEqual({
    topic: topicOf(device),
    qos: 1,
    told: [
      { index: 0, code: 'unknown_unit', detail: 'why unknown_unit' },
      { index: 1, code: 'missing_field', detail: 'why missing_field' },
    ],
  });
  client.send({ cmd: 'puback', messageId: first.messageId! });
  await reject(device, ['invalid_time']);
  await reject(device, ['implausible_value']);
  const second = await client.next('publish');
  expect(performance.now() - firstAt).toBeGreaterThan(900);
  expect(JSON.parse(second.payload.toString()).map(({ code }: { code: string }) => code)).toEqual([
    'invalid_time',
    'implausible_value',
  ]);
});

test('a gateway hears the rejections of its devices, with the QoS it asked for', async () => {
  const gateway = await createDevice(shared.pool, { kind: 'gateway' });
  const device = await createDevice(shared.pool, { gateway });
  const client = await connected(gateway);
  await subscribed(client, device, 0);
  await reject(device, ['unknown_kind']);
  expect(await client.next('publish')).toMatchObject({ topic: topicOf(device), qos: 0 });
});

test('a rejection that is committed after a later one was told is told all the same', async () => {
  const device = await createDevice(shared.pool);
  const client = await connected(device);
  await subscribed(client, device);
  const slow = await shared.pool.connect();
  try {
    await slow.query('begin');
    await insert(slow, device, ['invalid_time'], { receivedAt: Date.now() - 5_000, rejectedAt: Date.now() - 5_000 });
    await reject(device, ['unknown_unit']);
    expect(await hear(client)).toEqual(['unknown_unit']);
    await slow.query('commit');
  } finally {
    slow.release();
  }
  await announce(device);
  expect(await hear(client)).toEqual(['invalid_time']);
});

test('a rejection found today of a reading that has waited in the journal for days is told', async () => {
  const device = await createDevice(shared.pool);
  const client = await connected(device);
  await subscribed(client, device);
  await insert(shared.pool, device, ['unknown_kind'], { receivedAt: Date.now() - 3 * DAY_MS });
  await announce(device);
  expect(await hear(client)).toEqual(['unknown_kind']);
});

test('a device hears at its next connection what was rejected while it was away, each once, and nothing that is a day old', async () => {
  const device = await createDevice(shared.pool);
  await insert(shared.pool, device, ['unknown_kind'], { rejectedAt: Date.now() - DAY_MS - 60_000 });
  await insert(shared.pool, device, ['unknown_unit'], { rejectedAt: Date.now() - 3_600_000 });
  const first = await connected(device);
  await subscribed(first, device);
  expect(await hear(first)).toEqual(['unknown_unit']);
  await expect.poll(() => untold(device)).toBe(1);
  first.end();

  const second = await connected(device);
  await subscribed(second, device);
  await reject(device, ['missing_field']);
  expect(await hear(second)).toEqual(['missing_field']);
});

test('a rejection that was not acknowledged is told again at the next connection, and after a restart of the broker', async () => {
  const device = await createDevice(shared.pool);
  const client = await connected(device);
  await subscribed(client, device);
  await reject(device, ['unknown_unit']);
  await client.next('publish');
  client.end();

  const successor = await startBroker(shared.database);
  try {
    const again = await signIn(successor.port, device);
    await subscribed(again, device);
    expect(await hear(again)).toEqual(['unknown_unit']);
    await expect.poll(() => untold(device)).toBe(0);
  } finally {
    await successor.stop();
  }
});

test('a device that acknowledges nothing gets one message a connection, and is not sent the same for ever', async () => {
  const device = await createDevice(shared.pool);
  const client = await connected(device);
  await subscribed(client, device);
  await reject(device, ['unknown_unit']);
  await client.next('publish');
  await reject(device, ['missing_field']);
  const witness = await createDevice(shared.pool);
  const other = await connected(witness);
  await subscribed(other, witness);
  for (const code of ['one', 'two']) {
    await reject(witness, [code]);
    expect(await hear(other)).toEqual([code]);
  }
  expect(client.received.filter(({ cmd }) => cmd === 'publish')).toHaveLength(1);
});

test('more than one message holds is told in several, a second apart', async () => {
  const device = await createDevice(shared.pool);
  const codes = Array.from({ length: 250 }, (_, index) => `code ${index}`);
  await insert(shared.pool, device, codes);
  const client = await connected(device);
  await subscribed(client, device);
  const first = await hear(client);
  const firstAt = performance.now();
  expect([...first, ...(await hear(client))]).toEqual(codes);
  expect(performance.now() - firstAt).toBeGreaterThan(900);
});
