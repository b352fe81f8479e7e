import { describe, expect, it } from 'vitest';
import { mgPerDlFromMmolPerL } from '../../domain/units.ts';
import {
  backlogMessage,
  createLoadDevice,
  isLow,
  type LoadDevice,
  liveReading,
  sinksIn,
  valueAt,
} from './load-device.ts';

const START = Date.UTC(2026, 10, 22);
const devicesOf = (gateways: number, perGateway: number): LoadDevice[] =>
  Array.from({ length: gateways * perGateway }, (_, n) =>
    createLoadDevice(String(n), Math.floor(n / perGateway), n % perGateway),
  );

describe('the load', () => {
  it.each([
    ['1,000 gateways of 20 devices', 1000, 20, 200],
    ['10 gateways of 20', 10, 20, 2],
    ['1,000 devices, each with a connection of its own', 1000, 1, 10],
  ])('has one low device in a hundred, of which some sink in each of four loads: %s', (_, gateways, each, low) => {
    const devices = devicesOf(gateways, each);
    expect(devices.filter(isLow)).toHaveLength(low);
    const sinking = [0, 1, 2, 3].map((load) => devices.filter((device) => sinksIn(device, load)).length);
    expect(sinking.reduce((sum, count) => sum + count)).toBe(low);
    expect(sinking.filter((count) => count > 0).length).toBeGreaterThanOrEqual(Math.min(4, low));
  });

  it('moves by less than an eighth of what would be doubted, on every device and at every time', () => {
    let fastestMgPerDlPerMin = 0;
    for (const device of devicesOf(40, 20)) {
      if (isLow(device)) device.sinksAt = START + 3_600_000;
      for (let at = START; at < START + 24 * 3_600_000; at += 600_000) {
        const step = mgPerDlFromMmolPerL(valueAt(device, at + 600_000) - valueAt(device, at));
        fastestMgPerDlPerMin = Math.max(fastestMgPerDlPerMin, Math.abs(step) / 10);
      }
    }
    expect(fastestMgPerDlPerMin).toBeGreaterThan(0.3);
    expect(fastestMgPerDlPerMin).toBeLessThan(0.6);
  });

  it('tells distinct times of now, also many in the same millisecond', () => {
    const device = createLoadDevice('a', 1, 0);
    const times = [START, START, START, START + 1, START + 10].map((now) => JSON.parse(liveReading(device, now)).at);
    expect(times).toEqual([START, START + 1, START + 2, START + 3, START + 10]);
  });

  it('a device that sinks says 3.0, then 2.9 from its moment on', () => {
    const device = createLoadDevice('a', 0, 0);
    device.sinksAt = START + 1000;
    const values = [0, 999, 1000, 2000].map((after) => JSON.parse(liveReading(device, START + after)).value);
    expect(values).toEqual([3, 3, 2.9, 2.9]);
  });

  it('a backlog is two days of five-minute readings, told once', () => {
    const device = createLoadDevice('a', 1, 0);
    const readings = JSON.parse(backlogMessage(device, 576, START) ?? '[]') as { at: number }[];
    expect([readings.length, readings[0]?.at, readings.at(-1)?.at]).toEqual([
      576,
      START - 48 * 3_600_000 + 300_000,
      START,
    ]);
    expect(backlogMessage(device, 576, START)).toBeUndefined();
  });
});
