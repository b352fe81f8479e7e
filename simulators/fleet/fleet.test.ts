import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startUnrulyBroker, type UnrulyBroker } from '../../tests/unruly-broker.ts';
import { isDroppedOut } from '../devices/delivery.ts';
import { DEVICE_LIMITS } from '../devices/mqtt-link.ts';
import type { WireReading } from '../devices/wire-reading.ts';
import { DAY_MS, HOUR_MS } from '../traces/local-day.ts';
import { seedFrom } from '../traces/random.ts';
import { SCENARIOS, type ScenarioName } from '../traces/scenarios.ts';
import { createFleet, type Fleet, type FleetDevice } from './fleet.ts';
import { createSimulatedClock, pastStart } from './simulated-clock.ts';
import { createVirtualPerson, type SensorKind } from './virtual-person.ts';

const patience = { timeout: 25_000, interval: 50 };
const NOW = Date.UTC(2026, 10, 22, 6, 30);
const limits = { ...DEVICE_LIMITS, backoff: { firstMs: 5, longestMs: 50 } };

let broker: UnrulyBroker;
let fleet: Fleet | undefined;

beforeEach(async () => {
  broker = await startUnrulyBroker();
});

afterEach(async () => {
  await fleet?.finish(0);
  await broker.stop();
});

const deviceOf = (person: number, kind: SensorKind, scenario: ScenarioName, gateway?: string): FleetDevice => {
  const { sourceFor } = createVirtualPerson({ seed: person, scenario, offsetMs: 8 * HOUR_MS, glucoseUnit: 'mmol/L' });
  const deviceId = `${kind}-${person}`;
  return {
    deviceId,
    username: gateway ?? deviceId,
    password: 'secret',
    source: sourceFor(kind),
    delivery: SCENARIOS[scenario].delivery,
  };
};

const stoppedClock = { now: () => NOW };

function startFleet(devices: readonly FleetDevice[], rememberFrom: number, clock = stoppedClock): Fleet {
  fleet = createFleet({ url: broker.url, clock, rememberFrom, seed: 1, limits });
  fleet.add(devices);
  fleet.start();
  return fleet;
}

/** By device, every well-formed reading that arrived, in order of arrival. */
function arrivedOf(deviceId: string): readonly WireReading[] {
  return broker.received
    .filter(({ topic }) => topic === `v1/devices/${deviceId}/readings`)
    .flatMap(({ text }) => {
      try {
        const message: WireReading | { readings: WireReading[] } = JSON.parse(text);
        return 'readings' in message ? message.readings : [message];
      } catch {
        return [];
      }
    });
}

const expectedOf = (device: FleetDevice, from: number) =>
  device.source(from, NOW).map((reading) => JSON.stringify(reading));
const setOf = (readings: readonly WireReading[]) => new Set(readings.map((reading) => JSON.stringify(reading)));

test('a thousand devices connect from one process, deliver a day each, and close', async () => {
  const devices = Array.from({ length: 1_000 }, (_, n) => deviceOf(n, n % 2 ? 'cgm' : 'bp_monitor', 'steady'));
  const running = startFleet(devices, NOW - DAY_MS);
  await vi.waitFor(() => expect(running.progress().online).toBe(1_000), patience);
  await running.delivered(25_000);
  const summary = await running.finish(1_000);
  expect(summary).toMatchObject({ connects: 1_000, reconnects: 0, lost: 0, resent: 0 });
  expect(summary.acknowledged).toBe(summary.measured);
  expect(summary.published).toBeGreaterThan(500 * 288);
  expect(arrivedOf('cgm-999').length).toBe(288);
  await vi.waitFor(() => expect(broker.connections()).toBe(0), patience);
});

test('devices behind a gateway share its connection and keep their own topics', async () => {
  const devices = [1, 2, 3].map((person) => deviceOf(person, 'cgm', 'steady', 'gateway-1'));
  const running = startFleet(devices, NOW - 3 * DAY_MS);
  await vi.waitFor(() => expect(running.progress().acknowledged).toBe(3 * 3 * 288), patience);
  expect(broker.connections()).toBe(1);
  for (const device of devices)
    expect([...setOf(arrivedOf(device.deviceId))]).toEqual(expectedOf(device, NOW - 3 * DAY_MS));
});

test.each(['duplicates', 'out_of_order', 'malformed'] as const)(
  'every reading arrives at least once and unchanged, whatever the delivery does: %s',
  async (scenario) => {
    const from = NOW - 2 * DAY_MS;
    const device = deviceOf(1, 'cgm', scenario);
    const running = startFleet([device], from);
    const summary = await running.finish(10_000);
    const arrived = arrivedOf(device.deviceId);
    const expected = expectedOf(device, from);
    const extra = arrived.length - expected.length;
    expect(summary.lost).toBe(0);
    for (const reading of expected) expect(setOf(arrived)).toContain(reading);
    const inOrder = arrived.every((reading, n) => n === 0 || (arrived[n - 1]!.seq ?? 0) <= (reading.seq ?? 0));
    if (scenario === 'duplicates') expect(extra).toBeGreaterThan(expected.length * 0.05);
    if (scenario === 'out_of_order') expect([extra, inOrder]).toEqual([0, false]);
    if (scenario === 'malformed') expect(summary.measured - expected.length).toBeGreaterThan(expected.length * 0.02);
  },
);

test('a device that drops out delivers its backlog when it is back, and nothing is lost', async () => {
  const startsAt = NOW - 12 * HOUR_MS;
  const device = deviceOf(1, 'cgm', 'dropout');
  const realStart = Date.now();
  // Twelve hours pass in two seconds.
  const clock = createSimulatedClock({ speed: 21_600, startsAt, realNow: () => NOW + Date.now() - realStart });
  const running = startFleet([device], startsAt, { now: () => Math.min(NOW, clock.now()) });
  await vi.waitFor(() => expect(running.progress().reconnects).toBeGreaterThanOrEqual(2), patience);
  await vi.waitFor(() => expect(clock.now()).toBeGreaterThan(NOW), patience);
  const summary = await running.finish(10_000);
  expect(summary.lost).toBe(0);
  expect([...setOf(arrivedOf(device.deviceId))].sort()).toEqual([...expectedOf(device, startsAt)].sort());
  expect(running.deliveredUntil().get(device.deviceId)).toBe(NOW);
});

test('a device that is off the network keeps nobody waiting, and is not counted as delivered', async () => {
  const device = deviceOf(1, 'cgm', 'dropout');
  const lineSeed = seedFrom(1, 'line', device.username);
  const minutes = Array.from({ length: 180 }, (_, n) => NOW - n * 60_000);
  const droppedOutAt = minutes.find((at) => isDroppedOut(lineSeed, at))!;
  const other = deviceOf(2, 'cgm', 'steady');
  const running = startFleet([device, other], NOW - DAY_MS, { now: () => droppedOutAt });
  await vi.waitFor(() => expect(arrivedOf(other.deviceId).length).toBeGreaterThan(200), patience);
  expect(await running.delivered(5_000)).toBe(true);
  expect(arrivedOf(device.deviceId)).toEqual([]);
  expect(running.deliveredUntil().get(device.deviceId)).toBe(NOW - DAY_MS);
});

test('what is not acknowledged when the run ends is counted as lost, also what did not fit into the outbox', async () => {
  broker.withholdAcknowledgements(true);
  const device = deviceOf(1, 'cgm', 'steady');
  const running = startFleet([device], NOW - 14 * DAY_MS);
  await vi.waitFor(() => expect(broker.received.length).toBe(1), patience);
  const summary = await running.finish(100);
  expect(summary).toMatchObject({ published: 1_000, acknowledged: 0, lost: 14 * 288 });
  expect(running.deliveredUntil().get(device.deviceId)).toBe(NOW - 14 * DAY_MS);
});

test('the simulated clock never overtakes the real one, and meets it when the duration is over', () => {
  let real = NOW;
  const startsAt = pastStart(60, 600_000, real);
  const clock = createSimulatedClock({ speed: 60, startsAt, realNow: () => real });
  expect(clock.now()).toBe(NOW - 59 * 600_000);
  real += 300_000;
  expect(clock.now()).toBe(startsAt + 300_000 * 60);
  real += 300_000;
  expect(clock.now()).toBe(real);
  real += 900_000;
  expect(clock.now()).toBe(real);
  expect(pastStart(1, undefined, real)).toBe(real);
});
