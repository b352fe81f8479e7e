import { connect, createServer, type Socket } from 'node:net';
import { generate } from 'mqtt-packet';
import { afterEach, expect, test } from 'vitest';
import { DeviceConnection, RECEIVED_BIT } from './device-connection.ts';

const KIB = 1024;
const opened: { end(): void }[] = [];
afterEach(() => {
  for (const each of opened.splice(0)) each.end();
});

/** A connection that is signed in, and the device's end of it. What arrives is counted, with its payload's length, and never answered. */
async function createConnected() {
  const arrived: { readonly payloadBytes: number; readonly qos: number }[] = [];
  const received: number[] = [];
  let accepted: Socket | undefined;
  let connection: DeviceConnection | undefined;
  const server = createServer((socket) => {
    accepted = socket;
    connection = new DeviceConnection(socket, {
      onPublish(self, data, start, bodyStart, end) {
        const qos = (data[start]! >> 1) & 3;
        const topicBytes = data.readUInt16BE(bodyStart);
        const payloadBytes = end - bodyStart - 2 - topicBytes - (qos > 0 ? 2 : 0);
        self.expectAnswer(payloadBytes);
        arrived.push({ payloadBytes, qos });
        return true;
      },
      onPuback: () => false,
      onReceived: (_, packetId) => received.push(packetId),
      onReleased: () => {},
      onClose: () => {},
    });
    connection.becomeReady();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const device = connect({ port: address.port, host: '127.0.0.1' });
  opened.push({
    end() {
      device.destroy();
      accepted?.destroy();
      server.close();
    },
  });
  // Whoever begins with anything but a CONNECT is closed.
  device.write(generate({ cmd: 'connect', clientId: 'x', clean: true, protocolId: 'MQTT', protocolVersion: 4 }));
  await expect.poll(() => connection?.ready).toBe(true);
  let lastId = 0;
  return {
    connection: connection!,
    arrived,
    received,
    isReading: () => accepted?.isPaused() === false,
    publish(payloadBytes: number, qos: 0 | 1 | 2 = 1) {
      const packet = { topic: 't', payload: Buffer.alloc(payloadBytes), qos, dup: false, retain: false } as const;
      device.write(generate({ cmd: 'publish', ...packet, ...(qos > 0 ? { messageId: ++lastId } : {}) }));
    },
  };
}

test.each([0, 1, 2] as const)('a thousand messages of QoS %i under way are as many as are read', async (qos) => {
  const { connection, arrived, isReading, publish } = await createConnected();
  for (let count = 0; count < 999; count++) publish(1, qos);
  await expect.poll(() => arrived.length).toBe(999);
  expect(isReading()).toBe(true);
  publish(1, qos);
  await expect.poll(isReading).toBe(false);
  for (let token = 1; token <= 600; token++) connection.appended(qos === 0 ? 0 : token, 1);
  connection.flush();
  expect(isReading()).toBe(true);
});

test('what is answered makes room for as many bytes as it had, whatever else is still under way', async () => {
  const { connection, arrived, isReading, publish } = await createConnected();
  for (const payloadBytes of [400 * KIB, 400 * KIB]) publish(payloadBytes);
  await expect.poll(() => arrived.length).toBe(2);
  connection.appended(1, 400 * KIB);
  connection.flush();
  publish(400 * KIB);
  await expect.poll(() => arrived.length).toBe(3);
  expect(isReading()).toBe(true);
  publish(400 * KIB);
  await expect.poll(() => arrived.length).toBe(4);
  expect(isReading()).toBe(false);
  connection.appended(2, 400 * KIB);
  connection.flush();
  expect(isReading()).toBe(false);
  connection.appended(3, 400 * KIB);
  connection.flush();
  expect(isReading()).toBe(true);
});

test('answers of one commit are one write, each of its own kind', async () => {
  const { connection, received } = await createConnected();
  const sent: string[] = [];
  connection.send = (packet) => void sent.push(packet.toString('hex'));
  expect([1, 0x1234, RECEIVED_BIT + 0xffff, 0].map((token) => connection.appended(token, 0))).toEqual([
    true,
    false,
    false,
    false,
  ]);
  connection.flush();
  expect(sent).toEqual(['4002000140021234' + '5002ffff']);
  expect(received).toEqual([0xffff]);
});
