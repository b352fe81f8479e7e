// MQTT over WebSocket: the HTTP server in front of a real broker, asked by mqtt.js and by clients that do what no library would.
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { generate } from 'mqtt-packet';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { createTeam, createTestApi, type TestApi } from '../dashboards/test-api.ts';
import { requireEngine } from '../production-engine.ts';
import { createSelfSigned, missingOpenssl } from '../self-signed-certificate.ts';
import { until } from '../system/until.ts';
import { type BrokerUnderTest, createDevice, readingsOf, readJournal, startBroker } from './broker-under-test.ts';

let api: TestApi;
let broker: BrokerUnderTest;
let url: string;

/** What the next upgrade is led to. */
const upstream = createServer({ pauseOnConnect: true });
let takeUpstream: (socket: Socket) => void;
const toBroker = (socket: Socket) => {
  const onward = connect(broker.port, '127.0.0.1');
  for (const each of [socket, onward]) each.on('error', () => undefined);
  socket.pipe(onward).pipe(socket);
};

beforeAll(async () => {
  takeUpstream = toBroker;
  upstream.on('connection', (socket) => takeUpstream(socket));
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  const { port } = upstream.address() as AddressInfo;
  api = await createTestApi({ PULSEWARD_BROKER_URL: `mqtt://127.0.0.1:${port}` });
  broker = await startBroker(api.database);
  const address = await api.server.listen({ host: '127.0.0.1', port: 0 });
  url = `${address.replace('http:', 'ws:')}/mqtt`;
});
afterAll(async () => {
  await broker?.stop();
  await api?.close();
  upstream.close();
});

function openWebSocket(protocol = 'mqtt'): WebSocket {
  const webSocket = new WebSocket(url, [protocol], { perMessageDeflate: false });
  webSocket.on('error', () => undefined);
  onTestFinished(() => webSocket.terminate());
  return webSocket;
}

async function opened(protocol?: string): Promise<WebSocket> {
  const webSocket = openWebSocket(protocol);
  await once(webSocket, 'open');
  return webSocket;
}

const closeCodeOf = async (webSocket: WebSocket): Promise<number> => Number((await once(webSocket, 'close'))[0]);

/** What an upgrade to `/mqtt` is answered with. */
function statusOfUpgrade(headers: Readonly<Record<string, string>>, path = '/mqtt'): Promise<number | undefined> {
  const asked = request(new URL(path, url.replace('ws:', 'http:')), {
    headers: { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', ...headers },
  });
  asked.end();
  return new Promise((resolve, reject) => {
    asked.on('error', reject);
    asked.on('response', (response) => {
      response.resume();
      resolve(response.statusCode);
    });
  });
}
const KEY = { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' };

test('a device signs in over WebSocket, and its readings are journalled before they are acknowledged', async () => {
  const device = await createDevice(api.database.pool);
  const { username, password } = device;
  const client = await mqtt.connectAsync(url, { username, password, reconnectPeriod: 0 });
  onTestFinished(() => client.endAsync(true));
  // Below and above the size of a frame that is read at once.
  const payloads = ['{"value":1}', JSON.stringify({ padding: 'x'.repeat(900_000) }), '{"value":2}'];
  for (const payload of payloads) {
    await client.publishAsync(readingsOf(device), payload, { qos: 1 });
    const journalled = await readJournal(api.database.pool);
    expect(journalled.at(-1)?.payloadBytes).toBe(payload.length);
  }
  await client.publishAsync(readingsOf(device), '{"value":3}', { qos: 2 });
  const wrong = mqtt.connectAsync(url, { username, password: 'another', reconnectPeriod: 0 }, false);
  await expect(wrong).rejects.toThrow(/Bad username or password/i);
});

test('a page that has an API token may subscribe to the alerts of its team, and of no other', async () => {
  const teamId = await createTeam(api.admin, 'Page team');
  const { token } = await api.createCaller('page', [{ role: 'gp', teamId }]);
  const client = await mqtt.connectAsync(url, { username: 'token', password: token, reconnectPeriod: 0 });
  onTestFinished(() => client.endAsync(true));
  const [granted] = await client.subscribeAsync(`v1/teams/${teamId}/alerts/+`, { qos: 1 });
  expect(granted?.qos).toBe(1);
  const other = await createTeam(api.admin, 'Other team');
  await expect(client.subscribeAsync(`v1/teams/${other}/alerts/+`)).rejects.toThrow();
});

test('what is no MQTT over WebSocket is refused before the broker hears of it, and other paths and pages go on', async () => {
  expect(await statusOfUpgrade(KEY)).toBe(400);
  expect(await statusOfUpgrade({ ...KEY, 'sec-websocket-protocol': 'graphql-ws' })).toBe(400);
  expect(await statusOfUpgrade({ 'sec-websocket-protocol': 'mqtt' })).toBe(400);
  expect(await statusOfUpgrade({ ...KEY, 'sec-websocket-protocol': 'mqtt' }, '/healthz')).toBe(200);
  expect(await statusOfUpgrade({ ...KEY, 'sec-websocket-protocol': 'mqtt' }, '/elsewhere')).toBe(404);
  expect((await opened('mqttv3.1')).protocol).toBe('mqttv3.1');
});

test('text frames and frames that are too large are refused by their close codes, garbage by the broker', async () => {
  const text = await opened();
  text.send('hello');
  expect(await closeCodeOf(text)).toBe(1003);

  const garbage = await opened();
  garbage.send(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
  expect(await closeCodeOf(garbage)).toBe(1000);

  const { username, password } = await createDevice(api.database.pool);
  const large = await opened();
  large.send(generate({ cmd: 'connect', clientId: 'large', username, password: Buffer.from(password), clean: true }));
  await once(large, 'message');
  large.send(Buffer.alloc(2 * 1024 * 1024 + 1));
  expect(await closeCodeOf(large)).toBe(1009);
});

test('who is not signed in cannot have memory filled with a frame that never ends', async () => {
  const stranger = await opened();
  stranger.send(Buffer.alloc(60_000), { fin: false });
  stranger.send(Buffer.alloc(60_000), { fin: false });
  expect(await closeCodeOf(stranger)).toBe(1006);
});

test('a broker is read no faster than the page reads, and what is cut off is cut off on both sides', async () => {
  let sent = 0;
  let ended: Promise<unknown> | undefined;
  takeUpstream = (socket) => {
    ended = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    socket.resume();
    const fill = () => {
      while (socket.writable && socket.write(Buffer.alloc(64 * 1024))) sent += 64 * 1024;
    };
    socket.on('drain', fill);
    fill();
  };
  onTestFinished(() => {
    takeUpstream = toBroker;
  });
  const slow = await opened();
  slow.pause();
  let last = -1;
  await until('the broker can write no more', 20_000, async () => {
    const stands = sent === last;
    last = sent;
    await new Promise((resolve) => setTimeout(resolve, 300));
    return stands;
  });
  // The kernel's buffers of two connections, and ours; without a bound it would not have come to stand.
  expect(sent).toBeLessThan(32 * 1024 * 1024);
  slow.terminate();
  await ended;
});

test('a device is read no faster than the broker reads', async () => {
  const held: Socket[] = [];
  takeUpstream = (socket) => {
    held.push(socket);
    socket.on('error', () => undefined);
    // The answer to a CONNECT; nothing is read.
    socket.write(Buffer.from([0x20, 2, 0, 0]));
  };
  onTestFinished(() => {
    takeUpstream = toBroker;
    for (const socket of held) socket.destroy();
  });
  const device = openWebSocket();
  await once(device, 'message');
  let last = -1;
  await until('the device can write no more', 20_000, async () => {
    const frame = Buffer.alloc(256 * 1024);
    while (device.bufferedAmount < 1024 * 1024) device.send(frame);
    const stands = device.bufferedAmount === last;
    last = device.bufferedAmount;
    await new Promise((resolve) => setTimeout(resolve, 300));
    return stands;
  });
  expect(last).toBeGreaterThanOrEqual(1024 * 1024);
});

test('while no broker is there an upgrade is answered with 503', async () => {
  takeUpstream = (socket) => socket.destroy();
  const { port } = upstream.address() as AddressInfo;
  await new Promise((resolve) => upstream.close(resolve));
  expect(await statusOfUpgrade({ ...KEY, 'sec-websocket-protocol': 'mqtt' })).toBe(503);
  takeUpstream = toBroker;
  await new Promise<void>((resolve) => upstream.listen(port, '127.0.0.1', resolve));
});

describe('with a certificate', () => {
  requireEngine(missingOpenssl('MQTT over WebSocket with TLS'));

  test('it is wss, and a certificate that is replaced reaches new connections while old ones go on', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'pulseward-wss-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const [first, second] = [createSelfSigned(directory, 'first'), createSelfSigned(directory, 'second')];
    const { address, port } = upstream.address() as AddressInfo;
    const secure = await createTestApi({
      PULSEWARD_BROKER_URL: `mqtt://${address}:${port}`,
      PULSEWARD_TLS_CERT: first.certFile,
      PULSEWARD_TLS_KEY: first.keyFile,
    });
    onTestFinished(() => secure.close());
    await secure.server.listen({ host: '127.0.0.1', port: 0 });
    const secureUrl = `wss://127.0.0.1:${(secure.server.server.address() as AddressInfo).port}/mqtt`;
    const { username, password } = await createDevice(api.database.pool);
    const signIn = (clientId: string, ca: string) =>
      mqtt.connectAsync(secureUrl, { username, password, clientId, ca, reconnectPeriod: 0 }, false);
    const old = await signIn('old', first.certificate);
    copyFileSync(second.keyFile, first.keyFile);
    copyFileSync(second.certFile, first.certFile);
    const fresh = await until('the new certificate is in force', 10_000, () =>
      signIn('fresh', second.certificate).catch(() => undefined),
    );
    expect(old.connected).toBe(true);
    await Promise.all([old.endAsync(), fresh.endAsync()]);
  });
});

test('a server that stops says so to everybody who is connected, and ends', async () => {
  const client = await opened();
  const closed = closeCodeOf(client);
  await api.server.close();
  expect(await closed).toBe(1001);
});
