// A fleet of virtual devices in one process: gives them time, lets them drop out, and sees to it that everything is delivered at the end.
import { createDelivery, isDroppedOut } from '../devices/delivery.ts';
import { createLinkCounters, type LinkCounters } from '../devices/link-counters.ts';
import { createMqttLink, DEVICE_LIMITS, type LinkLimits, type MqttLink } from '../devices/mqtt-link.ts';
import { createVirtualDevice, type VirtualDevice } from '../devices/virtual-device.ts';
import type { ReadingSource } from '../devices/wire-reading.ts';
import { createRandom, seedFrom } from '../traces/random.ts';
import type { DeliveryTraits } from '../traces/scenarios.ts';
import type { SimulatedClock } from './simulated-clock.ts';

export interface FleetDevice {
  readonly deviceId: string;
  /** Devices with the same username share a connection: they hang on one gateway. */
  readonly username: string;
  readonly password: string;
  readonly source: ReadingSource;
  readonly delivery: DeliveryTraits;
  /** Epoch ms; where it differs from the fleet's. */
  readonly rememberFrom?: number | undefined;
}

export interface FleetDeps {
  readonly url: string;
  readonly clock: SimulatedClock;
  /** Epoch ms: what devices remember from before the clock's start is sent first. */
  readonly rememberFrom: number;
  readonly seed: number;
  readonly limits?: LinkLimits;
}

export interface FleetProgress extends LinkCounters {
  readonly links: number;
  readonly online: number;
  /** Measured and not acknowledged yet. */
  readonly waiting: number;
}

export interface FleetSummary extends LinkCounters {
  /** Measured or due, and not acknowledged when the run ended. */
  readonly lost: number;
}

export interface Fleet {
  /** Devices that share a username must be added together. They connect in the order given, at once when the fleet runs. */
  add(devices: readonly FleetDevice[]): void;
  start(): void;
  progress(): FleetProgress;
  /** Resolves when everything up to the simulated now is acknowledged, or `withinMs` are over: then false. Who has dropped out isn't waited for. */
  delivered(withinMs: number): Promise<boolean>;
  /** By device id, epoch ms: everything it measured before was acknowledged. */
  deliveredUntil(): ReadonlyMap<string, number>;
  /** Measures no more, delivers what is left for at most `drainMs`, closes all lines. A second call answers the same. */
  finish(drainMs: number): Promise<FleetSummary>;
}

interface Line {
  readonly link: MqttLink;
  readonly devices: readonly VirtualDevice[];
  readonly seed: number;
  readonly dropsOut: boolean;
  droppedOut: boolean;
}

const TICK_MS = 100;
/** A thousand devices come online within two seconds: fast, and no storm. */
const CONNECTS_PER_SECOND = 500;

export function createFleet(deps: FleetDeps): Fleet {
  const { clock } = deps;
  const counters = createLinkCounters();
  const lines: Line[] = [];
  const everyDevice: VirtualDevice[] = [];
  let ticker: NodeJS.Timeout | undefined;
  let endsAt: number | undefined;
  let finished: Promise<FleetSummary> | undefined;

  const now = () => endsAt ?? clock.now();
  const sum = (count: (device: VirtualDevice) => number) =>
    everyDevice.reduce((total, device) => total + count(device), 0);

  function tick(): void {
    const at = now();
    for (const line of lines) {
      for (const device of line.devices) device.advance(at);
      if (line.dropsOut && endsAt === undefined) dropOutOrReturn(line, at);
      line.link.nudge();
    }
  }

  function dropOutOrReturn(line: Line, at: number): void {
    const shouldBeOut = isDroppedOut(line.seed, at);
    if (shouldBeOut === line.droppedOut) return;
    line.droppedOut = shouldBeOut;
    if (shouldBeOut) line.link.goOffline();
    else line.link.goOnline();
  }

  async function delivered(withinMs: number): Promise<boolean> {
    const givenUpAt = Date.now() + withinMs;
    const isDelivered = (line: Line) => line.droppedOut || line.devices.every((device) => device.isDone(now()));
    while (!lines.every(isDelivered)) {
      if (Date.now() >= givenUpAt) return false;
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    }
    return true;
  }

  async function endRun(drainMs: number): Promise<FleetSummary> {
    const end = clock.now();
    endsAt = end;
    for (const device of everyDevice) device.endAt(end);
    for (const line of lines.filter(({ droppedOut }) => droppedOut)) {
      line.droppedOut = false;
      line.link.goOnline();
    }
    tick();
    await delivered(drainMs);
    clearInterval(ticker);
    await Promise.all(lines.map(({ link }) => link.stop()));
    return { ...counters, lost: sum((device) => device.waiting() + device.unmeasured(end)) };
  }

  const connect = (some: readonly Line[]) =>
    some.forEach(({ link }, index) => {
      link.goOnline((index * 1_000) / CONNECTS_PER_SECOND);
    });

  return {
    add(devices) {
      const added = [...Map.groupBy(devices, ({ username }) => username).values()].map((sharing) =>
        createLine(sharing, counters, deps),
      );
      lines.push(...added);
      everyDevice.push(...added.flatMap((line) => line.devices));
      if (ticker) connect(added);
    },
    start() {
      connect(lines);
      ticker = setInterval(tick, TICK_MS);
    },
    progress: () => ({
      ...counters,
      links: lines.length,
      online: lines.filter(({ link }) => link.isOpen()).length,
      waiting: sum((device) => device.waiting()),
    }),
    delivered,
    deliveredUntil: () => new Map(everyDevice.map((device) => [device.letterbox.deviceId, device.deliveredUntil()])),
    finish: (drainMs) => (finished ??= endRun(drainMs)),
  };
}

/** One connection and what hangs on it. */
function createLine(sharing: readonly FleetDevice[], counters: LinkCounters, deps: FleetDeps): Line {
  const { username, password } = sharing[0]!;
  const seed = seedFrom(deps.seed, 'line', username);
  const devices = sharing.map(({ deviceId, source, delivery, rememberFrom = deps.rememberFrom }) =>
    createVirtualDevice({
      deviceId,
      source,
      delivery: createDelivery(delivery, createRandom(seedFrom(deps.seed, 'delivery', deviceId))),
      counters,
      startsAt: rememberFrom,
    }),
  );
  const letterboxes = devices.map(({ letterbox }) => letterbox);
  const { url, limits = DEVICE_LIMITS } = deps;
  const link = createMqttLink({ url, username, password, letterboxes, counters, random: createRandom(seed), limits });
  return { link, devices, seed, dropsOut: sharing.some(({ delivery }) => delivery.dropsOut), droppedOut: false };
}
