import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requireEngine } from '../production-engine.ts';
import { createSelfSigned, missingOpenssl, type SelfSigned } from '../self-signed-certificate.ts';
import { until } from '../system/until.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';
import { type BrokerUnderTest, createDevice, readingsOf, readJournal, startBroker } from './broker-under-test.ts';

const missing = missingOpenssl('MQTT over TLS');

describe('with PULSEWARD_TLS_CERT and PULSEWARD_TLS_KEY', () => {
  requireEngine(missing);
  const directory = mkdtempSync(join(tmpdir(), 'pulseward-broker-tls-'));
  let database: TestDatabase;
  let broker: BrokerUnderTest;
  let certificate: SelfSigned;

  beforeAll(async () => {
    if (missing) return;
    certificate = createSelfSigned(directory);
    database = await createTestDatabase();
    broker = await startBroker(database, { tls: certificate });
  });
  afterAll(async () => {
    await broker?.stop();
    await database?.drop();
    rmSync(directory, { recursive: true });
  });

  test('a device that trusts the certificate signs in over TLS, and its readings are journalled before they are acknowledged', async () => {
    expect(broker.address).toBe(`mqtts://127.0.0.1:${broker.port}`);
    const device = await createDevice(database.pool);
    const { username, password } = device;
    const client = await mqtt.connectAsync(broker.address, { username, password, ca: certificate.certificate });
    // More than one TLS record, so that it arrives in pieces.
    const payloads = ['{"value":1}', JSON.stringify({ padding: 'x'.repeat(200_000) }), '{"value":2}'];
    await Promise.all(payloads.map((payload) => client.publishAsync(readingsOf(device), payload, { qos: 1 })));
    expect((await readJournal(database.pool)).map(({ payload }) => payload)).toEqual(payloads);
    await client.endAsync();
  });

  test('a certificate that is replaced is used for new connections, and no device loses its own', async () => {
    const { username, password } = await createDevice(database.pool);
    const old = await mqtt.connectAsync(broker.address, {
      username,
      password,
      clientId: 'old',
      ca: certificate.certificate,
      reconnectPeriod: 0,
    });
    const next = createSelfSigned(directory, 'next');
    copyFileSync(next.keyFile, certificate.keyFile);
    copyFileSync(next.certFile, certificate.certFile);
    const connected = () =>
      mqtt.connectAsync(
        broker.address,
        { username, password, clientId: 'new', ca: next.certificate, reconnectPeriod: 0 },
        false,
      );
    const fresh = await until('the new certificate is in force', 10_000, () => connected().catch(() => undefined));
    expect(old.connected).toBe(true);
    await Promise.all([old.endAsync(), fresh.endAsync()]);
    certificate = { ...certificate, certificate: next.certificate };
    expect(broker.complaints).toEqual([]);
  });

  test('beside it MQTT without TLS is for this machine alone', async () => {
    const [, plaintext] = broker.addresses;
    expect(plaintext).toMatch(/^mqtt:\/\/127\.0\.0\.1:\d+$/);
    const { username, password } = await createDevice(database.pool);
    await (await mqtt.connectAsync(plaintext!, { username, password })).endAsync();
  });

  test('nobody gets in without TLS where TLS is spoken', async () => {
    const { username, password } = await createDevice(database.pool);
    const plain = mqtt.connectAsync(
      `mqtt://127.0.0.1:${broker.port}`,
      { username, password, connectTimeout: 3_000 },
      false,
    );
    await expect(plain).rejects.toThrow();
  });

  test('somebody who speaks no TLS is disconnected, and nobody else notices', async () => {
    const socket = connectPlain(broker.port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\n\r\n'));
    socket.on('error', () => undefined);
    await new Promise((resolve) => socket.once('close', resolve).resume());
    const { username, password } = await createDevice(database.pool);
    const client = await mqtt.connectAsync(broker.address, { username, password, ca: certificate.certificate });
    await client.endAsync();
    expect(broker.complaints).toEqual([]);
  });
});
