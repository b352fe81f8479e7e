// The options of `npm run bench`. Promise: every mistake is reported at once, with what is allowed.
import { ConfigurationError } from '../../runtime/errors.ts';
import { describeOptions, readCommandLine } from '../../simulators/command-line.ts';
import { DEPLOYMENTS, type Deployment } from '../system/deployment.ts';

export const MEASUREMENTS = {
  single: '1,000 gateways of 20 devices, one message in flight each',
  pipelined: '10 gateways of 20 devices, 100 messages in flight each',
  dense: '1,000 devices, each its own connection’s only one, one message in flight',
  backlog: 'two days of readings a device, 576 in a message',
  webhook: 'publish → critical alert at a webhook, at 5,000 readings/s',
  idle: 'memory of the broker per idle connection (5,000)',
  metrics: '14-day metrics of a patient with a year of 5-minute CGM, over HTTP',
  risk: 'the first 100 of 20,000 patients by risk, over HTTP',
  rules: 'what all rules cost ingest a reading; once, without a deployment',
  projections: 'memory of ingest per active CGM patient; once, without a deployment',
  start: 'from the start to ready with 20,000 patients',
} as const;
export type Measurement = keyof typeof MEASUREMENTS;

export interface BenchOptions {
  readonly deployments: readonly Deployment[];
  readonly peer: boolean;
  readonly seconds: number;
  readonly alerts: number;
  readonly only: ReadonlySet<Measurement>;
  readonly json: boolean;
}

const ALL = Object.keys(MEASUREMENTS);
const ALL_DEPLOYMENTS = DEPLOYMENTS.map(({ name }) => name);

const OPTIONS = {
  deployments: { value: 'LIST', fallback: ALL_DEPLOYMENTS.join(','), says: 'one after the other, by commas' },
  peer: { says: 'also Mosquitto, Telegraf and InfluxDB under single, pipelined and dense, the same bytes' },
  seconds: { value: 'N', fallback: '20', says: 'how long each load lasts, 1 to 3600' },
  alerts: { value: 'N', fallback: '1000', says: 'how many lows the webhook figure is made of, 1 to 20000' },
  only: { value: 'LIST', says: 'some of the measurements, by commas' },
  json: { says: 'also print the report as one line of JSON, the last' },
  help: { says: 'print this' },
} as const;

const isMeasurement = (name: string): name is Measurement => Object.hasOwn(MEASUREMENTS, name);

/** Undefined: help was asked for. Throws ConfigurationError with every problem. */
export function readBenchOptions(argv: readonly string[]): BenchOptions | undefined {
  const { given, problems } = readCommandLine(OPTIONS, argv);
  if (given.has('help')) return undefined;
  const found = [...problems];
  const whole = (name: 'seconds' | 'alerts', most: number): number => {
    const text = given.get(name) ?? OPTIONS[name].fallback;
    const value = Number(text);
    if (!Number.isInteger(value) || value < 1 || value > most)
      found.push({ name: `--${name}`, given: JSON.stringify(text), allowed: `a whole number from 1 to ${most}` });
    return value;
  };
  const some = (name: 'deployments' | 'only', all: readonly string[]): readonly string[] => {
    const wanted = (given.get(name) ?? all.join(',')).split(',');
    for (const each of wanted)
      if (!all.includes(each))
        found.push({ name: `--${name}`, given: JSON.stringify(each), allowed: `some of ${all.join(', ')}` });
    return wanted;
  };
  const deployments = some('deployments', ALL_DEPLOYMENTS);
  const options = {
    deployments: DEPLOYMENTS.filter(({ name }) => deployments.includes(name)),
    peer: given.has('peer'),
    seconds: whole('seconds', 3600),
    alerts: whole('alerts', 20_000),
    only: new Set(some('only', ALL).filter(isMeasurement)),
    json: given.has('json'),
  };
  if (found.length > 0) throw new ConfigurationError(found);
  return options;
}

export function describeBench(): string {
  const measurements = Object.entries(MEASUREMENTS).map(([name, says]) => `  ${name.padEnd(11)}${says}`);
  return `npm run bench -- [options]

Starts each deployment in temporary directories on this machine, loads it over loopback and measures:
${measurements.join('\n')}
production takes redis-server and influxd from the PATH, the peer mosquitto and telegraf too; where one is missing the report says so.

${describeOptions(OPTIONS)}
`;
}
