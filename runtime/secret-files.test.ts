import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readConfig } from './config.ts';
import { ConfigurationError } from './errors.ts';

const directory = mkdtempSync(join(tmpdir(), 'pulseward-secrets-'));
afterAll(() => rmSync(directory, { recursive: true }));
const file = (name: string, content: string): string => {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
};

function problemsOf(env: Record<string, string>): unknown[] {
  try {
    readConfig({ env });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return [...error.problems];
  }
}

test('every secret can come from a file, and no such variable counts as misspelt', () => {
  const config = readConfig({
    env: {
      DATABASE_URL_FILE: file('database-url', 'postgres://pulseward:hush@db/pulseward\n'),
      REDIS_URL_FILE: file('redis-url', 'redis://:hush@redis:6379/0\n'),
      PULSEWARD_ADMIN_PASSWORD_FILE: file('admin', ' correct horse \n'),
      INFLUX_TOKEN_FILE: file('token', 'a-token\n'),
      INFLUX_URL: 'http://influxdb:8086',
      INFLUX_ORG: 'district',
      INFLUX_BUCKET: 'readings',
    },
  });
  expect(config).toMatchObject({
    databaseUrl: 'postgres://pulseward:hush@db/pulseward',
    redisUrl: 'redis://:hush@redis:6379/0',
    adminPassword: 'correct horse',
    influx: { token: 'a-token' },
    unknownVariables: [],
  });
});

test('a secret file that is missing or empty is told by its variable and path', () => {
  const missing = join(directory, 'nowhere');
  const empty = file('empty', '\n');
  const allowed = 'a file that this user may read and that is not empty';
  expect(problemsOf({ DATABASE_URL_FILE: missing, REDIS_URL_FILE: empty })).toEqual([
    { name: 'DATABASE_URL_FILE', given: JSON.stringify(missing), allowed },
    { name: 'REDIS_URL_FILE', given: JSON.stringify(empty), allowed },
  ]);
});

test('an empty file says of a way to reach people that it is not set up, a missing one is a mistake', () => {
  const env = {
    PULSEWARD_SMTP_URL_FILE: file('smtp-url', ''),
    PULSEWARD_SMS_URL_FILE: file('sms-url', '\n'),
    PULSEWARD_DEADMAN_URL_FILE: file('deadman-url', 'https://dead-man.example/ping/hush\n'),
  };
  expect(readConfig({ env })).toMatchObject({
    channels: { mail: undefined, sms: undefined },
    deadmanUrl: 'https://dead-man.example/ping/hush',
  });
  const missing = join(directory, 'nowhere');
  expect(problemsOf({ ...env, PULSEWARD_SMTP_URL_FILE: missing })).toEqual([
    { name: 'PULSEWARD_SMTP_URL_FILE', given: JSON.stringify(missing), allowed: 'a file that this user may read' },
  ]);
});

test('a secret given twice is refused instead of one being ignored, and what it says is not shown', () => {
  const path = file('twice', 'postgres://a:hush@db/a');
  const problems = problemsOf({ DATABASE_URL: 'postgres://b:hush@db/b', DATABASE_URL_FILE: path });
  expect(problems).toEqual([
    {
      name: 'DATABASE_URL_FILE',
      given: JSON.stringify(path),
      allowed: 'nothing while DATABASE_URL is set, or DATABASE_URL left out',
    },
  ]);
});

test('a wrong value from a file is reported under its variable and stays hidden', () => {
  expect(problemsOf({ REDIS_URL_FILE: file('wrong', 'http://redis:hush@x') })).toEqual([
    expect.objectContaining({ name: 'REDIS_URL', given: '(hidden)' }),
  ]);
});

test('what is no secret has no such variable', () => {
  expect(readConfig({ env: { PULSEWARD_HTTP_PORT_FILE: 'x' } }).unknownVariables).toEqual(['PULSEWARD_HTTP_PORT_FILE']);
});
