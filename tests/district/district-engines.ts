// The engines of docker-compose.yml as servers of a test's own, set up as the file and its scripts set them up.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InfluxSettings } from '../../storage/readings/influx-connection.ts';
import { type ComposeFile, readText } from '../contract/district-file.ts';
import { startTestInflux, type TestInflux } from '../start-test-influxdb.ts';
import { startTestRedis, type TestRedis } from '../start-test-redis.ts';
import { type PostgresServer, startPostgresServer } from '../system/postgres-server.ts';
import { replaceSecret } from './replace-secret.ts';

export interface DistrictEngines {
  readonly postgres: PostgresServer;
  readonly redis: TestRedis;
  readonly influx: TestInflux;
  /** As the roles see it. */
  readonly influxSettings: InfluxSettings;
  /** Of the containers' ports: where they are here. */
  readonly addresses: Readonly<Record<string, string>>;
  destroy(): Promise<void>;
}

/** Writes into `secrets` what only the servers know: addresses, and the operator's token. */
export async function startDistrictEngines(compose: ComposeFile, secrets: string): Promise<DistrictEngines> {
  const read = (name: string) => readFileSync(join(secrets, name), 'utf8').trim();
  const starts = await Promise.allSettled([
    startPostgresServer(),
    startTestRedis(...redisSettings(read('redis-password'))),
    startTestInflux(),
  ]);
  const destroy = async () => {
    for (const start of starts) if (start.status === 'fulfilled') await start.value.destroy();
  };
  const [postgres, redis, influx] = starts;
  try {
    if (postgres.status === 'rejected') throw postgres.reason;
    if (redis.status === 'rejected') throw redis.reason;
    if (influx.status === 'rejected') throw influx.reason;
    const influxSettings = await setUpInflux(compose, influx.value);
    replaceSecret(secrets, 'database-url', postgres.value.databaseUrl);
    replaceSecret(secrets, 'redis-url', read('redis-url').replace('redis:6379', `127.0.0.1:${redis.value.port}`));
    replaceSecret(secrets, 'influxdb-token', influxSettings.token);
    return {
      postgres: postgres.value,
      redis: redis.value,
      influx: influx.value,
      influxSettings,
      addresses: { 'influxdb:8086': new URL(influxSettings.url).host },
      destroy,
    };
  } catch (error) {
    await destroy();
    throw error;
  }
}

/** redis.conf as arguments, with the password that start-redis.sh adds; its directory is the server's own. */
function redisSettings(password: string): string[] {
  const settings = readText('tooling/district/redis.conf')
    .split('\n')
    .filter((line) => line !== '' && !/^(#|dir |save )/.test(line))
    .flatMap((line) => {
      const [name, ...value] = line.split(' ');
      return [`--${name}`, value.join(' ')];
    });
  return [...settings, '--requirepass', password];
}

/** As DOCKER_INFLUXDB_INIT_… has the image do it. */
async function setUpInflux(compose: ComposeFile, influx: TestInflux): Promise<InfluxSettings> {
  const { DOCKER_INFLUXDB_INIT_ORG: org = '', DOCKER_INFLUXDB_INIT_BUCKET: bucket = '' } =
    compose.services.influxdb?.environment ?? {};
  const asked = await influx.ask('GET', `/api/v2/orgs?org=${influx.settings.org}`);
  const orgID = (JSON.parse(asked) as { orgs: { id: string }[] }).orgs[0]?.id;
  // A token belongs to an organisation: the test server's own is renamed.
  await influx.ask('PATCH', `/api/v2/orgs/${orgID}`, { name: org });
  await influx.ask('POST', '/api/v2/buckets', { name: bucket, orgID, retentionRules: [] });
  return { url: influx.settings.url, token: influx.settings.token, org, bucket };
}
