// What a device of the load says. Promises: times are now and each device's are distinct, however many it publishes a second; the value
// is a function of that time, smooth over hours; one device in a hundred concerns a rule, some of them complete one when they are told to.

/** `number` is the gateway's among all, `index` the device's at its gateway. */
export interface LoadDevice {
  readonly topic: string;
  readonly number: number;
  readonly index: number;
  /** Epoch ms. */
  lastAt: number;
  lastBacklogAt: number;
  seq: number;
  /** When it sinks below 3.0 mmol/L; absent: it stays above. */
  sinksAt?: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const CYCLE_MS = 12 * HOUR_MS;
const CADENCE_MS = 5 * MINUTE_MS;
export const BACKLOG_MS = 48 * HOUR_MS;

export function createLoadDevice(deviceId: string, number: number, index: number): LoadDevice {
  return { topic: `v1/devices/${deviceId}/readings`, number, index, lastAt: 0, lastBacklogAt: 0, seq: 0 };
}

/** One in a hundred of all devices at twenty a gateway, of any ten gateways from the first on, and of all gateways' first devices. */
export function isLow({ number, index }: LoadDevice): boolean {
  return number % 5 === 0 && index === (number / 5) % 20;
}

/** Which low devices sink in the nth load: every fourth, so that each of four loads has some that have not sunk yet. */
export function sinksIn(device: LoadDevice, load: number): boolean {
  if (!isLow(device) || device.sinksAt !== undefined) return false;
  const place = device.number / 5;
  // All four groups are also among gateways' first devices, whose places are multiples of twenty.
  return (place + Math.floor(place / 20)) % 4 === load % 4;
}

/** mmol/L. It moves by less than 0.4 mg/dL a minute: with the one decimal that sensors tell, a step of 0.1 in five minutes at most. */
export function valueAt(device: LoadDevice, at: number): number {
  if (!isLow(device)) {
    const phase = ((device.number * 20 + device.index) % 97) / 97;
    return 6.5 + 2.2 * Math.sin((at / CYCLE_MS + phase) * 2 * Math.PI);
  }
  // 3.0 is low, a little lower is very low; half an hour later it lies at 2.5 and stays there.
  if (device.sinksAt === undefined || at < device.sinksAt) return 3.0;
  return Math.max(2.5, 2.94 - ((at - device.sinksAt) / (30 * MINUTE_MS)) * 0.44);
}

export function liveReading(device: LoadDevice, now: number): string {
  device.lastAt = Math.max(now, device.lastAt + 1);
  return readingAt(device, device.lastAt);
}

/** As many of the two days' five-minute readings as a message holds; undefined when all are told. */
export function backlogMessage(device: LoadDevice, count: number, now: number): string | undefined {
  device.lastBacklogAt ||= now - BACKLOG_MS;
  if (device.lastBacklogAt > now - 2 * CADENCE_MS) return undefined;
  const readings = Array.from({ length: count }, () => {
    device.lastBacklogAt += CADENCE_MS;
    return readingAt(device, device.lastBacklogAt);
  });
  return `[${readings.join(',')}]`;
}

function readingAt(device: LoadDevice, at: number): string {
  return `{"kind":"cgm","at":${at},"value":${valueAt(device, at).toFixed(1)},"unit":"mmol/L","seq":${device.seq++}}`;
}
