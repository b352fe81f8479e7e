import { v7 as uuidv7 } from 'uuid';
import { expect, test } from 'vitest';
import { openKysely } from '../../storage/database.ts';
import { recordChange } from '../../storage/registry/registry-changes.ts';
import { issueToken } from '../../storage/registry/tokens.ts';
import { type RawClient, type SignInOptions, signIn } from './broker-raw-client.ts';
import { createDevice, startBroker, type TestDevice, useBroker } from './broker-under-test.ts';

const shared = useBroker();
const { connected } = shared;

async function subscribed(client: RawClient, topic: string, qos: 0 | 1 = 1): Promise<void> {
  client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic, qos }] });
  expect((await client.next('suback')).granted).toEqual([qos]);
}

const notify = (channel: string, payload: string) => shared.pool.query('select pg_notify($1, $2)', [channel, payload]);

async function ask(device: TestDevice, request: object, expiresInMs = 60_000): Promise<string> {
  const requestId = uuidv7();
  await shared.pool.query(
    'insert into device_requests (request_id, device_key, request, expires_at) values ($1, $2, $3, to_timestamp($4))',
    [requestId, device.deviceKey, JSON.stringify(request), (Date.now() + expiresInMs) / 1000],
  );
  await notify('downlinks', `requests ${device.deviceKey}`);
  return requestId;
}

const isDelivered = async (requestId: string) =>
  (await shared.pool.query('select delivered_at from device_requests where request_id = $1', [requestId])).rows[0]
    ?.delivered_at !== null;

test('a request reaches a connected device at once, and is delivered when the device acknowledges it', async () => {
  const device = await createDevice(shared.pool);
  const client = await connected(device);
  await subscribed(client, `v1/devices/${device.deviceId}/requests`);
  const requestId = await ask(device, { kind: 'measure_again', afterMinutes: 5 });
  const packet = await client.next('publish');
  expect(JSON.parse(packet.payload.toString())).toMatchObject({ requestId, kind: 'measure_again', afterMinutes: 5 });
  expect(await isDelivered(requestId)).toBe(false);
  client.send({ cmd: 'puback', messageId: packet.messageId! });
  await expect.poll(() => isDelivered(requestId)).toBe(true);
});

test('a request that was not acknowledged is sent again at the next connection, a delivered or expired one is not', async () => {
  const device = await createDevice(shared.pool);
  const topic = `v1/devices/${device.deviceId}/requests`;
  const expired = await ask(device, { kind: 'too late' }, -1_000);
  const open = await ask(device, { kind: 'measure_again' });
  const first = await connected(device);
  await subscribed(first, topic);
  expect(JSON.parse((await first.next('publish')).payload.toString()).requestId).toBe(open);
  first.end();

  const second = await connected(device);
  await subscribed(second, topic);
  const packet = await second.next('publish');
  expect(JSON.parse(packet.payload.toString()).requestId).toBe(open);
  second.send({ cmd: 'puback', messageId: packet.messageId! });
  await expect.poll(() => isDelivered(open)).toBe(true);
  second.end();

  const third = await connected(device);
  await subscribed(third, topic);
  const marker = await ask(device, { kind: 'marker' });
  expect(JSON.parse((await third.next('publish')).payload.toString()).requestId).toBe(marker);
  expect(await isDelivered(expired)).toBe(false);
});

test('a session that comes back with its subscriptions gets its requests without subscribing again', async () => {
  const device = await createDevice(shared.pool);
  const session = { ...device, clientId: 'kept', clean: false };
  const before = await connected(session);
  await subscribed(before, `v1/devices/${device.deviceId}/requests`);
  before.send({ cmd: 'disconnect' });
  await before.closed;
  const requestId = await ask(device, { kind: 'measure_again' });
  const after = await connected(session);
  const packet = await after.next('publish');
  expect(JSON.parse(packet.payload.toString()).requestId).toBe(requestId);
  expect(after.received[0]).toMatchObject({ cmd: 'connack', sessionPresent: true });
});

test('who has unsubscribed is not told any more', async () => {
  const device = await createDevice(shared.pool);
  const client = await connected(device);
  const topic = `v1/devices/${device.deviceId}/requests`;
  await subscribed(client, topic);
  client.send({ cmd: 'unsubscribe', messageId: 2, unsubscriptions: [topic] });
  await client.next('unsuback');
  const requestId = await ask(device, { kind: 'measure_again' });
  const listener = await connected({ ...device, clientId: 'second' });
  await subscribed(listener, topic);
  expect(JSON.parse((await listener.next('publish')).payload.toString()).requestId).toBe(requestId);
  expect(client.received.some(({ cmd }) => cmd === 'publish')).toBe(false);
});

async function createTeam(): Promise<string> {
  const teamId = uuidv7();
  await shared.pool.query(`insert into teams (team_id, name) values ($1, 'Team')`, [teamId]);
  return teamId;
}

async function createUser(teamId: string): Promise<SignInOptions & { readonly userId: string }> {
  const userId = uuidv7();
  await shared.pool.query(`insert into users (user_id, username, password_hash) values ($1, $2, 'x')`, [
    userId,
    userId,
  ]);
  await shared.pool.query(
    `insert into grants (grant_id, user_id, role, team_id) values (gen_random_uuid(), $1, 'nurse', $2)`,
    [userId, teamId],
  );
  const { token } = await issueToken(openKysely(shared.pool), { userId, kind: 'api' });
  return { userId, username: 'token', password: token };
}

async function openAlert(teamId: string, severity = 'critical'): Promise<string> {
  const { rows } = await shared.pool.query<{ patient_key: number }>(
    'insert into patients (patient_id) values (gen_random_uuid()) returning patient_key',
  );
  const alertId = uuidv7();
  const { rows: columns } = await shared.pool.query<{ column_name: string }>(
    `select column_name from information_schema.columns where table_name = 'alerts' and is_nullable = 'NO' and column_default is null`,
  );
  const values: Record<string, unknown> = {
    alert_id: alertId,
    patient_key: rows[0]!.patient_key,
    team_id: teamId,
    condition: 'glucose',
    direction: 'low',
    severity,
    peak_severity: severity,
    state: 'open',
    signal: 'firing',
    opened_at: Date.now(),
    fired_at: Date.now(),
  };
  const names = [...new Set([...columns.map((row) => row.column_name), 'team_id'])];
  await shared.pool.query(
    `insert into alerts (${names.join(', ')}) values (${names.map((_, index) => `$${index + 1}`).join(', ')})`,
    names.map((name) => values[name]),
  );
  await notify('live', `alert ${alertId}`);
  return alertId;
}

test("a team's screen gets an alert when it opens, its later states, and an empty message when nothing is left of it", async () => {
  const teamId = await createTeam();
  const client = await connected(await createUser(teamId));
  await subscribed(client, `v1/teams/${teamId}/alerts/+`);
  const alertId = await openAlert(teamId);
  const topic = `v1/teams/${teamId}/alerts/${alertId}`;
  const opened = await client.next('publish');
  expect(opened.topic).toBe(topic);
  const message = JSON.parse(opened.payload.toString());
  expect(message).toMatchObject({ alertId, teamId, severity: 'critical', state: 'open', signal: 'firing' });
  expect(message.link).toBe(`https://pulseward.example/#/alerts/${alertId}`);
  expect(Object.keys(message).some((key) => /name|phone|address/i.test(key))).toBe(false);

  await shared.pool.query(`update alerts set state = 'acknowledged' where alert_id = $1`, [alertId]);
  await notify('live', `alert ${alertId}`);
  expect(JSON.parse((await client.next('publish')).payload.toString()).state).toBe('acknowledged');

  await shared.pool.query(`update alerts set state = 'resolved' where alert_id = $1`, [alertId]);
  await notify('live', `alert ${alertId}`);
  expect(JSON.parse((await client.next('publish')).payload.toString()).state).toBe('resolved');
  expect((await client.next('publish')).payload.toString()).toBe('');

  const late = await connected({ ...(await createUser(teamId)), clientId: 'late' });
  await subscribed(late, topic);
  const open = await openAlert(teamId);
  await subscribed(late, `v1/teams/${teamId}/alerts/${open}`);
  expect((await late.next('publish')).topic).toBe(`v1/teams/${teamId}/alerts/${open}`);
});

test('a screen that subscribes later gets the present state of what is open, also of what opened while no broker ran', async () => {
  const teamId = await createTeam();
  const alertId = await openAlert(teamId, 'warning');
  const successor = await startBroker(shared.database);
  try {
    const client = await signIn(successor.port, await createUser(teamId));
    await subscribed(client, `v1/teams/${teamId}/alerts/#`, 0);
    const retained = await client.next('publish');
    expect(retained).toMatchObject({ topic: `v1/teams/${teamId}/alerts/${alertId}`, retain: true });
  } finally {
    await successor.stop();
  }
});

test('whichever of several brokers a screen is connected to, it hears of each change once', async () => {
  const teamId = await createTeam();
  const successor = await startBroker(shared.database);
  try {
    const user = await createUser(teamId);
    const screens = [
      await connected({ ...user, clientId: 'screen a' }),
      await signIn(successor.port, { ...user, clientId: 'screen b' }),
    ];
    for (const screen of screens) await subscribed(screen, `v1/teams/${teamId}/alerts/+`);
    const opened = [await openAlert(teamId), await openAlert(teamId)];
    for (const screen of screens) {
      const topics = [(await screen.next('publish')).topic, (await screen.next('publish')).topic];
      expect(topics.toSorted()).toEqual(opened.map((alertId) => `v1/teams/${teamId}/alerts/${alertId}`).toSorted());
    }
  } finally {
    await successor.stop();
  }
});

test('a screen that comes back is told that its session is new, subscribes again and gets what has changed meanwhile', async () => {
  const teamId = await createTeam();
  const user = await createUser(teamId);
  const before = await connected({ ...user, clientId: 'screen', clean: false });
  await subscribed(before, `v1/teams/${teamId}/alerts/+`);
  before.end();
  const alertId = await openAlert(teamId);
  const after = await connected({ ...user, clientId: 'screen', clean: false });
  expect(after.received[0]).toMatchObject({ cmd: 'connack', sessionPresent: false });
  await subscribed(after, `v1/teams/${teamId}/alerts/+`);
  expect((await after.next('publish')).topic).toBe(`v1/teams/${teamId}/alerts/${alertId}`);
});

test('nobody hears of other teams, and who loses a grant hears no more', async () => {
  const [own, foreign] = [await createTeam(), await createTeam()];
  const user = await createUser(own);
  const client = await connected(user);
  const filters = [`v1/teams/${foreign}/alerts/+`, 'v1/teams/+/alerts/+', `v1/teams/${own}/#`, '#'];
  client.send({ cmd: 'subscribe', messageId: 1, subscriptions: filters.map((topic) => ({ topic, qos: 1 })) });
  expect((await client.next('suback')).granted).toEqual([128, 128, 128, 128]);
  await subscribed(client, `v1/teams/${own}/alerts/+`);
  await openAlert(foreign);
  const first = await openAlert(own);
  expect((await client.next('publish')).topic).toBe(`v1/teams/${own}/alerts/${first}`);

  const witness = await connected({ ...(await createUser(own)), clientId: 'witness' });
  await subscribed(witness, `v1/teams/${own}/alerts/+`);
  await witness.next('publish');
  await shared.pool.query('update grants set revoked_at = now() where user_id = $1', [user.userId]);
  await recordChange(shared.pool, 'user', user.userId ?? '');
  await expect
    .poll(
      async () => {
        const before = client.received.length;
        await openAlert(own);
        await witness.next('publish');
        client.send({ cmd: 'pingreq' });
        await client.next('pingresp');
        return client.received.slice(before).some(({ cmd }) => cmd === 'publish');
      },
      { timeout: 6_000, interval: 200 },
    )
    .toBe(false);
});
