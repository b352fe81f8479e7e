// Every environment variable Pulseward reads (DESIGN §7), its form, and in words what is allowed. Defaults stand in config.ts.
import Type from 'typebox';
import { LOG_LEVELS } from './log.ts';

const text = (allowed: string) => Type.String({ minLength: 1, description: allowed });
/** config.ts checks the upper bound, which a pattern can't say. */
export const PORT_ALLOWED = 'a port from 0 to 65535, where 0 takes any free one';
const port = Type.String({ pattern: '^[0-9]{1,5}$', description: PORT_ALLOWED });
const oneOf = (values: readonly string[], allowed: string) =>
  Type.String({ pattern: `^(${values.join('|')})$`, description: allowed });

export const ENVIRONMENT = Type.Object({
  PULSEWARD_DATA_DIR: text('a directory that Pulseward may write, made if missing'),
  PULSEWARD_HTTP_PORT: port,
  PULSEWARD_MQTT_PORT: port,
  PULSEWARD_HOST: Type.String({
    pattern: '^[A-Za-z0-9.:_-]+$',
    description: 'an address or host name to listen on, e.g. 127.0.0.1',
  }),
  PULSEWARD_TLS_CERT: text('a PEM file'),
  PULSEWARD_TLS_KEY: text('a PEM file'),
  PULSEWARD_ALLOW_PLAINTEXT: oneOf(['0', '1'], '1 to listen off loopback without TLS, or 0'),
  PULSEWARD_ADMIN_PASSWORD: text('a password'),
  PULSEWARD_PUBLIC_URL: text('an http or https URL'),
  PULSEWARD_WEBHOOK_ALLOW: text('hosts or CIDRs separated by commas'),
  PULSEWARD_ENCRYPTION_KEY_FILE: text('a file'),
  PULSEWARD_LOG_LEVEL: oneOf(LOG_LEVELS, `one of ${LOG_LEVELS.join(', ')}`),
  DATABASE_URL: text('a postgres URL'),
  REDIS_URL: text('a redis URL'),
  INFLUX_URL: text('an http or https URL'),
  INFLUX_TOKEN: text('an API token'),
  INFLUX_ORG: text('an organisation'),
  INFLUX_BUCKET: text('a bucket'),
});

export type EnvironmentName = keyof typeof ENVIRONMENT.properties;

/** URLs too: they carry a password. */
export const SECRET_VARIABLES: ReadonlySet<string> = new Set<EnvironmentName>([
  'PULSEWARD_ADMIN_PASSWORD',
  'DATABASE_URL',
  'REDIS_URL',
  'INFLUX_TOKEN',
]);
