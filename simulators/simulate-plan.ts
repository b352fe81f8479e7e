// From the options of a simulation to the devices that are played: whose they are, what they measure, from when.
import { readFile } from 'node:fs/promises';
import type { ApiClient } from './api-client.ts';
import {
  CredentialsProblem,
  type DeviceCredentials,
  readCredentials,
  writeCredentials,
} from './fleet/device-credentials.ts';
import type { FleetDevice } from './fleet/fleet.ts';
import { registerFleet } from './fleet/register-fleet.ts';
import { createSimulatedClock, pastStart, type SimulatedClock } from './fleet/simulated-clock.ts';
import { createVirtualPerson, type SensorKind } from './fleet/virtual-person.ts';
import { CsvProblem, type RecordedTrace, readTraceCsv } from './replay/read-trace-csv.ts';
import { createReplaySource, daysToRecentPast } from './replay/replay-sources.ts';
import type { SimulateOptions } from './simulate-options.ts';
import { zoneOffsetMs } from './traces/local-day.ts';
import { seedFrom } from './traces/random.ts';
import { SCENARIOS, scenarioFor } from './traces/scenarios.ts';

export interface SimulationPlan {
  readonly devices: readonly FleetDevice[];
  readonly clock: SimulatedClock;
  readonly rememberFrom: number;
  /** The run is over when everything is delivered: a replay. */
  readonly endsWhenDelivered: boolean;
  /** What is about to be played, a sentence a line. */
  readonly says: readonly string[];
}

/** `signIn` is called only where something has to be registered. */
export async function planSimulation(
  options: SimulateOptions,
  signIn: () => Promise<ApiClient>,
): Promise<SimulationPlan> {
  return options.replay === undefined ? planPeople(options, signIn) : planReplay(options, options.replay, signIn);
}

async function planPeople(options: SimulateOptions, signIn: () => Promise<ApiClient>): Promise<SimulationPlan> {
  const people = peopleFor(options.devices, options.kinds);
  const credentials = await credentialsFor(options, people, signIn);
  const now = Date.now();
  const offsetMs = zoneOffsetMs(options.patientZone, now);
  const glucoseUnit = options.unit ?? 'mmol/L';
  const devices = credentials.map(({ person, kind, ...device }): FleetDevice => {
    const scenario = scenarioFor(options.scenario, person);
    const seed = seedFrom(options.seed, 'person', person);
    const { sourceFor } = createVirtualPerson({ seed, scenario, offsetMs, glucoseUnit });
    return { ...device, source: sourceFor(kind), delivery: SCENARIOS[scenario].delivery };
  });
  const startsAt = pastStart(options.speed, options.durationMs, now);
  const minutesBack = Math.round((now - startsAt) / 60_000);
  return {
    devices,
    clock: createSimulatedClock({ speed: options.speed, startsAt }),
    rememberFrom: startsAt - options.historyMs,
    endsWhenDelivered: false,
    says: [
      `${devices.length} devices, scenario ${options.scenario}, seed ${options.seed}, speed ${options.speed}`,
      ...(minutesBack > 0 ? [`simulated time starts ${minutesBack} minutes ago and never overtakes the clock`] : []),
    ],
  };
}

async function planReplay(
  options: SimulateOptions,
  path: string,
  signIn: () => Promise<ApiClient>,
): Promise<SimulationPlan> {
  const traces = await readTraces(path, options.patientZoneGiven ? options.patientZone : undefined);
  const people = traces.map(({ id }) => ({ name: `Replay ${id}`.slice(0, 100), kinds: ['cgm'] as const }));
  const credentials = (await credentialsFor(options, people, signIn)).filter(({ kind }) => kind === 'cgm');
  if (credentials.length < traces.length)
    throw new CredentialsProblem(
      `${options.credentials}: ${credentials.length} cgm devices for ${traces.length} ids of ${path}`,
    );
  const shiftDays = options.shiftDays === 'auto' ? daysToRecentPast(traces, Date.now()) : options.shiftDays;
  const replays = traces.map((trace) => createReplaySource(trace, shiftDays, options.unit ?? 'mg/dL'));
  const endsAt = Math.max(...replays.map(({ to }) => to));
  return {
    devices: replays.map(({ source }, index) => {
      const { deviceId, username, password } = credentials[index]!;
      return { deviceId, username, password, source, delivery: SCENARIOS.steady.delivery };
    }),
    clock: { now: () => endsAt },
    rememberFrom: Math.min(...replays.map(({ from }) => from)),
    endsWhenDelivered: true,
    says: [
      `replay of ${path}, moved by ${shiftDays} days`,
      ...traces.map(({ id, readings }, index) => {
        const [from, to] = [replays[index]!.from, replays[index]!.to].map((at) => new Date(at).toISOString());
        return `${id}: device ${credentials[index]!.deviceId}, ${readings.length} readings, from=${from} to=${to}`;
      }),
    ],
  };
}

async function readTraces(path: string, timeZone: string | undefined): Promise<readonly RecordedTrace[]> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new CsvProblem(`${path} can't be read (${cause.code})`, { cause });
  });
  return readTraceCsv(text, { timeZone });
}

type Person = { readonly name: string; readonly kinds: readonly SensorKind[] };

async function credentialsFor(
  options: SimulateOptions,
  people: readonly Person[],
  signIn: () => Promise<ApiClient>,
): Promise<readonly DeviceCredentials[]> {
  if (options.credentials !== undefined) return readCredentials(options.credentials);
  const { patientZone: timeZone, gateways } = options;
  const registered = await registerFleet(await signIn(), { teamName: 'Simulated team', timeZone, people, gateways });
  if (options.saveCredentials !== undefined) await writeCredentials(options.saveCredentials, registered);
  return registered;
}

/** As many people as it takes to have so many devices; the last may have fewer. */
function peopleFor(devices: number, kinds: readonly SensorKind[]): readonly Person[] {
  const people = Math.ceil(devices / kinds.length);
  return Array.from({ length: people }, (_, index) => ({
    name: `Simulated ${index + 1}`,
    kinds: kinds.slice(0, devices - index * kinds.length),
  }));
}
