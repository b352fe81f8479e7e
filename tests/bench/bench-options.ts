// The options of `npm run bench`. Promise: every mistake is reported at once, with what is allowed.
import { ConfigurationError } from '../../runtime/errors.ts';
import { describeOptions, readCommandLine } from '../../simulators/command-line.ts';

export const MEASUREMENTS = {
  single: '1,000 gateways of 20 devices, one message in flight each',
  pipelined: '10 gateways of 20 devices, 100 messages in flight each',
  dense: '1,000 devices, each its own connection’s only one, one message in flight',
  backlog: 'two days of readings a device, 576 in a message',
  webhook: 'publish → critical alert at a webhook, at 5,000 readings/s',
  idle: 'memory of the broker per idle connection (5,000)',
} as const;
export type Measurement = keyof typeof MEASUREMENTS;

export interface BenchOptions {
  readonly seconds: number;
  readonly alerts: number;
  readonly only: ReadonlySet<Measurement>;
  readonly json: boolean;
}

const OPTIONS = {
  seconds: { value: 'N', fallback: '20', says: 'how long each load lasts, 1 to 3600' },
  alerts: { value: 'N', fallback: '1000', says: 'how many lows the webhook figure is made of, 1 to 20000' },
  only: { value: 'LIST', says: 'some of the measurements, by commas' },
  json: { says: 'also print the report as one line of JSON, the last' },
  help: { says: 'print this' },
} as const;

const ALL = Object.keys(MEASUREMENTS);
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
  const wanted = (given.get('only') ?? ALL.join(',')).split(',');
  for (const name of wanted)
    if (!isMeasurement(name))
      found.push({ name: '--only', given: JSON.stringify(name), allowed: `some of ${ALL.join(', ')}` });
  const options = {
    seconds: whole('seconds', 3600),
    alerts: whole('alerts', 20_000),
    only: new Set(wanted.filter(isMeasurement)),
    json: given.has('json'),
  };
  if (found.length > 0) throw new ConfigurationError(found);
  return options;
}

export function describeBench(): string {
  const measurements = Object.entries(MEASUREMENTS).map(([name, says]) => `  ${name.padEnd(11)}${says}`);
  return `npm run bench -- [options]

Starts the system in a temporary directory on this machine, loads it over loopback and measures:
${measurements.join('\n')}

${describeOptions(OPTIONS)}
`;
}
