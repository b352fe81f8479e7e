// Every environment variable Pulseward reads (DESIGN §7), its form, and in words what is allowed. Defaults stand in config.ts.
import Type, { type TString } from 'typebox';
import { FAULT_POINTS } from './fault-point.ts';
import { LOG_LEVELS } from './log.ts';

interface Variable {
  readonly schema: TString;
  /** Completes the sentence "allowed: …". */
  readonly allowed: string;
  /** Never echoed; URLs too, because they carry a password. */
  readonly secret?: boolean;
  /** Where it comes from a file, an empty one says that it isn't set up: a compose file mounts the same files everywhere. */
  readonly mayBeEmpty?: boolean;
}

const text = (allowed: string): Variable => ({ schema: Type.String({ minLength: 1 }), allowed });
const secret = (allowed: string): Variable => ({ ...text(allowed), secret: true });
const optionalSecret = (allowed: string): Variable => ({ ...secret(allowed), mayBeEmpty: true });
const matching = (pattern: string, allowed: string): Variable => ({ schema: Type.String({ pattern }), allowed });
/** The upper bound is checked where the number is made: a pattern can't say it readably. */
const port = matching('^[0-9]{1,5}$', 'a port from 0 to 65535, where 0 takes any free one');

export const ENVIRONMENT = {
  PULSEWARD_DATA_DIR: text('a directory that Pulseward may write, made if missing'),
  PULSEWARD_HTTP_PORT: port,
  PULSEWARD_MQTT_PORT: port,
  PULSEWARD_MQTTS_PORT: port,
  PULSEWARD_BROKER_URL: text('an mqtt or mqtts URL'),
  PULSEWARD_METRICS_PORT: port,
  PULSEWARD_HOST: matching('^[A-Za-z0-9.:_-]+$', 'an address or host name to listen on, e.g. 127.0.0.1'),
  PULSEWARD_TLS_CERT: text('a PEM file'),
  PULSEWARD_TLS_KEY: text('a PEM file'),
  PULSEWARD_ALLOW_PLAINTEXT: matching('^[01]$', '1 to listen off loopback without TLS, or 0'),
  PULSEWARD_ADMIN_PASSWORD: secret('a password'),
  PULSEWARD_PUBLIC_URL: text('an http or https URL'),
  PULSEWARD_WEBHOOK_ALLOW: text('hosts or CIDRs separated by commas'),
  PULSEWARD_ENCRYPTION_KEY_FILE: text('a file'),
  PULSEWARD_SMTP_URL: optionalSecret('a URL such as smtps://user:password@host:465, or smtp:// for STARTTLS'),
  PULSEWARD_MAIL_FROM: matching(
    '^(?:[^<>@\\p{C}]*<[^<>@\\s,;]+@[^<>@\\s,;]+>|[^<>@\\s,;]+@[^<>@\\s,;]+)$',
    'an address such as alerts@clinic.example, or Clinic <alerts@clinic.example>',
  ),
  PULSEWARD_SMS_URL: optionalSecret(
    'the URL of an SMS gateway, in which {phone}, {text} and {notificationId} may stand',
  ),
  PULSEWARD_SMS_METHOD: matching('^(GET|POST|PUT)$', 'GET, POST or PUT'),
  PULSEWARD_SMS_HEADERS: optionalSecret('a JSON object of header names and values'),
  PULSEWARD_SMS_BODY: optionalSecret('JSON or a form, in which {phone}, {text} and {notificationId} may stand'),
  PULSEWARD_SMS_SUCCESS: matching(
    '^[^=]+=.+$',
    'a field of the JSON answer and its value on success, e.g. data.code=OK',
  ),
  PULSEWARD_SMS_RETRY: text(
    'values of the field in PULSEWARD_SMS_SUCCESS, separated by commas, after which to try again',
  ),
  PULSEWARD_PUSH_CONTACT: matching(
    '^(mailto:[^@\\s]+@[^@\\s]+|https://\\S+)$',
    'whom push services may ask, as mailto:admin@clinic.example or an https URL',
  ),
  PULSEWARD_VAPID_KEY_FILE: text(
    'a file with 64 hexadecimal digits, the private key, or with the JSON {"publicKey", "privateKey"}',
  ),
  PULSEWARD_DEADMAN_URL: optionalSecret('an https URL; http is only for hosts that PULSEWARD_WEBHOOK_ALLOW lists'),
  PULSEWARD_LOG_LEVEL: matching(`^(${LOG_LEVELS.join('|')})$`, `one of ${LOG_LEVELS.join(', ')}`),
  PULSEWARD_FAULT_POINT: matching(`^(${FAULT_POINTS.join('|')})$`, `one of ${FAULT_POINTS.join(', ')}, in tests only`),
  DATABASE_URL: secret('a postgres URL'),
  REDIS_URL: secret('a redis or rediss URL'),
  INFLUX_URL: text('an http or https URL'),
  INFLUX_TOKEN: secret('an API token'),
  INFLUX_ORG: text('the name of an organisation'),
  INFLUX_BUCKET: text('the name of a bucket'),
} satisfies Record<string, Variable>;

export type EnvironmentName = keyof typeof ENVIRONMENT;

export const isEnvironmentName = (name: string): name is EnvironmentName => Object.hasOwn(ENVIRONMENT, name);
export const isSecret = (name: string): boolean => isEnvironmentName(name) && describeVariable(name).secret === true;
export const describeVariable = (name: EnvironmentName): Variable => ENVIRONMENT[name];
