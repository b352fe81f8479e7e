// What somebody with the credentials of one device can do to all others: nothing.
import fc from 'fast-check';
import { generate, type Packet } from 'mqtt-packet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RawClient, sendConnect, signIn } from './broker-raw-client.ts';
import { createDevice, readingsOf, statusOf, type TestDevice, useBroker } from './broker-under-test.ts';

/** Longest that a bystander may wait for an acknowledgement, on a busy machine. */
const HELD_UP_MS = 5_000;
const shared = useBroker();
const { connected, open } = shared;

let device: TestDevice;
let bystander: RawClient;
let bystandersTopic: string;
beforeAll(async () => {
  device = await createDevice(shared.pool);
  const other = await createDevice(shared.pool);
  bystandersTopic = readingsOf(other);
  bystander = await signIn(shared.port, other);
});
afterAll(() => bystander.end());

async function bystanderIsServed(): Promise<void> {
  const startedAt = performance.now();
  await bystander.next('puback', bystander.publish(bystandersTopic, '{}'));
  expect(performance.now() - startedAt).toBeLessThan(HELD_UP_MS);
}

function subscribe(client: RawClient, topics: readonly string[], messageId = 9): void {
  client.send({ cmd: 'subscribe', messageId, subscriptions: topics.map((topic) => ({ topic, qos: 1 })) });
}

const PACKETS = (): Packet[] => {
  const requests = `v1/devices/${device.deviceId}/requests`;
  const publish = { cmd: 'publish', payload: 'x'.repeat(30), dup: false, retain: true } as const;
  return [
    { ...publish, topic: readingsOf(device), qos: 0 },
    { ...publish, topic: readingsOf(device), qos: 1, messageId: 5 },
    { ...publish, topic: statusOf(device), qos: 2, messageId: 6, dup: true },
    {
      cmd: 'subscribe',
      messageId: 7,
      subscriptions: [
        { topic: requests, qos: 1 },
        { topic: '#', qos: 2 },
      ],
    },
    { cmd: 'unsubscribe', messageId: 8, unsubscriptions: [requests, 'a/+'] },
    { cmd: 'puback', messageId: 3 },
    { cmd: 'pubrec', messageId: 3 },
    { cmd: 'pubrel', messageId: 3 },
    { cmd: 'pubcomp', messageId: 3 },
    { cmd: 'pingreq' },
    { cmd: 'pingresp' },
    { cmd: 'connack', returnCode: 0, sessionPresent: false },
    { cmd: 'suback', messageId: 1, granted: [0] },
    { cmd: 'disconnect' },
    { cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clientId: 'again', clean: true },
  ];
};

test('packets with bytes changed and cut short harm their own connection at most, signed in or not', async () => {
  const packets = PACKETS();
  const mangled = fc
    .record({
      packet: fc.constantFrom(...packets),
      changes: fc.array(fc.tuple(fc.nat(11), fc.nat(255)), { maxLength: 3 }),
      keep: fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, fc.double({ min: 0, max: 1, noNaN: true })),
    })
    .map(({ packet, changes, keep }) => {
      const bytes = Buffer.from(generate(packet));
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
      return bytes.subarray(0, Math.ceil(bytes.length * keep));
    });
  const session = fc.option(fc.record({ clientId: fc.constantFrom('a', 'b', 'c'), clean: fc.boolean() }));
  await fc.assert(
    fc.asyncProperty(session, fc.array(mangled, { minLength: 1, maxLength: 6 }), async (signedIn, sent) => {
      const client = await open();
      if (signedIn) expect(await sendConnect(client, { ...device, ...signedIn })).toBe(0);
      for (const bytes of sent) if (!client.socket.destroyed) client.send(bytes);
      client.end();
      await bystanderIsServed();
    }),
    { numRuns: 200 },
  );
  expect(shared.broker.complaints).toEqual([]);
}, 60_000);

test('10,000 filters that it may not subscribe to are refused one by one, and nobody else waits for that', async () => {
  const client = await connected({ ...device, clientId: 'greedy', clean: false });
  const own = `v1/devices/${device.deviceId}/requests`;
  subscribe(client, [own, ...Array.from({ length: 10_000 }, (_, index) => `x/${index}`)]);
  await bystanderIsServed();
  const { granted } = await client.next('suback', 9);
  expect(granted[0]).toBe(1);
  expect(new Set(granted.slice(1))).toEqual(new Set([128]));
});

test("a gateway asks for all downlinks of 2,000 devices at once, and again when it comes back: it is served, and others don't wait", async () => {
  const gateway = await createDevice(shared.pool, { kind: 'gateway' });
  const { rows } = await shared.pool.query<{ device_id: string; device_key: number }>(
    `insert into devices (device_id, kind, gateway_key) select gen_random_uuid(), 'cgm', $1 from generate_series(1, 2000)
     returning device_id, device_key`,
    [gateway.deviceKey],
  );
  const session = { ...gateway, clientId: 'kept', clean: false };
  const client = await connected(session);
  const served = (async () => {
    for (let count = 0; count < 20; count++) await bystanderIsServed();
  })();
  subscribe(
    client,
    rows.flatMap((row) => [`v1/devices/${row.device_id}/requests`, `v1/devices/${row.device_id}/rejections`]),
  );
  expect(new Set((await client.next('suback', 9)).granted)).toEqual(new Set([1]));
  client.end();
  await served;

  const again = await connected(session);
  await bystanderIsServed();
  expect(again.received[0]).toMatchObject({ cmd: 'connack', sessionPresent: true });
  const last = rows.at(-1)!;
  await shared.pool.query(
    `insert into device_requests (request_id, device_key, request, expires_at)
     values (gen_random_uuid(), $1, '{}', now() + interval '1 minute')`,
    [last.device_key],
  );
  await shared.pool.query('select pg_notify($1, $2)', ['downlinks', `requests ${last.device_key}`]);
  expect((await again.next('publish')).topic).toBe(`v1/devices/${last.device_id}/requests`);
}, 60_000);

test('a packet of subscriptions above 256 KiB ends its connection', async () => {
  const client = await connected(device);
  subscribe(
    client,
    Array.from({ length: 40_000 }, (_, index) => `${index}`),
  );
  await client.closed;
  await bystanderIsServed();
});

test('a session of a device that was taken from its gateway does not go on with it', async () => {
  const gateway = await createDevice(shared.pool, { kind: 'gateway' });
  const child = await createDevice(shared.pool, { gateway });
  const session = { ...gateway, clientId: 'kept', clean: false };
  const before = await connected(session);
  subscribe(before, [`v1/devices/${child.deviceId}/requests`]);
  expect((await before.next('suback', 9)).granted).toEqual([1]);
  before.end();
  await shared.pool.query('update devices set gateway_key = null where device_key = $1', [child.deviceKey]);
  await shared.pool.query(`insert into registry_changes (entity, key) values ('device', $1)`, [`${child.deviceKey}`]);
  await expect
    .poll(async () => {
      const after = await signIn(shared.port, session);
      after.end();
      const packet = after.received[0];
      return packet?.cmd === 'connack' && packet.sessionPresent;
    })
    .toBe(false);
});
