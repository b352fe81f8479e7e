// A process of its own that publishes as told: the load must not share an event loop with whoever measures it.
// Told by IPC: connect, then run (as fast as acknowledgements allow) or pace (so many a second), one answer each.
import { readFileSync } from 'node:fs';
import type { FleetGateway } from './fleet.ts';
import { backlogMessage, createLoadDevice, type LoadDevice, liveReading, sinksIn } from './load-device.ts';
import { connectPublisher, type Publisher } from './mqtt-publisher.ts';
import { Latencies } from './percentiles.ts';

export type LoadCommand =
  | { readonly type: 'connect'; readonly port: number; readonly fleetFile: string; readonly connections: number }
  | {
      readonly type: 'run';
      readonly inFlight: number;
      readonly seconds: number;
      /** 1: a reading of now a message. More: that many five-minute readings a message, from two days ago on. */
      readonly readingsPerMessage: number;
      readonly isWarmUp: boolean;
    }
  | { readonly type: 'pace'; readonly perSecond: number; readonly seconds: number }
  | { readonly type: 'close' };

export interface LoadResult {
  readonly seconds: number;
  /** Until the last one in flight was acknowledged, after `seconds`. */
  readonly drainSeconds: number;
  readonly published: number;
  /** In all, the drain after the time included. */
  readonly acknowledged: number;
  /** Within the measured time: what rates are made of. */
  readonly acknowledgedInTime: number;
  readonly unacknowledged: number;
  /** Devices that sank below 3.0 mmol/L within the measured time: as many lows complete a rule. */
  readonly sunk: number;
  readonly closed: number;
  readonly ackP50Ms: number | undefined;
  readonly ackP99Ms: number | undefined;
  readonly cpuSeconds: number;
}

/** Of all loads: a device that is connected again goes on where it was. */
const devices = new Map<string, LoadDevice>();
let connected: LoadDevice[] = [];
let loads = 0;
let publishers: Publisher[] = [];
let latencies = new Latencies();
let published = 0;
let acknowledged = 0;
let closed = 0;
let readingsPerMessage = 1;
let sending = true;

async function connect(command: Extract<LoadCommand, { type: 'connect' }>): Promise<void> {
  const gateways = (JSON.parse(readFileSync(command.fleetFile, 'utf8')) as FleetGateway[]).slice(
    0,
    command.connections,
  );
  publishers = [];
  connected = [];
  // A hundred at a time: a storm of connections is another test.
  for (let start = 0; start < gateways.length; start += 100) {
    publishers.push(
      ...(await Promise.all(
        gateways.slice(start, start + 100).map((gateway, index) => publisherOf(gateway, start + index, command.port)),
      )),
    );
  }
}

function publisherOf(gateway: FleetGateway, number: number, port: number): Promise<Publisher> {
  const own = gateway.deviceIds.map((deviceId, index) => {
    const device = devices.get(deviceId) ?? createLoadDevice(deviceId, number, index);
    devices.set(deviceId, device);
    return device;
  });
  connected.push(...own);
  let turn = number % own.length;
  return connectPublisher({
    port,
    clientId: `bench${number}`,
    username: gateway.username,
    password: gateway.password,
    next: () => {
      if (!sending) return undefined;
      const device = own[turn] as LoadDevice;
      turn = (turn + 1) % own.length;
      const payload =
        readingsPerMessage === 1
          ? liveReading(device, Date.now())
          : backlogMessage(device, readingsPerMessage, Date.now());
      if (payload === undefined) return undefined;
      published += readingsPerMessage;
      return { topic: device.topic, payload };
    },
    onAck: (latencyMs) => {
      acknowledged += readingsPerMessage;
      latencies.add(latencyMs);
    },
    onClose: () => {
      closed++;
    },
  });
}

/** Spread over the measured time, a little before its end at the latest, so that each has two readings below the line within it. */
function letSomeSink(seconds: number): number {
  const sinking = connected.filter((device) => sinksIn(device, loads));
  loads++;
  for (const [index, device] of sinking.entries())
    device.sinksAt = Date.now() + (seconds * 1000 * (index + 0.5)) / (sinking.length + 1);
  return sinking.length;
}

async function measure(seconds: number, sunk: number, load: () => Promise<void>): Promise<LoadResult> {
  latencies = new Latencies();
  published = 0;
  acknowledged = 0;
  closed = 0;
  sending = true;
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  await load();
  const elapsed = (performance.now() - startedAt) / 1000;
  const acknowledgedInTime = acknowledged;
  sending = false;
  const drainingAt = performance.now();
  await Promise.all(publishers.map((publisher) => publisher.drain(30_000)));
  const cpu = process.cpuUsage(cpuBefore);
  return {
    seconds: elapsed || seconds,
    drainSeconds: (performance.now() - drainingAt) / 1000,
    published,
    acknowledged,
    acknowledgedInTime,
    unacknowledged: published - acknowledged,
    sunk,
    closed,
    ackP50Ms: latencies.percentile(50),
    ackP99Ms: latencies.percentile(99),
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
  };
}

const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function pace(perSecond: number, seconds: number): Promise<void> {
  const startedAt = performance.now();
  let sent = 0;
  let turn = 0;
  for (;;) {
    const elapsedMs = performance.now() - startedAt;
    if (elapsedMs >= seconds * 1000) return;
    for (const due = (elapsedMs / 1000) * perSecond; sent < due; sent++) {
      publishers[turn]?.sendOne();
      turn = (turn + 1) % publishers.length;
    }
    await after(5);
  }
}

process.on('message', (command: LoadCommand) => {
  handle(command).then(
    (result) => process.send?.({ result }),
    (error: Error) => process.send?.({ error: error.message }),
  );
});
process.on('disconnect', () => process.exit(0));

async function handle(command: LoadCommand): Promise<LoadResult | undefined> {
  switch (command.type) {
    case 'connect':
      await connect(command);
      return undefined;
    case 'run': {
      readingsPerMessage = command.readingsPerMessage;
      const sunk = command.isWarmUp || readingsPerMessage > 1 ? 0 : letSomeSink(command.seconds);
      return measure(command.seconds, sunk, async () => {
        for (const publisher of publishers) publisher.run(command.inFlight);
        await after(command.seconds * 1000);
        // Reading a patient's past, or making a series, when the first reading comes is no part of the figures.
        while (command.isWarmUp && connected.some(({ lastAt }) => lastAt === 0)) await after(100);
      });
    }
    case 'pace':
      readingsPerMessage = 1;
      return measure(command.seconds, letSomeSink(command.seconds), () => pace(command.perSecond, command.seconds));
    case 'close':
      for (const publisher of publishers) publisher.close();
      publishers = [];
      return undefined;
  }
}
