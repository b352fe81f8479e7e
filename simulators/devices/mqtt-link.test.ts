import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startUnrulyBroker, type UnrulyBroker } from '../../tests/unruly-broker.ts';
import { createRandom } from '../traces/random.ts';
import { createLinkCounters } from './link-counters.ts';
import { createMqttLink, type LinkLimits, type MqttLink } from './mqtt-link.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import type { WireReading } from './wire-reading.ts';

const limits: LinkLimits = {
  inFlight: 1,
  answerWithinMs: 200,
  keepaliveS: 60,
  backoff: { firstMs: 5, longestMs: 50 },
};
const patience = { timeout: 10_000, interval: 10 };

let broker: UnrulyBroker;
let links: MqttLink[] = [];

beforeEach(async () => {
  broker = await startUnrulyBroker();
});

afterEach(async () => {
  await Promise.all(links.map((link) => link.stop()));
  links = [];
  await broker.stop();
});

function createDevice(deviceIds: readonly string[], inFlight = 1) {
  const counters = createLinkCounters();
  const requests: string[] = [];
  const letterboxes = deviceIds.map((deviceId) => ({
    deviceId,
    outbox: createOutbox(),
    status: () => ({ firmware: 'test' }),
    onRequest: (payload: Buffer) => requests.push(payload.toString()),
  }));
  const link = createMqttLink({
    url: broker.url,
    username: deviceIds[0]!,
    password: 'secret',
    letterboxes,
    counters,
    random: createRandom(1),
    limits: { ...limits, inFlight },
  });
  links.push(link);
  const measure = (outbox: Outbox, reading: WireReading) => {
    counters.measured += 1;
    outbox.add({ reading });
    link.nudge();
  };
  return { link, counters, requests, letterboxes, measure };
}

const readingNo = (n: number, device = 0): WireReading => ({
  kind: 'cgm',
  at: `2026-11-22T08:${String(n % 60).padStart(2, '0')}:${String(device).padStart(2, '0')}+08:00`,
  value: 5 + n / 100,
  unit: 'mmol/L',
  seq: n,
});

/** Every reading in a message, whichever of the three forms it has. */
function readingsIn(text: string): readonly unknown[] {
  const message: unknown = JSON.parse(text);
  if (Array.isArray(message)) return message;
  if (typeof message === 'object' && message !== null && 'readings' in message && Array.isArray(message.readings))
    return message.readings;
  return [message];
}

const arrived = () => broker.received.flatMap(({ text }) => readingsIn(text));
const identities = (readings: readonly unknown[]) =>
  [...new Set(readings.map((reading) => JSON.stringify(reading)))].sort();

test('readings measured while the broker is away arrive after it came back, in one array with sentAt', async () => {
  const { link, counters, letterboxes, measure } = createDevice(['device-1']);
  await broker.goAway();
  link.goOnline();
  const measured = Array.from({ length: 50 }, (_, n) => readingNo(n));
  for (const reading of measured) measure(letterboxes[0]!.outbox, reading);
  await broker.comeBack();
  await vi.waitFor(() => expect(counters.acknowledged).toBe(50), patience);
  expect(broker.received).toHaveLength(1);
  expect(broker.received[0]?.topic).toBe('v1/devices/device-1/readings');
  expect(Object.keys(JSON.parse(broker.received[0]!.text))).toEqual(['sentAt', 'readings']);
  expect(arrived()).toEqual(measured);
  expect(counters).toMatchObject({ published: 50, resent: 0, reconnects: 0 });
});

test('a reading whose PUBACK never came is sent again with the same identity, and is done only then', async () => {
  const { link, counters, letterboxes, measure } = createDevice(['device-1']);
  broker.withholdAcknowledgements(true);
  link.goOnline();
  measure(letterboxes[0]!.outbox, readingNo(1));
  await vi.waitFor(() => expect(broker.received.length).toBeGreaterThanOrEqual(2), patience);
  expect(counters.acknowledged).toBe(0);
  expect(letterboxes[0]!.outbox.size()).toBe(1);
  broker.withholdAcknowledgements(false);
  await vi.waitFor(() => expect(counters.acknowledged).toBe(1), patience);
  expect(identities(arrived())).toEqual([JSON.stringify(readingNo(1))]);
  expect(letterboxes[0]!.outbox.size()).toBe(0);
  expect(counters.published).toBe(1);
  expect(counters.resent).toBeGreaterThanOrEqual(broker.received.length - 1);
});

test.each([
  { inFlight: 1, devices: 1 },
  { inFlight: 8, devices: 5 },
])(
  'lines cut at random lose nothing: $devices devices, $inFlight messages in flight',
  async ({ inFlight, devices }) => {
    const ids = Array.from({ length: devices }, (_, n) => `device-${n}`);
    const { link, counters, letterboxes, measure } = createDevice(ids, inFlight);
    broker.cutEvery(3);
    link.goOnline();
    const measured: WireReading[] = [];
    for (let n = 0; n < 60; n++) {
      letterboxes.forEach(({ outbox }, device) => {
        const reading = readingNo(n, device);
        measured.push(reading);
        measure(outbox, reading);
      });
      if (n % 4 === 0)
        await vi.waitFor(() => expect(counters.acknowledged).toBeGreaterThan(measured.length / 2), patience);
      if (n % 20 === 10) broker.cutAll();
    }
    await vi.waitFor(() => expect(counters.acknowledged).toBe(measured.length), patience);
    expect(identities(arrived())).toEqual(identities(measured));
    expect(counters.published).toBe(measured.length);
    // What was cut on its way to the broker was sent, yet never arrived.
    expect(counters.resent).toBeGreaterThanOrEqual(arrived().length - measured.length);
    expect(counters.resent).toBeGreaterThan(0);
    expect(counters.reconnects).toBeGreaterThan(1);
    for (const { topic, text } of broker.received) {
      const device = ids.indexOf(topic.split('/')[2]!);
      for (const reading of readingsIn(text))
        expect(reading).toMatchObject({ at: expect.stringContaining(`:${String(device).padStart(2, '0')}+08:00`) });
    }
  },
);

test('a backlog goes out in arrays of at most a thousand, in order', async () => {
  const { link, counters, letterboxes } = createDevice(['device-1']);
  for (let n = 0; n < 2_300; n++) letterboxes[0]!.outbox.add({ reading: { ...readingNo(n), at: n } });
  link.goOnline();
  await vi.waitFor(() => expect(counters.acknowledged).toBe(2_300), patience);
  expect(broker.received.map(({ text }) => readingsIn(text).length)).toEqual([1_000, 1_000, 300]);
  expect(arrived().map((reading) => (reading as WireReading).at)).toEqual(Array.from({ length: 2_300 }, (_, n) => n));
});

test('a refused sign-in is counted and tried again with growing pauses', async () => {
  const { link, counters, letterboxes, measure } = createDevice(['device-1']);
  broker.refuse(true);
  link.goOnline();
  measure(letterboxes[0]!.outbox, readingNo(1));
  await vi.waitFor(() => expect(counters.refused).toBeGreaterThanOrEqual(3), patience);
  expect(counters).toMatchObject({ connects: 0, published: 0 });
  broker.refuse(false);
  await vi.waitFor(() => expect(counters.acknowledged).toBe(1), patience);
});

test('rejections and requests from the system reach the device', async () => {
  const { link, counters, requests } = createDevice(['device-1', 'device-2']);
  link.goOnline();
  await vi.waitFor(() => expect(link.isOpen()).toBe(true), patience);
  await vi.waitFor(async () => {
    await broker.publish('v1/devices/device-2/requests', '{"measure":"again"}');
    expect(requests).toContain('{"measure":"again"}');
  }, patience);
  await broker.publish(
    'v1/devices/device-1/rejections',
    '[{"index":0,"code":"unknown_unit"},{"index":3,"code":"wrong_type"}]',
  );
  await vi.waitFor(() => expect(counters.rejected).toBe(2), patience);
});

test('stop may be called twice and before anything was started', async () => {
  const { link } = createDevice(['device-1']);
  await link.stop();
  link.goOnline();
  await vi.waitFor(() => expect(link.isOpen()).toBe(true), patience);
  await Promise.all([link.stop(), link.stop()]);
  await vi.waitFor(() => expect(broker.connections()).toBe(0), patience);
});
