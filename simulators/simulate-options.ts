// The options of `npm run simulate`. Promise: every mistake is reported at once, with what is allowed.
import { checkUrl, isLoopbackHost } from '../runtime/check-address.ts';
import { ConfigurationError, type ConfigurationProblem } from '../runtime/errors.ts';
import { type OptionRow, type OptionTable, readCommandLine } from './command-line.ts';
import { SENSOR_KINDS, type SensorKind } from './fleet/virtual-person.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './traces/local-day.ts';
import { SCENARIO_NAMES, type ScenarioName } from './traces/scenarios.ts';

export interface SimulateOptions {
  readonly url: string;
  readonly api: string;
  readonly username: string;
  readonly password?: string | undefined;
  readonly passwordFile?: string | undefined;
  readonly credentials?: string | undefined;
  readonly saveCredentials?: string | undefined;
  readonly devices: number;
  readonly kinds: readonly SensorKind[];
  readonly gateways: number;
  readonly scenario: ScenarioName | 'mix';
  readonly seed: number;
  readonly speed: number;
  /** Until Ctrl-C where absent. */
  readonly durationMs?: number | undefined;
  readonly historyMs: number;
  readonly drainMs: number;
  readonly patientZone: string;
  /** False: `patientZone` is the default. */
  readonly patientZoneGiven: boolean;
  readonly unit?: 'mg/dL' | 'mmol/L' | undefined;
  readonly replay?: string | undefined;
  readonly shiftDays: number | 'auto';
}

export const SIMULATE_OPTIONS = {
  url: { value: 'URL', fallback: 'mqtt://127.0.0.1:1883', says: 'where devices connect, mqtt:// or mqtts://' },
  api: { value: 'URL', fallback: 'http://127.0.0.1:8080', says: 'where patients and devices are registered' },
  username: { value: 'NAME', fallback: 'admin', says: 'who registers them' },
  password: { value: 'TEXT', says: 'their password; else PULSEWARD_ADMIN_PASSWORD' },
  'password-file': { value: 'FILE', says: 'a file whose first line is the password' },
  credentials: { value: 'FILE', says: 'play the devices of this file and register nothing' },
  'save-credentials': { value: 'FILE', says: 'write what was registered to this file, for --credentials' },
  devices: { value: 'N', fallback: '30', says: 'how many devices, 1 to 20000' },
  kinds: {
    value: 'LIST',
    fallback: SENSOR_KINDS.join(','),
    says: 'what one person has of these; a body is shared by its devices',
  },
  gateways: { value: 'N', fallback: '0', says: 'deal the devices out over N gateways, 0 to 1000' },
  scenario: { value: 'NAME', fallback: 'mix', says: `mix, or one of ${SCENARIO_NAMES.join(', ')}` },
  seed: { value: 'N', fallback: '1', says: 'the same seed gives the same data' },
  speed: { value: 'X', fallback: '1', says: 'simulated minutes per minute, 1 to 10000' },
  duration: { value: 'TIME', says: 'how long to run, e.g. 90s, 10m, 2h; else until Ctrl-C' },
  history: {
    value: 'DAYS',
    fallback: '0',
    says: 'days of readings from before the start, sent first in arrays, 0 to 400',
  },
  drain: { value: 'TIME', fallback: '60s', says: 'how long to wait at the end for what is not acknowledged' },
  'patient-zone': {
    value: 'ZONE',
    fallback: 'Asia/Shanghai',
    says: 'time zone people live in, e.g. Etc/GMT+5 for UTC−5',
  },
  unit: { value: 'UNIT', says: 'mg/dL or mmol/L; else mmol/L, and mg/dL for a replay' },
  replay: { value: 'FILE', says: 'instead of simulated people, a CSV file with the columns id,time,gl: a CGM per id' },
  'shift-days': {
    value: 'N',
    fallback: 'auto',
    says: 'move it by whole days; auto: the last reading lies in the past day',
  },
  'allow-remote': { says: 'allow addresses that are not loopback' },
  help: { says: 'print this' },
} as const satisfies OptionTable;

type OptionName = keyof typeof SIMULATE_OPTIONS;
const rowOf = (name: OptionName): OptionRow => SIMULATE_OPTIONS[name];

/** Undefined: help was asked for. Throws ConfigurationError with every problem. */
export function readSimulateOptions(argv: readonly string[]): SimulateOptions | undefined {
  const { given, problems: misplaced } = readCommandLine(SIMULATE_OPTIONS, argv);
  const problems: ConfigurationProblem[] = [...misplaced];
  if (given.has('help')) return undefined;

  const text = (name: OptionName): string | undefined => given.get(name) ?? rowOf(name).fallback;
  const secret = (name: OptionName) => (name === 'password' ? '(hidden)' : JSON.stringify(given.get(name) ?? ''));
  const refuse = (name: OptionName, allowed: string) =>
    problems.push({ name: `--${name}`, given: secret(name), allowed });
  const checked = <T>(name: OptionName, read: (value: string) => T | undefined, allowed: string): T | undefined => {
    const value = text(name);
    const result = value === undefined ? undefined : read(value);
    if (value !== undefined && result === undefined) refuse(name, allowed);
    return result;
  };
  const number = (name: OptionName, lowest: number, highest: number, kind: 'whole' | 'any' = 'whole') =>
    checked(
      name,
      (value) => {
        const parsed = value.trim() === '' ? Number.NaN : Number(value);
        const fits = parsed >= lowest && parsed <= highest && (kind === 'any' || Number.isInteger(parsed));
        return fits ? parsed : undefined;
      },
      `a ${kind === 'whole' ? 'whole ' : ''}number from ${lowest} to ${highest}`,
    ) ?? lowest;
  const duration = (name: OptionName) => checked(name, readDuration, 'a time such as 90s, 10m or 2h, above 0');
  const address = (name: OptionName, protocols: readonly string[]): string => {
    const value = text(name) ?? '';
    const problem = checkUrl(value, protocols);
    if (problem) refuse(name, problem);
    else if (!given.has('allow-remote') && !isLoopbackHost(new URL(value).hostname.replace(/^\[|\]$/g, '')))
      refuse(name, 'a loopback address such as 127.0.0.1; invented readings go elsewhere only with --allow-remote');
    return value.replace(/\/+$/, '');
  };
  const exclude = (name: OptionName, other: OptionName) => {
    if (given.has(name) && given.has(other)) refuse(name, `not together with --${other}`);
  };

  for (const name of ['devices', 'kinds', 'scenario', 'gateways', 'speed', 'duration', 'history'] as const)
    exclude(name, 'replay');
  for (const name of ['devices', 'kinds', 'gateways', 'save-credentials', 'password', 'password-file'] as const)
    exclude(name, 'credentials');
  exclude('password-file', 'password');
  if (given.has('shift-days') && !given.has('replay')) refuse('shift-days', 'only together with --replay');

  const oneOf = <T extends string>(name: OptionName, allowed: readonly T[]): T | undefined =>
    checked(name, (value) => allowed.find((each) => each === value), allowed.join(', '));
  const options: SimulateOptions = {
    url: address('url', ['mqtt:', 'mqtts:']),
    // Nothing is registered, so nothing is sent there.
    api: given.has('credentials') ? (text('api') ?? '') : address('api', ['http:', 'https:']),
    username: text('username') ?? '',
    password: text('password'),
    passwordFile: text('password-file'),
    credentials: text('credentials'),
    saveCredentials: text('save-credentials'),
    devices: number('devices', 1, 20_000),
    kinds: checked('kinds', readKinds, `some of ${SENSOR_KINDS.join(',')}, separated by commas`) ?? SENSOR_KINDS,
    gateways: number('gateways', 0, 1_000),
    scenario: oneOf('scenario', ['mix', ...SCENARIO_NAMES] as const) ?? 'mix',
    seed: number('seed', 0, 2 ** 32 - 1),
    speed: number('speed', 1, 10_000, 'any'),
    durationMs: duration('duration'),
    historyMs: number('history', 0, 400, 'any') * DAY_MS,
    drainMs: duration('drain') ?? 0,
    patientZone: checked('patient-zone', readZone, 'an IANA time zone such as Asia/Shanghai or Etc/GMT+5') ?? 'UTC',
    patientZoneGiven: given.has('patient-zone'),
    unit: oneOf('unit', ['mg/dL', 'mmol/L'] as const),
    replay: text('replay'),
    shiftDays: text('shift-days') === 'auto' ? 'auto' : number('shift-days', -40_000, 40_000),
  };
  if (problems.length > 0) throw new ConfigurationError(problems);
  return options;
}

const DURATION_UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: MINUTE_MS, h: HOUR_MS, d: DAY_MS };

function readDuration(value: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([smhd])$/.exec(value);
  const ms = Number(match?.[1]) * (DURATION_UNITS_MS[match?.[2] ?? ''] ?? Number.NaN);
  return ms > 0 ? ms : undefined;
}

function readKinds(value: string): readonly SensorKind[] | undefined {
  const asked = new Set(value.split(',').map((kind) => kind.trim()));
  const kinds = SENSOR_KINDS.filter((kind) => asked.has(kind));
  return kinds.length === asked.size ? kinds : undefined;
}

function readZone(value: string): string | undefined {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: value });
    return value;
  } catch {
    return undefined;
  }
}
