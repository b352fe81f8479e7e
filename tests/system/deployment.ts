// The two deployments that one code has, for tests that are written once and run over both: `describe.each(DEPLOYMENTS)('$name', …)` with
// `requireEngine(deployment.missing)` first, then `startSystem({ env: { ...engines.env, … } })`. Engines outlive the systems on them.
import { missingInflux, startTestInflux, type TestInflux } from '../start-test-influxdb.ts';
import { redisVersion, startTestRedis, type TestRedis } from '../start-test-redis.ts';
import { type PostgresServer, startPostgresServer } from './postgres-server.ts';

/** What a deployment runs beside Pulseward; none of it in the embedded one. */
export interface Engines {
  /** What `start.ts` is told of them. */
  readonly env: Readonly<Record<string, string>>;
  readonly redis?: TestRedis;
  readonly influx?: TestInflux;
  readonly postgres?: PostgresServer;
  /** After the systems on them. */
  destroy(): Promise<void>;
}

export interface ProductionEngines extends Engines {
  readonly redis: TestRedis;
  readonly influx: TestInflux;
  readonly postgres: PostgresServer;
}

export interface Deployment<Started extends Engines = Engines> {
  readonly name: string;
  /** For requireEngine: what isn't on this machine. */
  readonly missing: string | undefined;
  /** Engines of the test's own, with nothing in them. */
  start(): Promise<Started>;
}

/** Nothing to install. */
export const EMBEDDED: Deployment = {
  name: 'embedded',
  missing: undefined,
  start: async () => ({ env: {}, destroy: async () => undefined }),
};

/** As docker-compose.yml has it: DATABASE_URL, REDIS_URL and INFLUX_*. */
export const PRODUCTION: Deployment<ProductionEngines> = {
  name: 'production',
  missing: [
    redisVersion ? undefined : 'no redis-server (PATH or REDIS_SERVER): the production deployment is not tested',
    missingInflux,
  ].find((missing) => missing !== undefined),
  async start() {
    const starts = await Promise.allSettled([startTestRedis(), startTestInflux(), startPostgresServer()]);
    const destroy = async () => {
      for (const start of starts) if (start.status === 'fulfilled') await start.value.destroy();
    };
    const [redis, influx, postgres] = starts;
    if (redis.status === 'fulfilled' && influx.status === 'fulfilled' && postgres.status === 'fulfilled')
      return productionOf(redis.value, influx.value, postgres.value, destroy);
    await destroy();
    throw new AggregateError(
      starts.flatMap((start) => (start.status === 'rejected' ? [start.reason] : [])),
      'not every engine of the production deployment started',
    );
  },
};

export const DEPLOYMENTS: readonly Deployment[] = [EMBEDDED, PRODUCTION];

function productionOf(
  redis: TestRedis,
  influx: TestInflux,
  postgres: PostgresServer,
  destroy: () => Promise<void>,
): ProductionEngines {
  const { url, token, org, bucket } = influx.settings;
  const env = {
    DATABASE_URL: postgres.databaseUrl,
    REDIS_URL: redis.url,
    INFLUX_URL: url,
    INFLUX_TOKEN: token,
    INFLUX_ORG: org,
    INFLUX_BUCKET: bucket,
  };
  return { env, redis, influx, postgres, destroy };
}
