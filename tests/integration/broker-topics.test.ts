import { expect, test } from 'vitest';
import { partitionOfDevice, partitionOfPatient } from '../../storage/journal/partition-of.ts';
import { MESSAGE_FLAGS } from '../../storage/journal/record-frame.ts';
import { recordChange } from '../../storage/registry/registry-changes.ts';
import { sendConnect } from './broker-raw-client.ts';
import { createDevice, readingsOf, readJournal, statusOf, type TestDevice, useBroker } from './broker-under-test.ts';

const shared = useBroker();
const { connected, open } = shared;

const journalled = async (text: string) =>
  (await readJournal(shared.pool)).filter(({ payload }) => payload.includes(text));

const audited = async (actor: string) =>
  (
    await shared.pool.query<{ action: string; count: number; detail: { topic: string } }>(
      'select action, count, detail from audit_log where actor = $1 order by audit_id',
      [`device ${actor}`],
    )
  ).rows;

test("publishing on another device's topic ends the connection, leaves nothing in the journal and an audit row with a count", async () => {
  const [device, other] = [await createDevice(shared.pool), await createDevice(shared.pool)];
  for (let attempt = 0; attempt < 3; attempt++) {
    const client = await connected(device);
    client.publish(readingsOf(other), 'foreign');
    await client.closed;
    expect(client.received.map(({ cmd }) => cmd)).toEqual(['connack']);
  }
  await expect
    .poll(() => audited(device.deviceId), { timeout: 3_000 })
    .toMatchObject([{ action: 'foreign_topic', count: 3, detail: { topic: readingsOf(other) } }]);
  expect(await journalled('foreign')).toEqual([]);
});

test.each([
  ['outside of v1/devices', () => 'somewhere/else'],
  ['of the server itself', () => '$SYS/broker/uptime'],
  ['of a team', () => 'v1/teams/019a0000-0000-7000-8000-000000000000/alerts/x'],
  ['with a wildcard', (device: TestDevice) => `v1/devices/${device.deviceId}/+`],
  ['with another spelling of its own id', (device: TestDevice) => readingsOf(device).toUpperCase()],
  ['whose id only begins like its own', (device: TestDevice) => `v1/devices/${device.deviceId}0/readings`],
])('a topic %s ends the connection, at every QoS', async (_, topicOf) => {
  const device = await createDevice(shared.pool);
  for (const qos of [0, 1, 2] as const) {
    const client = await connected(device);
    client.publish(topicOf(device), 'nowhere', { qos, messageId: 1 });
    await client.closed;
  }
  expect(await journalled('nowhere')).toEqual([]);
});

test('whatever a device publishes below its own id is acknowledged, and judged later', async () => {
  const device = await createDevice(shared.pool);
  const client = await connected(device);
  for (const rest of ['/readings', '/status', '/rejections', '/a/b/c', '', '/血糖']) {
    const topic = `v1/devices/${device.deviceId}${rest}`;
    await client.next('puback', client.publish(topic, 'own'));
    expect((await journalled('own')).at(-1)).toMatchObject({ topic, deviceKey: device.deviceKey, flags: 0 });
  }
});

test('a gateway speaks for the devices that are bound to it', async () => {
  const gateway = await createDevice(shared.pool, { kind: 'gateway' });
  const device = await createDevice(shared.pool, { gateway });
  const client = await connected(gateway);
  await client.next('puback', client.publish(readingsOf(device), 'through the gateway'));
  await client.next('puback', client.publish(statusOf(gateway), 'of the gateway itself'));
  expect(await journalled('gateway')).toMatchObject([
    { topic: readingsOf(device), deviceKey: device.deviceKey, flags: MESSAGE_FLAGS.ok },
    { topic: statusOf(gateway), deviceKey: gateway.deviceKey, flags: MESSAGE_FLAGS.ok },
  ]);
});

test("a gateway's message for a device that is not bound to it is acknowledged and marked, and its neighbours count", async () => {
  const gateway = await createDevice(shared.pool, { kind: 'gateway' });
  const own = await createDevice(shared.pool, { gateway });
  const strangers = [
    await createDevice(shared.pool),
    await createDevice(shared.pool, { gateway: await createDevice(shared.pool, { kind: 'gateway' }) }),
    { deviceId: '019a0000-0000-7000-8000-000000000000' },
    { deviceId: 'no-id-at-all' },
  ];
  const client = await connected(gateway);
  for (const { deviceId } of strangers)
    await client.next('puback', client.publish(`v1/devices/${deviceId}/readings`, 'not bound'));
  await client.next('puback', client.publish(readingsOf(own), 'but this one is'));
  const marked = await journalled('not bound');
  expect(marked.map(({ flags, deviceKey }) => ({ flags, deviceKey }))).toEqual(
    strangers.map(() => ({ flags: MESSAGE_FLAGS.deviceNotBound, deviceKey: gateway.deviceKey })),
  );
  expect(await journalled('but this one is')).toMatchObject([{ flags: MESSAGE_FLAGS.ok, deviceKey: own.deviceKey }]);
});

test('a device that is taken from its gateway is not bound from then on, without a new connection', async () => {
  const gateway = await createDevice(shared.pool, { kind: 'gateway' });
  const device = await createDevice(shared.pool, { gateway });
  const client = await connected(gateway);
  await client.next('puback', client.publish(readingsOf(device), 'still bound'));
  await shared.pool.query('update devices set gateway_key = null where device_key = $1', [device.deviceKey]);
  await recordChange(shared.pool, 'device', device.deviceKey);
  await expect
    .poll(async () => {
      await client.next('puback', client.publish(readingsOf(device), 'moved away'));
      return (await journalled('moved away')).at(-1)?.flags;
    })
    .toBe(MESSAGE_FLAGS.deviceNotBound);
});

test("a message lies in its patient's partition, or in its device's while nobody is assigned", async () => {
  const device = await createDevice(shared.pool);
  const client = await connected(device);
  await client.next('puback', client.publish(readingsOf(device), 'unassigned'));
  const { rows } = await shared.pool.query<{ patient_key: number }>(
    'insert into patients (patient_id) values (gen_random_uuid()) returning patient_key',
  );
  const patientKey = rows[0]!.patient_key;
  await shared.pool.query(
    `insert into device_bindings (binding_id, device_key, patient_key, from_at) values (gen_random_uuid(), $1, $2, to_timestamp(0))`,
    [device.deviceKey, patientKey],
  );
  await recordChange(shared.pool, 'device', device.deviceKey);
  await expect
    .poll(async () => {
      await client.next('puback', client.publish(readingsOf(device), 'assigned'));
      return (await journalled('assigned')).at(-1)?.partition;
    })
    .toBe(partitionOfPatient(patientKey, 8));
  expect((await journalled('unassigned'))[0]?.partition).toBe(partitionOfDevice(device.deviceKey, 8));
});

test('a will on its own status topic goes into the journal when the connection breaks, and not when it ends in order', async () => {
  const device = await createDevice(shared.pool);
  const will = (text: string) =>
    ({ topic: statusOf(device), payload: Buffer.from(text), qos: 1, retain: true }) as const;
  const inOrder = await connected({ ...device, will: will('{"will":"in order"}') });
  inOrder.send({ cmd: 'disconnect' });
  await inOrder.closed;
  const broken = await connected({ ...device, will: will('{"will":"broken"}') });
  broken.end();
  await expect
    .poll(async () => (await journalled('"will"')).map(({ payload }) => payload))
    .toEqual(['{"will":"broken"}']);
});

test.each([
  ['on its own readings', (device: TestDevice) => readingsOf(device)],
  ['on a foreign status topic', () => 'v1/devices/019a0000-0000-7000-8000-000000000000/status'],
  ['anywhere else', () => 'alarm'],
])('a will %s is refused at CONNECT and audited', async (_, topicOf) => {
  const device = await createDevice(shared.pool);
  const client = await open();
  const will = { topic: topicOf(device), payload: Buffer.from('x'), qos: 0, retain: false } as const;
  expect(await sendConnect(client, { ...device, will })).toBe(5);
  await client.closed;
  await expect.poll(() => audited(device.deviceId), { timeout: 3_000 }).toMatchObject([{ action: 'foreign_will' }]);
});

test("a gateway's will may be for one of its devices", async () => {
  const gateway = await createDevice(shared.pool, { kind: 'gateway' });
  const device = await createDevice(shared.pool, { gateway });
  const will = { topic: statusOf(device), payload: Buffer.from('{}'), qos: 0, retain: false } as const;
  await connected({ ...gateway, will });
});

test('what a device publishes with retain is not retained, and nobody else gets it', async () => {
  const gateway = await createDevice(shared.pool, { kind: 'gateway' });
  const device = await createDevice(shared.pool, { gateway });
  const [client, listener] = [await connected(device), await connected(gateway)];
  listener.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: readingsOf(device), qos: 1 }] });
  expect((await listener.next('suback', 1)).granted).toEqual([128]);
  await client.next('puback', client.publish(readingsOf(device), 'kept by nobody', { retain: true }));
  await client.next('pubrec', client.publish(readingsOf(device), 'kept by nobody', { retain: true, qos: 2 }));
  listener.send({ cmd: 'pingreq' });
  await listener.next('pingresp');
  expect(listener.received.some(({ cmd }) => cmd === 'publish')).toBe(false);
});

test('a device may subscribe to its own downlinks and to nothing else; the refused ones do not harm the others', async () => {
  const [device, other] = [await createDevice(shared.pool), await createDevice(shared.pool)];
  const client = await connected(device);
  const topics = [
    `v1/devices/${device.deviceId}/rejections`,
    `v1/devices/${device.deviceId}/requests`,
    `v1/devices/${other.deviceId}/requests`,
    `v1/devices/${device.deviceId}/readings`,
    `v1/devices/${device.deviceId}/#`,
    'v1/devices/+/requests',
    '#',
    '$SYS/#',
    'v1/teams/019a0000-0000-7000-8000-000000000000/alerts/+',
  ];
  client.send({ cmd: 'subscribe', messageId: 7, subscriptions: topics.map((topic) => ({ topic, qos: 1 })) });
  expect((await client.next('suback', 7)).granted).toEqual([1, 1, 128, 128, 128, 128, 128, 128, 128]);
  await client.next('puback', client.publish(readingsOf(device), 'still connected'));
});
