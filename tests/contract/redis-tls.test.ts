// Journal and queue over TLS, to a redis-server with a certificate that no public authority has signed.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { environmentWith } from '../../runtime/config.ts';
import { choosePort } from '../../storage/embedded-postgres/choose-port.ts';
import { settleJournalPartitions } from '../../storage/journal/journal-partitions.ts';
import { requireEngine } from '../production-engine.ts';
import { createSelfSigned, missingOpenssl, type SelfSigned } from '../self-signed-certificate.ts';
import { redisSpeaksTls, startTestRedis, type TestRedis } from '../start-test-redis.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';

const missing = redisSpeaksTls
  ? missingOpenssl('rediss://')
  : 'no redis-server built with TLS: rediss:// is not tested';
requireEngine(missing);

const directory = mkdtempSync(join(tmpdir(), 'pulseward-redis-tls-'));
let redis: TestRedis;
let database: TestDatabase;
let server: SelfSigned;
let url: string;
beforeAll(async () => {
  if (missing) return;
  server = createSelfSigned(directory);
  const port = await choosePort();
  url = `rediss://127.0.0.1:${port}`;
  const tls = ['--tls-port', String(port), '--tls-auth-clients', 'no'];
  const certificate = ['--tls-cert-file', server.certFile, '--tls-key-file', server.keyFile];
  const authority = ['--tls-ca-cert-file', server.certFile];
  const hosts = ['--bind', '127.0.0.1', '127.0.0.2'];
  [redis, database] = await Promise.all([
    startTestRedis(...hosts, ...tls, ...certificate, ...authority),
    createTestDatabase(),
  ]);
  await settleJournalPartitions(database.pool, 2);
});
afterAll(async () => {
  await Promise.all([redis?.destroy(), database?.drop()]);
  rmSync(directory, { recursive: true });
});

/** What came of it in a process of its own: what Node trusts is settled when it starts. */
async function useBoth(at: string, trusted: string | undefined): Promise<string> {
  const child = fork(join(import.meta.dirname, 'redis-tls.process.ts'), [database.url, at], {
    env: environmentWith({ NODE_EXTRA_CA_CERTS: trusted }),
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const [outcome] = await once(child, 'message');
  await once(child, 'exit');
  return outcome;
}

test('journal and queue work where NODE_EXTRA_CA_CERTS names the certificate of its authority', async () => {
  expect(await useBoth(url, server.certFile)).toBe('over the line, nudged');
}, 30_000);

test('a certificate that nothing trusts ends a start, which says how to trust it', async () => {
  expect(await useBoth(url, undefined)).toMatch(/REDIS_URL.*certificate.*NODE_EXTRA_CA_CERTS/s);
}, 30_000);

test('a certificate of another host ends a start, too', async () => {
  const elsewhere = url.replace('127.0.0.1', '127.0.0.2');
  expect(await useBoth(elsewhere, server.certFile)).toMatch(/REDIS_URL.*certificate/s);
}, 30_000);
