import { describe, expect, it } from 'vitest';
import { everyMin, MINUTE_MS, type Sample, START_AT, seriesFrom } from '../../tests/readings/patient-windows.ts';
import { latestGlucose } from './latest-glucose.ts';

const at = (min: number) => START_AT + min * MINUTE_MS;
const window = { from: at(0), to: at(60) };
const latest = (samples: readonly Sample[], { nowMin = 60, cadenceMin = 5, modelId = 'dexcom' } = {}) =>
  latestGlucose([seriesFrom(samples, { cadenceMin })], window, at(nowMin), () => modelId);

describe('the latest reading', () => {
  it('comes with the rate of its last 15 minutes and the arrow of its maker', () => {
    const falling = everyMin(5, [150, 140, 130, 120]);
    expect(latest(falling, { nowMin: 15 })).toMatchObject({ measuredAt: at(15), mgPerDl: 120, arrow: 'fallSlow' });
    expect(latest(falling, { nowMin: 15 })?.ratePerMin).toBeCloseTo(-2, 12);
    expect(latest(falling, { nowMin: 15, modelId: 'libre' })?.arrow).toBe('fall');
    expect(latest(everyMin(5, [100, 112.5, 125]), { nowMin: 10, modelId: 'libre' })?.arrow).toBe('riseRapid');
    expect(latest(everyMin(5, [100, 112.5, 125]), { nowMin: 10 })?.arrow).toBe('rise');
  });

  it('has neither where it is more than 10 minutes old, or stands alone', () => {
    const steady = everyMin(5, [100, 100, 100]);
    expect(latest(steady, { nowMin: 20 })?.arrow).toBe('flat');
    expect(latest(steady, { nowMin: 20.1 })).not.toHaveProperty('arrow');
    expect(latest(steady.slice(0, 2), { nowMin: 5 })).not.toHaveProperty('ratePerMin');
    expect(latest(everyMin(15, [100, 100, 100]), { cadenceMin: 15, nowMin: 30 })).not.toHaveProperty('arrow');
  });

  it('is the newest in the window, of whichever sensor; of two at one instant the lower device’s', () => {
    const sensors = [2, 1].map((deviceKey) => seriesFrom([{ min: 30, value: 100 + deviceKey }], { deviceKey }));
    const older = seriesFrom(everyMin(5, [90, 90, 90]), { deviceKey: 3 });
    expect(latestGlucose([older, ...sensors], window, at(60), () => undefined)).toMatchObject({
      deviceKey: 1,
      measuredAt: at(30),
      mgPerDl: 101,
    });
    const around = [-5, 0, 60].map((min) => ({ min, value: 100 + min }));
    expect(latest(around)?.mgPerDl).toBe(100);
    expect(latest(around.slice(0, 1))).toBeUndefined();
    expect(latest([])).toBeUndefined();
    expect(latest([{ min: 60, value: 100 }])).toBeUndefined();
  });

  it('tells a code as one', () => {
    expect(latest([{ min: 0, value: 'LOW' }])).toMatchObject({ mgPerDl: 39, code: 'LOW' });
    expect(latest([{ min: 0, value: 'HIGH' }])).toMatchObject({ mgPerDl: 401, code: 'HIGH' });
    expect(latest([{ min: 0, value: 100 }])).not.toHaveProperty('code');
  });
});
