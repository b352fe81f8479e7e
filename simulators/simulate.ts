// `npm run simulate`: plays people and their devices against a running Pulseward, or replays a recorded trace.
import { readFile } from 'node:fs/promises';
import { readConfig } from '../runtime/config.ts';
import { ConfigurationError } from '../runtime/errors.ts';
import { type ApiClient, ApiRefusal, signIn } from './api-client.ts';
import { askedToStop } from './asked-to-stop.ts';
import { describeOptions } from './command-line.ts';
import { DEVICE_LIMITS } from './devices/mqtt-link.ts';
import { CredentialsProblem } from './fleet/device-credentials.ts';
import { createFleet, type FleetSummary } from './fleet/fleet.ts';
import { describeSummary, showProgress } from './fleet/fleet-report.ts';
import { CsvProblem } from './replay/read-trace-csv.ts';
import { readSimulateOptions, SIMULATE_OPTIONS, type SimulateOptions } from './simulate-options.ts';
import { planSimulation, type SimulationPlan } from './simulate-plan.ts';
import { SCENARIO_NAMES, SCENARIOS } from './traces/scenarios.ts';

const HELP = `npm run simulate -- [options]

Plays people with diabetes and hypertension and the devices at their homes. Devices speak MQTT 3.1.1 as strangers do, keep what is
not acknowledged and send it again. No device measures in the future: above speed 1 the simulated time starts so far in the past that it
arrives at the present when --duration is over (without --duration: a day ago, and goes on in real time once it has caught up).

${describeOptions(SIMULATE_OPTIONS)}

Scenarios:
${SCENARIO_NAMES.map((name) => `  ${name.padEnd(18)}${SCENARIOS[name].description}`).join('\n')}

Ends with 0 when everything was acknowledged, with 1 when something was lost, with 2 when it could not begin.
`;

/** Connections of gateways have many devices behind them and may have more on their way. */
const GATEWAY_IN_FLIGHT = 8;

async function simulate(argv: readonly string[]): Promise<number> {
  const options = readSimulateOptions(argv);
  if (!options) {
    process.stdout.write(HELP);
    return 0;
  }
  const plan = await planSimulation(options, () => signInWith(options));
  for (const sentence of plan.says) console.log(sentence);
  const summary = await play(options, plan);
  console.log(describeSummary(summary));
  return summary.lost === 0 ? 0 : 1;
}

async function signInWith({ api, username, password, passwordFile }: SimulateOptions): Promise<ApiClient> {
  const known = password ?? (passwordFile ? await firstLineOf(passwordFile) : readConfig().adminPassword);
  if (known === undefined) {
    const allowed = '--password, --password-file or PULSEWARD_ADMIN_PASSWORD, or --credentials for devices that exist';
    throw new ConfigurationError([{ name: '--password', given: 'nothing', allowed }]);
  }
  return signIn(api, username, known);
}

async function firstLineOf(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    const problem = {
      name: '--password-file',
      given: `${path} (${cause.code})`,
      allowed: 'a file that this user may read',
    };
    throw new ConfigurationError([problem]);
  });
  return text.split(/\r?\n/, 1)[0] ?? '';
}

async function play(options: SimulateOptions, plan: SimulationPlan): Promise<FleetSummary> {
  const inFlight = options.gateways > 0 ? GATEWAY_IN_FLIGHT : DEVICE_LIMITS.inFlight;
  const { devices, clock, rememberFrom } = plan;
  const limits = { ...DEVICE_LIMITS, inFlight };
  const fleet = createFleet({ url: options.url, clock, rememberFrom, seed: options.seed, limits });
  fleet.add(devices);
  const stopped = askedToStop();
  fleet.start();
  const endProgress = showProgress(fleet, process.stderr);
  const over = plan.endsWhenDelivered ? fleet.delivered(Number.POSITIVE_INFINITY) : elapsed(options.durationMs);
  await Promise.race([over, stopped]);
  const summary = await fleet.finish(options.drainMs);
  endProgress();
  return summary;
}

const elapsed = (durationMs: number | undefined): Promise<void> =>
  durationMs === undefined ? new Promise(() => undefined) : new Promise((resolve) => setTimeout(resolve, durationMs));

try {
  process.exitCode = await simulate(process.argv.slice(2));
} catch (failure) {
  const isExpected = [ConfigurationError, ApiRefusal, CredentialsProblem, CsvProblem].some(
    (kind) => failure instanceof kind,
  );
  if (!isExpected) throw failure;
  console.error(failure instanceof Error ? failure.message : failure);
  process.exitCode = 2;
}
