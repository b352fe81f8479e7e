// `npm run demo`: the real system on this machine with a seeded clinic, 14 days of history and devices that go on measuring.
// Promise: never touches anything but its own directory and loopback; Ctrl-C ends everything it started.
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readConfig } from '../runtime/config.ts';
import { checkDemoMarker } from '../runtime/demo-marker.ts';
import { ConfigurationError } from '../runtime/errors.ts';
import { createTeardownStack, type TeardownStack } from '../runtime/role.ts';
import { askedToStop } from './asked-to-stop.ts';
import { describeOptions, type OptionTable, readCommandLine } from './command-line.ts';
import { createDemoFleet, type DemoFleet } from './demo/demo-fleet.ts';
import { DEMO_TEAMS } from './demo/demo-people.ts';
import { type DemoState, newPassword, readDemoState, writeDemoState } from './demo/demo-state.ts';
import { type DemoSystem, nextFreePort, startDemoSystem } from './demo/demo-system.ts';
import { showProgress } from './fleet/fleet-report.ts';

const OPTIONS = {
  speed: {
    value: 'X',
    fallback: '30',
    says: 'minutes a minute until the last 25 minutes are played, then real time; 1 to 1000',
  },
  'data-dir': { value: 'DIR', fallback: './demo-data', says: "the demo's own directory" },
  help: { says: 'print this' },
} as const satisfies OptionTable;

const WATCH_EVERY_MS = 500;
const SAVE_EVERY_ROUNDS = 20;
const PRESENT_REACHED =
  'History and the last 25 minutes are in; from here on the devices measure in real time. Ctrl-C ends the demo.';

interface DemoSettings {
  readonly speed: number;
  /** Absolute. */
  readonly dataDir: string;
  readonly httpPort: number;
  readonly mqttPort: number;
}

/** Undefined: help was asked for. Throws ConfigurationError with every problem. */
async function readSettings(argv: readonly string[]): Promise<DemoSettings | undefined> {
  const { given, problems: misplaced } = readCommandLine(OPTIONS, argv);
  if (given.has('help')) return undefined;
  const problems = [...misplaced];
  const speed = Number(given.get('speed') ?? OPTIONS.speed.fallback);
  if (!(speed >= 1 && speed <= 1_000))
    problems.push({ name: '--speed', given: JSON.stringify(given.get('speed')), allowed: 'a number from 1 to 1000' });
  if (problems.length > 0) throw new ConfigurationError(problems);
  const dataDir = resolve(given.get('data-dir') ?? OPTIONS['data-dir'].fallback);
  const config = readConfig({ argv: ['--demo'] });
  await checkDemoMarker({ ...config, dataDir }).catch(nameOption);
  const httpPort = await nextFreePort(config.httpPort || 8080);
  return { speed, dataDir, httpPort, mqttPort: await nextFreePort(config.mqttPort || 1883, httpPort) };
}

/** Here the directory is an option. */
function nameOption(failure: unknown): never {
  if (!(failure instanceof ConfigurationError)) throw failure;
  const rename = (name: string) => (name === 'PULSEWARD_DATA_DIR' ? '--data-dir' : name);
  throw new ConfigurationError(failure.problems.map((problem) => ({ ...problem, name: rename(problem.name) })));
}

async function runDemo(settings: DemoSettings, teardown: TeardownStack): Promise<void> {
  const stopAsked = askedToStop().then(() => console.log('\nStopping …'));
  const { dataDir, speed } = settings;
  const before = await readDemoState(dataDir);
  const state = before ?? newState();
  await writeDemoState(dataDir, state);
  let isWhole = before !== undefined;
  // Without its patients a demo can't go on another time; whoever stops that early gets a new one.
  teardown.onStop('unfinished demo', () => (isWhole ? undefined : rm(dataDir, { recursive: true, force: true })));

  console.log(before ? 'Starting; the demo goes on where it ended.' : 'Starting; the first time the database is made.');
  const system = startDemoSystem({ ...settings, adminPassword: state.adminPassword });
  teardown.onStop('system', system.stop);
  const { httpUrl, mqttUrl } = system;

  const play = async () => {
    await system.ready();
    const demo = createDemoFleet({ httpUrl, mqttUrl, speed, state });
    const save = async () => {
      const known = demo.state();
      if (known) await writeDemoState(dataDir, known);
      isWhole = known !== undefined;
    };
    teardown.onStop('fleet', async () => {
      const { acknowledged, lost } = await demo.stop();
      const rest = lost > 0 ? `, ${lost} were not yet` : '';
      console.log(`${acknowledged} readings were acknowledged${rest}.`);
      await save();
    });
    await demo.start();
    console.log(describeAccess(system, state, dataDir));
    const endProgress = showProgress(demo.fleet, process.stderr);
    teardown.onStop('progress', endProgress);
    await demo.populate();
    await watchOver(demo, save, teardown, endProgress);
  };
  await Promise.race([stopAsked, system.ended(), play().then(() => stopAsked)]);
}

const newState = (): DemoState => ({
  adminPassword: newPassword(),
  doctors: DEMO_TEAMS.map(({ doctor }) => ({ username: doctor.username, password: newPassword() })),
  seed: 2026,
});

function describeAccess(
  { httpUrl, logFile }: DemoSystem,
  { doctors, adminPassword }: DemoState,
  dataDir: string,
): string {
  const accounts = [...doctors.map((doctor, index) => ({ ...doctor, what: DEMO_TEAMS[index]?.name ?? '' }))];
  accounts.push({ username: 'admin', password: adminPassword, what: 'everything' });
  const rows = accounts.map(({ username, password, what }) => `    ${username.padEnd(10)}${password}   ${what}`);
  return [
    '',
    `  Open ${httpUrl} and sign in:`,
    ...rows,
    '',
    `  50 invented patients, data in ${dataDir}, log in ${logFile}. Ctrl-C ends everything.`,
    '',
  ].join('\n');
}

/** Keeps what the next start needs, and says when the present is reached. Ends with the teardown. */
async function watchOver(
  demo: DemoFleet,
  save: () => Promise<void>,
  teardown: TeardownStack,
  endProgress: () => void,
): Promise<void> {
  let isOver = false;
  let isPresent = false;
  let saving = Promise.resolve();
  teardown.onStop('watch', () => {
    isOver = true;
    // Two at once would rename each other's file away.
    return saving;
  });
  for (let round = 0; !isOver; round++) {
    if (round % SAVE_EVERY_ROUNDS === 0) {
      saving = save();
      await saving;
    }
    await passed(WATCH_EVERY_MS);
    if (isPresent || !demo.hasCaughtUp() || !(await demo.fleet.delivered(0))) continue;
    isPresent = true;
    endProgress();
    console.log(PRESENT_REACHED);
  }
}

const passed = (ms: number) => new Promise((resolvePassed) => setTimeout(resolvePassed, ms));

const teardown = createTeardownStack();
try {
  const settings = await readSettings(process.argv.slice(2));
  if (settings) await runDemo(settings, teardown);
  else console.log(`npm run demo -- [options]\n\n${describeOptions(OPTIONS)}`);
} catch (failure) {
  console.error(failure instanceof Error ? failure.message : failure);
  process.exitCode = 1;
} finally {
  await teardown.unwind();
}
