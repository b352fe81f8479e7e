import { describe, expect, it } from 'vitest';
import { clockOffsetMs } from '../../domain/clock-offset.ts';
import { withClockSample } from './clock-samples.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 22);
const told = (receivedMin: number, aheadMin: number) => ({
  receivedAt: START + receivedMin * MINUTE,
  sentAt: START + (receivedMin + aheadMin) * MINUTE,
});
const samplesAfter = (...samples: ReturnType<typeof told>[]) =>
  samples.reduce(withClockSample, [] as readonly ReturnType<typeof told>[]);

describe('what a device told of its clock', () => {
  it('is one sample a connection, of the last five', () => {
    const samples = samplesAfter(...Array.from({ length: 8 }, (_, hour) => told(hour * 60, hour)));
    expect(samples.map(({ sentAt, receivedAt }) => (sentAt - receivedAt) / MINUTE)).toEqual([3, 4, 5, 6, 7]);
  });

  it('within ten minutes is one connection, whose freshest message counts', () => {
    const samples = samplesAfter(told(0, -300), told(1, -200), told(2, 0), told(3, -100));
    expect(clockOffsetMs(samples)).toBe(0);
    expect(samples).toHaveLength(1);
  });

  it('again and the same changes nothing, as when a record is run again', () => {
    const once = samplesAfter(told(0, 7), told(60, 8));
    expect(withClockSample(once, told(60, 8))).toBe(once);
  });
});
