// The demo's people at their devices: registered through the API, back-filled, then living on.
import { type ApiClient, signIn } from '../api-client.ts';
import type { DeviceCredentials } from '../fleet/device-credentials.ts';
import { createFleet, type Fleet, type FleetDevice, type FleetSummary } from '../fleet/fleet.ts';
import { createSimulatedClock } from '../fleet/simulated-clock.ts';
import { createVirtualPerson, type PersonExtras } from '../fleet/virtual-person.ts';
import { DAY_MS, zoneOffsetMs } from '../traces/local-day.ts';
import { seedFrom } from '../traces/random.ts';
import { SCENARIOS } from '../traces/scenarios.ts';
import { DEMO_PEOPLE } from './demo-people.ts';
import type { DemoDevice, DemoState } from './demo-state.ts';
import { LIVE_FROM_MS_AGO, planTimeline } from './demo-timeline.ts';
import { seedPatients, seedTeams } from './seed-clinic.ts';

const HISTORY_MS = 14 * DAY_MS;
const FIRST_PEOPLE = 10;
const FIRST_WITHIN_MS = 5_000;

export interface DemoFleetDeps {
  readonly httpUrl: string;
  readonly mqttUrl: string;
  readonly speed: number;
  readonly state: DemoState;
}

export interface DemoFleet {
  readonly fleet: Pick<Fleet, 'progress' | 'delivered'>;
  /** Lets everybody of a demo that was seeded before go on, or registers teams and doctors: then people may sign in. */
  start(): Promise<void>;
  /** Registers the patients where there are none; each one's devices connect at once. */
  populate(): Promise<void>;
  /** Whether simulated time has reached the present. */
  hasCaughtUp(): boolean;
  /** What the next start needs. Undefined until everybody is registered. */
  state(): DemoState | undefined;
  stop(): Promise<FleetSummary>;
}

/** Simulated time starts when this is called. */
export function createDemoFleet({ httpUrl, mqttUrl, speed, state }: DemoFleetDeps): DemoFleet {
  const now = Date.now();
  const knownUntil = Math.max(0, ...(state.devices ?? []).map(({ deliveredUntil = 0 }) => deliveredUntil));
  const startsAt = Math.max(now - LIVE_FROM_MS_AGO, knownUntil);
  const rememberFrom = startsAt - HISTORY_MS;
  const clock = createSimulatedClock({ speed, startsAt });
  const timeline = planTimeline(DEMO_PEOPLE, now, knownUntil);
  const fleet = createFleet({ url: mqttUrl, clock, rememberFrom, seed: state.seed });
  let session: Promise<ApiClient> | undefined;
  const admin = () => (session ??= signIn(httpUrl, 'admin', state.adminPassword));
  let teamIds: readonly string[] = [];
  let registered = state.devices;

  const add = (devices: readonly DemoDevice[]) =>
    fleet.add(
      devices.map((device) => ({
        ...playedDevice(device, state.seed, now, timeline[device.person] ?? {}),
        rememberFrom: Math.max(rememberFrom, device.deliveredUntil ?? 0),
      })),
    );

  return {
    fleet,
    async start() {
      fleet.start();
      if (registered) add(registered);
      else teamIds = await seedTeams(await admin(), state);
    },
    async populate() {
      if (registered) return;
      const api = await admin();
      // The first ones' history goes ahead of everybody else's, so that there is something to see on slow machines too.
      const first = await seedPatients(api, teamIds, [0, FIRST_PEOPLE], add);
      await fleet.delivered(FIRST_WITHIN_MS);
      const rest = await seedPatients(api, teamIds, [FIRST_PEOPLE, DEMO_PEOPLE.length], add);
      registered = [...first, ...rest];
    },
    hasCaughtUp: () => Date.now() - clock.now() < 1_000,
    state() {
      const delivered = fleet.deliveredUntil();
      const devices = registered?.map((device) => ({ ...device, deliveredUntil: delivered.get(device.deviceId) }));
      return devices && { ...state, devices };
    },
    // Short: whoever presses Ctrl-C wants it to end, and what is not acknowledged now is sent next time.
    stop: () => fleet.finish(500),
  };
}

function playedDevice(device: DeviceCredentials, demoSeed: number, now: number, extras: PersonExtras): FleetDevice {
  const { scenario, glucoseUnit, timeZone = 'Asia/Shanghai' } = DEMO_PEOPLE[device.person % DEMO_PEOPLE.length]!;
  const seed = seedFrom(demoSeed, 'person', device.person);
  const person = createVirtualPerson({ seed, scenario, offsetMs: zoneOffsetMs(timeZone, now), glucoseUnit, extras });
  const { deviceId, username, password, kind } = device;
  return { deviceId, username, password, source: person.sourceFor(kind), delivery: SCENARIOS[scenario].delivery };
}
