// The only reader of the environment and the command line. Promises: every error is reported at once, secrets are never echoed,
// and what comes out is complete, checked and frozen.
import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import { parseArgs } from 'node:util';
import Value from 'typebox/value';
import { mayBeAsked } from './allowed-hosts.ts';
import { type ChannelConfig, readChannelConfig } from './channel-config.ts';
import {
  checkAddressRange,
  checkInfluxUrl,
  checkRedisUrl,
  checkUrl,
  isLoopbackHost,
  isWildcardHost,
} from './check-address.ts';
import { describeVariable, ENVIRONMENT, type EnvironmentName, isEnvironmentName, isSecret } from './environment.ts';
import { ConfigurationError, type ConfigurationProblem } from './errors.ts';
import { FAULT_POINTS, type FaultPoint } from './fault-point.ts';
import type { LogLevel } from './log.ts';
import { ROLE_NAMES, type RoleName } from './role.ts';
import { isSecretFileName, readSecretFiles } from './secret-files.ts';

export interface Config {
  /** Absolute. */
  readonly dataDir: string;
  readonly host: string;
  /** 0 = any free port, as for `mqttPort`. */
  readonly httpPort: number;
  readonly mqttPort: number;
  /** Of MQTT over TLS, where there is a certificate. */
  readonly mqttsPort: number;
  /** Where MQTT is spoken without TLS: with a certificate on loopback only, unless plaintext was allowed. */
  readonly plaintextMqttHost: string;
  /** The broker that MQTT over WebSocket leads to; absent: the one under the same supervisor. */
  readonly brokerUrl?: string | undefined;
  /** Where the supervisor tells of its roles; absent: nowhere but in the dashboards role. */
  readonly metricsPort?: number | undefined;
  readonly tls?: { readonly certFile: string; readonly keyFile: string } | undefined;
  /** Without a trailing slash; what links in notifications start with. */
  readonly publicUrl: string;
  /** It wasn't given, and can't be known from what Pulseward listens on: others may not get there by it. */
  readonly isPublicUrlGuessed: boolean;
  /** Hosts and CIDRs that outgoing requests may reach although private or loopback. */
  readonly webhookAllow: readonly string[];
  /** Ways to reach people that an operator has to set up; absent ones don't exist in this installation. */
  readonly channels: ChannelConfig;
  /** Asked by GET after each audit that found nothing overdue: whoever hears nothing for minutes raises the alarm. */
  readonly deadmanUrl?: string | undefined;
  /** Absolute. Where it was not given it may not exist yet: storage makes it with mode 600. */
  readonly encryptionKeyFile: string;
  readonly adminPassword?: string | undefined;
  /** Absent: the embedded PostgreSQL. A role's process always has it. */
  readonly databaseUrl?: string | undefined;
  readonly redisUrl?: string | undefined;
  readonly influx?:
    | { readonly url: string; readonly token: string; readonly org: string; readonly bucket: string }
    | undefined;
  readonly roles: readonly RoleName[];
  /** Set by `npm run demo` alone: the data directory is a demo's. */
  readonly demo: boolean;
  readonly logLevel: LogLevel;
  /** Only in fault tests: where each role's first process crashes. */
  readonly faultPoint?: FaultPoint | undefined;
  /** PULSEWARD_ variables that nobody reads, most likely misspelt. */
  readonly unknownVariables: readonly string[];
}

export interface ConfigSource {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Arguments after the script, e.g. `['--roles', 'broker,ingest']`. */
  readonly argv?: readonly string[];
}

/** Throws ConfigurationError with every problem found. */
export function readConfig({ env = process.env, argv = [] }: ConfigSource = {}): Config {
  const problems: ConfigurationProblem[] = [];
  const report = (name: string, given: string | undefined, allowed: string) =>
    problems.push({ name, given: describeGiven(name, given), allowed });

  const secrets = readSecretFiles(env, report);
  const value = (name: EnvironmentName): string | undefined => env[name]?.trim() || secrets[name];
  for (const name of Object.keys(ENVIRONMENT).filter(isEnvironmentName)) {
    const { schema, allowed } = describeVariable(name);
    const given = value(name);
    if (given !== undefined && !Value.Check(schema, given)) report(name, given, allowed);
  }
  const port = (name: EnvironmentName, fallback: number): number => {
    const given = Number(value(name) ?? fallback);
    if (given > 65_535) report(name, value(name), describeVariable(name).allowed);
    return given;
  };
  const url = (name: EnvironmentName, protocols: readonly string[], check = checkUrl): string | undefined => {
    const given = value(name);
    const problem = given === undefined ? undefined : check(given, protocols);
    if (problem) report(name, given, problem);
    return given;
  };
  const readableFile = (name: EnvironmentName): string | undefined => {
    const given = value(name);
    if (given !== undefined && !isReadable(given)) report(name, given, 'a file that this user may read');
    return given === undefined ? undefined : resolve(given);
  };

  const dataDir = resolve(value('PULSEWARD_DATA_DIR') ?? 'data');
  const host = value('PULSEWARD_HOST') ?? '127.0.0.1';
  const httpPort = port('PULSEWARD_HTTP_PORT', 8080);
  const mqttPort = port('PULSEWARD_MQTT_PORT', 1883);
  if (httpPort === mqttPort && httpPort !== 0)
    report('PULSEWARD_MQTT_PORT', String(mqttPort), 'another port than PULSEWARD_HTTP_PORT');
  const mqttsPort = port('PULSEWARD_MQTTS_PORT', 8883);
  const metricsPort = value('PULSEWARD_METRICS_PORT') === undefined ? undefined : port('PULSEWARD_METRICS_PORT', 0);
  if (metricsPort !== undefined && metricsPort !== 0 && [httpPort, mqttPort].includes(metricsPort))
    report('PULSEWARD_METRICS_PORT', String(metricsPort), 'another port than those for HTTP and MQTT');

  const certFile = readableFile('PULSEWARD_TLS_CERT');
  const keyFile = readableFile('PULSEWARD_TLS_KEY');
  if (certFile && !keyFile) report('PULSEWARD_TLS_KEY', undefined, 'the key that belongs to PULSEWARD_TLS_CERT');
  if (keyFile && !certFile)
    report('PULSEWARD_TLS_CERT', undefined, 'the certificate that belongs to PULSEWARD_TLS_KEY');
  const tls = certFile && keyFile ? { certFile, keyFile } : undefined;
  if (tls && isReadable(tls.certFile) && isReadable(tls.keyFile)) {
    const problem = checkCertificate(tls);
    if (problem) report(problem.name, value(problem.name), problem.allowed);
  }
  if (tls && mqttsPort !== 0 && [httpPort, mqttPort, metricsPort].includes(mqttsPort))
    report('PULSEWARD_MQTTS_PORT', String(mqttsPort), 'another port than those for HTTP, metrics and MQTT without TLS');
  const allowsPlaintext = value('PULSEWARD_ALLOW_PLAINTEXT') === '1';
  if (!isLoopbackHost(host) && !tls && !allowsPlaintext) {
    const remedy =
      'or set PULSEWARD_TLS_CERT and PULSEWARD_TLS_KEY, or PULSEWARD_ALLOW_PLAINTEXT=1 where something else encrypts';
    report('PULSEWARD_HOST', host, `a loopback address such as 127.0.0.1 while there is no TLS, ${remedy}`);
  }

  const webhookAllow = (value('PULSEWARD_WEBHOOK_ALLOW') ?? '').split(/[\s,]+/).filter(Boolean);
  for (const entry of webhookAllow) {
    const problem = checkAddressRange(entry);
    if (problem) report('PULSEWARD_WEBHOOK_ALLOW', entry, problem);
  }

  const allow = webhookAllow.filter((entry) => checkAddressRange(entry) === undefined);
  const channels = readChannelConfig({
    value,
    report,
    allow,
    keyFile: readableFile('PULSEWARD_VAPID_KEY_FILE') ?? resolve(dataDir, 'vapid.json'),
  });
  const deadmanUrl = url('PULSEWARD_DEADMAN_URL', ['http:', 'https:'], (given) => {
    const parsed = URL.canParse(given) ? new URL(given) : undefined;
    if (parsed?.username === '' && mayBeAsked(parsed, allow)) return undefined;
    return `${describeVariable('PULSEWARD_DEADMAN_URL').allowed}, without a user name`;
  });

  const influx = {
    url: url('INFLUX_URL', ['http:', 'https:'], checkInfluxUrl),
    token: value('INFLUX_TOKEN'),
    org: value('INFLUX_ORG'),
    bucket: value('INFLUX_BUCKET'),
  };
  const [influxGiven] = INFLUX_NAMES.filter((name) => value(name) !== undefined);
  for (const name of INFLUX_NAMES)
    if (influxGiven && value(name) === undefined)
      report(name, undefined, `${describeVariable(name).allowed}, because ${influxGiven} is set`);

  const givenUrl = url('PULSEWARD_PUBLIC_URL', ['http:', 'https:']);
  const isWildcard = isWildcardHost(host);
  const publicUrl = givenUrl ?? guessPublicUrl(tls ? 'https' : 'http', isWildcard ? hostname() : host, httpPort);
  const { roles, demo } = readArguments(argv, report);
  // Browsers subscribe with the key of the one, and hear only who signs with it: the other.
  if (channels.push && value('PULSEWARD_VAPID_KEY_FILE') === undefined && isOneOf(roles, PUSH_ROLES))
    report(
      'PULSEWARD_VAPID_KEY_FILE',
      undefined,
      `${describeVariable('PULSEWARD_VAPID_KEY_FILE').allowed}, the same for alerting and dashboards, because PULSEWARD_PUSH_CONTACT is set and they run apart`,
    );
  const config: Config = {
    dataDir,
    host,
    httpPort,
    mqttPort,
    mqttsPort,
    plaintextMqttHost: tls && !allowsPlaintext && !isLoopbackHost(host) ? '127.0.0.1' : host,
    brokerUrl: url('PULSEWARD_BROKER_URL', ['mqtt:', 'mqtts:']),
    metricsPort,
    tls,
    publicUrl: publicUrl.replace(/\/+$/, ''),
    isPublicUrlGuessed: givenUrl === undefined && (isWildcard || httpPort === 0),
    webhookAllow,
    channels,
    deadmanUrl,
    encryptionKeyFile: readableFile('PULSEWARD_ENCRYPTION_KEY_FILE') ?? resolve(dataDir, 'encryption.key'),
    adminPassword: value('PULSEWARD_ADMIN_PASSWORD'),
    databaseUrl: url('DATABASE_URL', ['postgres:', 'postgresql:']),
    redisUrl: url('REDIS_URL', ['redis:', 'rediss:'], checkRedisUrl),
    influx: isWhole(influx) ? influx : undefined,
    roles,
    demo,
    logLevel: (value('PULSEWARD_LOG_LEVEL') ?? 'info') as LogLevel,
    faultPoint: FAULT_POINTS.find((point) => point === value('PULSEWARD_FAULT_POINT')),
    unknownVariables: Object.keys(env).filter(
      (name) => name.startsWith('PULSEWARD_') && !isEnvironmentName(name) && !isSecretFileName(name),
    ),
  };
  if (problems.length > 0) throw new ConfigurationError(problems);
  return freezeDeeply(config);
}

const PUSH_ROLES: readonly RoleName[] = ['alerting', 'dashboards'];
const isOneOf = (roles: readonly RoleName[], names: readonly RoleName[]) =>
  names.filter((name) => roles.includes(name)).length === 1;

/** All or none of them. */
const INFLUX_NAMES = ['INFLUX_URL', 'INFLUX_TOKEN', 'INFLUX_ORG', 'INFLUX_BUCKET'] as const;

const isWhole = <T extends object>(parts: { readonly [K in keyof T]: T[K] | undefined }): parts is T =>
  Object.values(parts).every((part) => part !== undefined);

function readArguments(argv: readonly string[], report: (name: string, given: string, allowed: string) => void) {
  const options = { roles: { type: 'string' }, demo: { type: 'boolean', default: false } } as const;
  const everyRole = { roles: [...ROLE_NAMES], demo: false };
  try {
    const { values } = parseArgs({ args: [...argv], options, strict: true, allowPositionals: false });
    if (values.roles === undefined) return { ...everyRole, demo: values.demo };
    const asked = values.roles.split(',').map((role) => role.trim());
    const roles = ROLE_NAMES.filter((role) => asked.includes(role));
    if (roles.length !== new Set(asked).size)
      report('--roles', values.roles, `some of ${ROLE_NAMES.join(',')}, separated by commas`);
    return { roles, demo: values.demo };
  } catch {
    report('the command line', argv.join(' '), `--roles followed by some of ${ROLE_NAMES.join(',')}`);
    return everyRole;
  }
}

/** Which port "any free one" becomes isn't known yet: the URL then has none. */
function guessPublicUrl(scheme: string, host: string, port: number): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}${port === 0 ? '' : `:${port}`}`;
}

function describeGiven(name: string, given: string | undefined): string {
  if (given === undefined) return 'nothing';
  const hasCredentials = /\/\/[^/]*@/.test(given);
  return isSecret(name) || hasCredentials ? '(hidden)' : JSON.stringify(given);
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return !statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** Undefined where a server can be opened with them. Not for a password: nobody could be asked for it. */
function checkCertificate({ certFile, keyFile }: { readonly certFile: string; readonly keyFile: string }) {
  const [cert, key] = [readFileSync(certFile), readFileSync(keyFile)];
  const parts = [
    { name: 'PULSEWARD_TLS_CERT', allowed: 'a PEM file with a certificate', part: { cert } },
    { name: 'PULSEWARD_TLS_KEY', allowed: 'a PEM file with a private key that has no password', part: { key } },
    { name: 'PULSEWARD_TLS_KEY', allowed: 'the key that belongs to PULSEWARD_TLS_CERT', part: { cert, key } },
  ] as const;
  return parts.find(({ part }) => !opensContext(part));
}

function opensContext(part: { readonly cert?: Buffer; readonly key?: Buffer }): boolean {
  try {
    createSecureContext(part);
    return Object.values(part).every((file: Buffer) => file.length > 0);
  } catch {
    return false;
  }
}

function freezeDeeply<T extends object>(value: T): T {
  for (const part of Object.values(value)) if (typeof part === 'object' && part !== null) freezeDeeply(part);
  return Object.freeze(value);
}

/** The environment for a child process: this one's with these variables set, or taken away where undefined. */
export function environmentWith(changes: Readonly<Record<string, string | undefined>>): NodeJS.ProcessEnv {
  return { ...process.env, ...changes };
}
