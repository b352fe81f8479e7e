import { copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type Server, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { requireEngine } from '../tests/production-engine.ts';
import { createSelfSigned, missingOpenssl, type SelfSigned } from '../tests/self-signed-certificate.ts';
import { until } from '../tests/system/until.ts';
import { type CertificateKeeper, createCertificateKeeper } from './certificate-keeper.ts';
import { createLog } from './log.ts';

describe('a server whose certificate is replaced while it runs', () => {
  requireEngine(missingOpenssl('the replacement of a certificate'));
  const directory = mkdtempSync(join(tmpdir(), 'pulseward-certificate-'));
  const files = { certFile: join(directory, 'cert.pem'), keyFile: join(directory, 'key.pem') };
  let [first, second]: SelfSigned[] = [];
  let server: Server;
  let keeper: CertificateKeeper;
  let lines: string[];
  const clients: TLSSocket[] = [];

  const install = ({ certFile, keyFile }: SelfSigned) => {
    copyFileSync(certFile, files.certFile);
    copyFileSync(keyFile, files.keyFile);
  };
  afterAll(() => rmSync(directory, { recursive: true }));
  const linesAt = (level: string) => lines.filter((line) => JSON.parse(line).level === level);

  beforeEach(async () => {
    [first, second] = [createSelfSigned(directory, 'first'), createSelfSigned(directory, 'second')];
    install(first);
    lines = [];
    const log = createLog({ part: 'test', level: 'info', write: (line) => lines.push(line) });
    keeper = createCertificateKeeper({ files, log, lookEveryMs: 20 });
    server = createServer(await keeper.read(), (socket) => socket.pipe(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    keeper.follow(server);
  });
  afterEach(async () => {
    keeper.stop();
    for (const client of clients.splice(0)) client.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  function open(ca: string): Promise<TLSSocket> {
    const client = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, ca });
    clients.push(client);
    return new Promise((resolve, reject) => {
      client.once('secureConnect', () => resolve(client));
      client.on('error', reject);
    });
  }
  const echo = (client: TLSSocket, text: string) =>
    new Promise<string>((resolve) => {
      client.once('data', (chunk) => resolve(chunk.toString()));
      client.write(text);
    });

  test('new connections get the new one, and those that exist go on', async () => {
    const old = await open(first!.certificate);
    install(second!);
    await until('the new certificate is in force', 5_000, () => linesAt('info').length === 1);
    const fresh = await open(second!.certificate);
    expect(await echo(fresh, 'new')).toBe('new');
    await expect(open(first!.certificate)).rejects.toThrow();
    expect(await echo(old, 'old')).toBe('old');
    expect(linesAt('warn')).toEqual([]);
  });

  test('half-written files leave the old one in force and are told once, until they are whole', async () => {
    const whole = readFileSync(second!.certFile);
    copyFileSync(second!.keyFile, files.keyFile);
    copyFileSync(second!.certFile, files.certFile);
    truncateSync(files.certFile, Math.floor(whole.length / 2));
    await until('it is told', 5_000, () => linesAt('warn').length > 0);
    rmSync(files.keyFile);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(linesAt('warn')).toHaveLength(1);
    expect(await echo(await open(first!.certificate), 'still')).toBe('still');

    copyFileSync(second!.keyFile, files.keyFile);
    writeFileSync(files.certFile, whole);
    await until('the new certificate is in force', 5_000, () => linesAt('info').length === 1);
    expect(await echo(await open(second!.certificate), 'new')).toBe('new');
  });

  test('a certificate whose key has not come yet is waited for', async () => {
    copyFileSync(second!.certFile, files.certFile);
    expect(await echo(await open(first!.certificate), 'old')).toBe('old');
    copyFileSync(second!.keyFile, files.keyFile);
    await until('the new certificate is in force', 5_000, () => linesAt('info').length === 1);
    expect(await echo(await open(second!.certificate), 'new')).toBe('new');
  });
});
