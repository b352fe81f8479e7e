import { describe, expect, it } from 'vitest';
import { seriesFrom } from '../../tests/readings/patient-windows.ts';
import { cgmSmbgPairs, isDiscordant } from './cgm-smbg-pair.ts';
import { mardPercent } from './mard.ts';

/** A sensor's readings from minute 0 on, every 5 min. */
const sensor = (values: readonly number[], deviceKey = 1) =>
  seriesFrom(
    values.map((value, slot) => ({ min: 5 * slot, value })),
    { deviceKey },
  );
const stick = (min: number, value: number) => [seriesFrom([{ min, value }], { deviceKey: 9 })];

describe('CGM and fingerstick', () => {
  it('disagree more than 20 mg/dL apart below 100 mg/dL, more than 20 % at or above', () => {
    expect([isDiscordant(119, 99), isDiscordant(119.1, 99), isDiscordant(79, 99), isDiscordant(78.9, 99)]).toEqual([
      false,
      true,
      false,
      true,
    ]);
    expect([isDiscordant(120, 100), isDiscordant(120.1, 100), isDiscordant(80, 100)]).toEqual([false, true, false]);
    expect([isDiscordant(180, 150), isDiscordant(181, 150), isDiscordant(119, 150)]).toEqual([false, true, true]);
  });

  it('at exactly 20 % of a reference in mmol/L still agree', () => {
    expect(isDiscordant(12 * 18.01559, 10 * 18.01559)).toBe(false);
    expect(isDiscordant(12.1 * 18.01559, 10 * 18.01559)).toBe(true);
  });

  it('make a pair within 5 minutes, with the nearest reading, the earlier of two', () => {
    const cgm = [sensor([100, 101, 102])];
    const paired = (min: number) => cgmSmbgPairs(cgm, stick(min, 105)).map(({ cgmMgPerDl }) => cgmMgPerDl);
    expect([paired(15), paired(15.1), paired(11), paired(12.5)]).toEqual([[102], [], [102], [102]]);
    const longer = [sensor([100, 101, 102, 103, 104])];
    const nearest = (min: number) => cgmSmbgPairs(longer, stick(min, 105)).map(({ cgmMgPerDl }) => cgmMgPerDl);
    expect([nearest(12.4), nearest(12.5), nearest(12.6)]).toEqual([[102], [102], [103]]);
    expect(cgmSmbgPairs([seriesFrom([10, 15, 20].map((min) => ({ min, value: min })))], stick(4.9, 100))).toEqual([]);
  });

  it('are a pair exactly five minutes apart, whichever comes first', () => {
    const late = [seriesFrom([6, 8, 20].map((min) => ({ min, value: 100 })))];
    expect([cgmSmbgPairs(late, stick(15, 105)).length, cgmSmbgPairs(late, stick(14.9, 105)).length]).toEqual([1, 0]);
    expect([cgmSmbgPairs(late, stick(25, 105)).length, cgmSmbgPairs(late, stick(25.1, 105)).length]).toEqual([1, 0]);
  });

  it('make no pair while glucose changes by 2 mg/dL/min or more, or nobody knows how fast it does', () => {
    const at = (perMin: number) => cgmSmbgPairs([sensor([100, 100 + 5 * perMin, 100 + 10 * perMin])], stick(10, 100));
    expect([at(1.9).length, at(2).length, at(-1.9).length, at(-2).length]).toEqual([1, 0, 1, 0]);
    expect(cgmSmbgPairs([sensor([100, 100])], stick(5, 100))).toEqual([]);
  });

  it('judge the slope by the 15 minutes before the paired reading only', () => {
    expect(cgmSmbgPairs([sensor([300, 100, 100, 100, 100, 100])], stick(20, 100))).toHaveLength(1);
    expect(cgmSmbgPairs([sensor([300, 100, 100, 100])], stick(15, 100))).toHaveLength(0);
  });

  it('are paired sensor by sensor, in time order', () => {
    const both = [sensor([100, 100, 100], 2), sensor([150, 150, 150], 1)];
    const sticks = [seriesFrom([{ min: 11, value: 100 }], { deviceKey: 8 }), ...stick(10, 100)];
    expect(cgmSmbgPairs(both, sticks).map((pair) => [pair.smbgDeviceKey, pair.cgmDeviceKey, pair.discordant])).toEqual([
      [9, 1, true],
      [9, 2, false],
      [8, 1, true],
      [8, 2, false],
    ]);
  });
});

describe('MARD', () => {
  it('is the mean of the differences in percent of the fingerstick; absent without a pair', () => {
    const pairs = [
      { cgmMgPerDl: 58, smbgMgPerDl: 80 },
      { cgmMgPerDl: 180, smbgMgPerDl: 150 },
    ];
    expect(mardPercent(pairs)).toBeCloseTo((27.5 + 20) / 2, 12);
    expect(mardPercent([])).toBeUndefined();
  });
});
