import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { requireEngine } from '../tests/production-engine.ts';
import { createSelfSigned, missingOpenssl } from '../tests/self-signed-certificate.ts';
import { readConfig } from './config.ts';
import { ConfigurationError } from './errors.ts';

const directory = mkdtempSync(join(tmpdir(), 'pulseward-config-'));
afterAll(() => rmSync(directory, { recursive: true }));
const file = (name: string): string => {
  const path = join(directory, name);
  writeFileSync(path, '');
  return path;
};

function problemsOf(
  env: Record<string, string>,
  argv: string[] = [],
): Record<string, { given: string; allowed: string }> {
  try {
    readConfig({ env, argv });
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return Object.fromEntries(error.problems.map(({ name, given, allowed }) => [name, { given, allowed }]));
  }
  return {};
}

test('an empty environment gives the documented defaults, on loopback and with all roles', () => {
  expect(readConfig({ env: {} })).toMatchObject({
    dataDir: resolve('data'),
    host: '127.0.0.1',
    httpPort: 8080,
    mqttPort: 1883,
    publicUrl: 'http://127.0.0.1:8080',
    webhookAllow: [],
    encryptionKeyFile: resolve('data', 'encryption.key'),
    roles: ['broker', 'ingest', 'alerting', 'dashboards'],
    demo: false,
    logLevel: 'info',
    unknownVariables: [],
  });
});

test('an empty variable counts as not set', () => {
  expect(readConfig({ env: { PULSEWARD_HTTP_PORT: '', DATABASE_URL: ' ' } })).toMatchObject({
    httpPort: 8080,
    databaseUrl: undefined,
  });
});

test('the configuration is frozen to its depth', () => {
  const config = readConfig({ env: { PULSEWARD_WEBHOOK_ALLOW: '10.0.0.0/8, intranet.example' } });
  expect(Object.isFrozen(config)).toBe(true);
  expect(Object.isFrozen(config.webhookAllow)).toBe(true);
  expect(config.webhookAllow).toEqual(['10.0.0.0/8', 'intranet.example']);
});

test('all mistakes are reported at once, each with what was given and what is allowed', () => {
  const problems = problemsOf(
    {
      PULSEWARD_HTTP_PORT: '70000',
      PULSEWARD_MQTT_PORT: 'mqtt',
      PULSEWARD_HOST: '0.0.0.0',
      PULSEWARD_PUBLIC_URL: 'clinic.example',
      PULSEWARD_WEBHOOK_ALLOW: '10.0.0.0/99',
      PULSEWARD_LOG_LEVEL: 'loud',
      REDIS_URL: 'http://127.0.0.1',
      INFLUX_URL: 'http://127.0.0.1:8086',
    },
    ['--roles', 'broker,brocker', '--demo'],
  );
  expect(Object.keys(problems).sort()).toEqual([
    '--roles',
    'INFLUX_BUCKET',
    'INFLUX_ORG',
    'INFLUX_TOKEN',
    'PULSEWARD_HOST',
    'PULSEWARD_HTTP_PORT',
    'PULSEWARD_LOG_LEVEL',
    'PULSEWARD_MQTT_PORT',
    'PULSEWARD_PUBLIC_URL',
    'PULSEWARD_WEBHOOK_ALLOW',
    'REDIS_URL',
  ]);
  expect(problems.PULSEWARD_HTTP_PORT).toEqual({
    given: '"70000"',
    allowed: 'a port from 0 to 65535, where 0 takes any free one',
  });
  expect(problems.INFLUX_TOKEN?.given).toBe('nothing');
});

test('what may carry a password is never echoed', () => {
  const env = {
    DATABASE_URL: 'mysql://root:hush@db/x',
    REDIS_URL: 'tcp://:hush@cache',
    INFLUX_URL: 'https://reader:hush@influx.example',
    INFLUX_TOKEN: 'hush',
    PULSEWARD_PUBLIC_URL: 'ftp://someone:hush@clinic.example',
    PULSEWARD_TLS_KEY: '/nowhere',
  };
  expect(() => readConfig({ env })).toThrow(ConfigurationError);
  expect(JSON.stringify(problemsOf(env))).not.toContain('hush');
  expect(problemsOf(env).DATABASE_URL?.given).toBe('(hidden)');
});

test.each(['127.0.0.1', '127.8.9.10', 'localhost', '::1', '::ffff:127.0.0.1'])(
  '%s is loopback and needs no TLS',
  (host) => {
    expect(problemsOf({ PULSEWARD_HOST: host })).toEqual({});
  },
);

test.each(['0.0.0.0', '::', '192.168.1.10', 'clinic.example', '127.0.0.1.example.org'])(
  '%s is refused without TLS',
  (host) => {
    expect(problemsOf({ PULSEWARD_HOST: host }).PULSEWARD_HOST?.allowed).toMatch(/TLS_CERT.*ALLOW_PLAINTEXT=1/);
    expect(problemsOf({ PULSEWARD_HOST: host, PULSEWARD_ALLOW_PLAINTEXT: '0' })).toHaveProperty('PULSEWARD_HOST');
    expect(problemsOf({ PULSEWARD_HOST: host, PULSEWARD_ALLOW_PLAINTEXT: '1' })).toEqual({});
  },
);

describe('certificates', () => {
  requireEngine(missingOpenssl('the configuration of TLS'));

  test('with a certificate and its key it listens off loopback, and links start with https', () => {
    const { certFile, keyFile } = createSelfSigned(directory);
    const env = { PULSEWARD_HOST: 'clinic.example', PULSEWARD_TLS_CERT: certFile, PULSEWARD_TLS_KEY: keyFile };
    expect(readConfig({ env })).toMatchObject({ publicUrl: 'https://clinic.example:8080', tls: { certFile, keyFile } });
    // What is not encrypted stays on this machine, unless somebody has said otherwise.
    expect(readConfig({ env })).toMatchObject({ mqttsPort: 8883, plaintextMqttHost: '127.0.0.1' });
    const allowed = readConfig({ env: { ...env, PULSEWARD_ALLOW_PLAINTEXT: '1' } });
    expect(allowed.plaintextMqttHost).toBe('clinic.example');
    expect(problemsOf({ ...env, PULSEWARD_MQTTS_PORT: '1883' })).toHaveProperty('PULSEWARD_MQTTS_PORT');
    expect(problemsOf({ PULSEWARD_BROKER_URL: 'http://broker' })).toHaveProperty('PULSEWARD_BROKER_URL');
  });

  test('files that hold no certificate, no key, or the key of another certificate are named', () => {
    const { certFile, keyFile } = createSelfSigned(directory);
    const other = createSelfSigned(directory, 'other');
    const problems = (cert: string, key: string) => problemsOf({ PULSEWARD_TLS_CERT: cert, PULSEWARD_TLS_KEY: key });
    expect(problems(file('empty.pem'), keyFile).PULSEWARD_TLS_CERT?.allowed).toBe('a PEM file with a certificate');
    expect(problems(keyFile, keyFile)).toHaveProperty('PULSEWARD_TLS_CERT');
    expect(problems(certFile, certFile).PULSEWARD_TLS_KEY?.allowed).toMatch(/private key/);
    expect(problems(certFile, other.keyFile).PULSEWARD_TLS_KEY?.allowed).toBe(
      'the key that belongs to PULSEWARD_TLS_CERT',
    );
    expect(problems(certFile, keyFile)).toEqual({});
  });
});

test('a directory where a file belongs is refused', () => {
  const folder = join(directory, 'folder');
  mkdirSync(folder);
  const names = ['PULSEWARD_ENCRYPTION_KEY_FILE', 'PULSEWARD_TLS_CERT', 'PULSEWARD_TLS_KEY'];
  const problems = problemsOf(Object.fromEntries(names.map((name) => [name, folder])));
  for (const name of names) expect(problems[name]?.allowed).toBe('a file that this user may read');
});

test.each([
  [{ PULSEWARD_HOST: '0.0.0.0' }, `http://${hostname()}:8080`],
  [{ PULSEWARD_HOST: '::' }, `http://${hostname()}:8080`],
  [{ PULSEWARD_HTTP_PORT: '0' }, 'http://127.0.0.1'],
])('links never lead to a wildcard or to port 0, and a guess is known as one: %o', (env, publicUrl) => {
  const whole = { ...env, PULSEWARD_ALLOW_PLAINTEXT: '1' };
  expect(readConfig({ env: whole })).toMatchObject({ publicUrl, isPublicUrlGuessed: true });
  expect(readConfig({ env: { ...whole, PULSEWARD_PUBLIC_URL: 'https://clinic.example/' } })).toMatchObject({
    publicUrl: 'https://clinic.example',
    isPublicUrlGuessed: false,
  });
});

test('a certificate without a key, a key without a certificate and an unreadable file are refused', () => {
  expect(problemsOf({ PULSEWARD_TLS_CERT: file('cert.pem') })).toHaveProperty('PULSEWARD_TLS_KEY');
  expect(problemsOf({ PULSEWARD_TLS_KEY: file('key.pem') })).toHaveProperty('PULSEWARD_TLS_CERT');
  expect(problemsOf({ PULSEWARD_ENCRYPTION_KEY_FILE: join(directory, 'missing') })).toHaveProperty(
    'PULSEWARD_ENCRYPTION_KEY_FILE',
  );
});

const INFLUX = {
  INFLUX_URL: 'http://127.0.0.1:8086',
  INFLUX_TOKEN: 'hush',
  INFLUX_ORG: 'district',
  INFLUX_BUCKET: 'readings',
};

test('readings go to InfluxDB where all four of its variables are set', () => {
  expect(readConfig({ env: INFLUX }).influx).toEqual({
    url: 'http://127.0.0.1:8086',
    token: 'hush',
    org: 'district',
    bucket: 'readings',
  });
  expect(readConfig({ env: {} }).influx).toBeUndefined();
});

test.each(Object.keys(INFLUX))('%s without the other three, and those without it, are told by name', (name) => {
  const others = Object.keys(INFLUX).filter((other) => other !== name);
  const alone = problemsOf({ [name]: INFLUX[name as keyof typeof INFLUX] });
  expect(Object.keys(alone).sort()).toEqual(others.sort());
  for (const other of others) expect(alone[other]).toMatchObject({ given: 'nothing', allowed: / because INFLUX_/ });
  expect(Object.keys(problemsOf({ ...INFLUX, [name]: undefined }))).toEqual([name]);
  expect(JSON.stringify(alone)).not.toContain('hush');
});

test.each(['influx.example:8086', 'https://user:hush@influx.example', 'http://influx.example:8086/api/v2'])(
  'INFLUX_URL=%s is refused with what a right one looks like',
  (given) => {
    const problem = problemsOf({ ...INFLUX, INFLUX_URL: given }).INFLUX_URL;
    expect(problem?.allowed).toMatch(/https:\/\//);
    expect(problem?.given).not.toContain('hush');
  },
);

test.each(['redis://127.0.0.1', 'redis://:hush@redis.example:6380/3', 'rediss://user:p%40ss@redis.example/'])(
  'journal and queue go to %s',
  (given) => expect(readConfig({ env: { REDIS_URL: given } }).redisUrl).toBe(given),
);

test.each(['redis://', 'redis.example:6379', 'http://redis.example', 'redis://redis.example/journal'])(
  'REDIS_URL=%s is refused with what a right one looks like',
  (given) => {
    const problem = problemsOf({ REDIS_URL: given }).REDIS_URL;
    expect(problem?.given).toBe('(hidden)');
    expect(problem?.allowed).toContain('redis://');
  },
);

test('both servers on one port are refused, both on any free port are not', () => {
  expect(problemsOf({ PULSEWARD_HTTP_PORT: '1883' })).toHaveProperty('PULSEWARD_MQTT_PORT');
  expect(problemsOf({ PULSEWARD_HTTP_PORT: '0', PULSEWARD_MQTT_PORT: '0' })).toEqual({});
});

test('roles come in the order of the flow, whatever order they were asked for in', () => {
  expect(readConfig({ env: {}, argv: ['--roles', 'ingest, broker'] }).roles).toEqual(['broker', 'ingest']);
  expect(problemsOf({}, ['--rolls', 'ingest'])).toHaveProperty('the command line');
  expect(problemsOf({}, ['--roles', ''])).toHaveProperty('--roles');
});

test('a misspelt variable is named, so that it can be warned of', () => {
  expect(readConfig({ env: { PULSEWARD_DATADIR: 'x', OTHER: 'y' } }).unknownVariables).toEqual(['PULSEWARD_DATADIR']);
});

describe('whom the auditor tells outside', () => {
  const urlOf = (env: Readonly<Record<string, string>>) => readConfig({ env }).deadmanUrl;

  test('is nobody, or a URL over TLS, or a listed host', () => {
    expect(urlOf({})).toBeUndefined();
    expect(urlOf({ PULSEWARD_DEADMAN_URL: 'https://hc.example/ping/1' })).toBe('https://hc.example/ping/1');
    const env = { PULSEWARD_WEBHOOK_ALLOW: '10.0.0.0/8', PULSEWARD_DEADMAN_URL: 'http://10.1.2.3/api/push/1' };
    expect(urlOf(env)).toBe('http://10.1.2.3/api/push/1');
  });

  test.each(['http://hc.example/ping/1', 'https://user:pass@hc.example/', 'hc.example', 'ftp://hc.example/'])(
    'is refused as %s, and not printed',
    (given) => {
      const ask = () => urlOf({ PULSEWARD_DEADMAN_URL: given });
      expect(ask).toThrow(/PULSEWARD_DEADMAN_URL/);
      expect(ask).not.toThrow(/hc\.example/);
    },
  );
});
