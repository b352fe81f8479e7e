import { describe, expect, it } from 'vitest';
import { type Sample, START_AT, seriesFrom } from '../../tests/readings/patient-windows.ts';
import { createRuleSet } from '../rules/rule-set.ts';
import { fingerstickSummary } from './fingerstick-summary.ts';
import { isFastingSatisfactory, meetsFingerstickTarget } from './fingerstick-target.ts';
import { isWithinIso15197, meterAccuracy } from './meter-accuracy.ts';
import { ownFastingLine } from './own-fasting-line.ts';

const zone = 'Asia/Shanghai';
const DAY_MIN = 1440;
/** From 1 May 00:00 in Shanghai on, 14 days. */
const from = START_AT - 8 * 3_600_000;
const window = { from, to: from + 14 * DAY_MIN * 60_000 };
/** START_AT is 08:00 of the first day. */
const daily = (perDay: readonly number[], value = 120): Sample[] =>
  perDay.flatMap((count, day) =>
    Array.from({ length: count }, (_, nth) => ({ min: day * DAY_MIN + nth * 60, value: value + day })),
  );
const summaryOf = (samples: readonly Sample[]) => fingerstickSummary([seriesFrom(samples)], window, zone);

describe('a fortnight of fingersticks', () => {
  it('has a mean and an eA1c from 3 readings on 7 days on, and no time in range', () => {
    const sufficient = summaryOf(daily([3, 3, 3, 3, 3, 3, 3]));
    expect(sufficient).toMatchObject({ count: 21, fullDays: 7, daysWithData: 7, sufficient: true });
    expect(sufficient.meanMgPerDl).toBeCloseTo(123, 12);
    expect(sufficient.eA1cPercent).toBeCloseTo((46.7 + 123) / 28.7, 12);
    expect(sufficient.meanMmolPerL).toBeCloseTo(123 / 18.01559, 12);
    expect(Object.keys(sufficient).join()).not.toMatch(/range/i);
  });

  it('says nothing of its mean with 6 full days, or with 2 readings on the seventh', () => {
    for (const perDay of [
      [3, 3, 3, 3, 3, 3],
      [9, 3, 3, 3, 3, 3, 2],
    ]) {
      const summary = summaryOf(daily(perDay));
      expect(summary.sufficient).toBe(false);
      expect(summary).not.toHaveProperty('meanMgPerDl');
      expect(summary).not.toHaveProperty('eA1cPercent');
    }
    expect(summaryOf([])).toMatchObject({ count: 0, fullDays: 0, sufficient: false });
  });

  it('counts local days, half-open, of all meters together', () => {
    const nights: Sample[] = daily([2, 2, 2, 2, 2, 2, 2]);
    const other = nights
      .filter((_, index) => index % 2 === 0)
      .map(({ min, ...rest }) => ({ min: min + 959, ...rest }))
      .map((sample) => ({ ...sample, value: 'HIGH' as const }));
    const meters = [seriesFrom(nights), seriesFrom(other, { deviceKey: 2 })];
    expect(fingerstickSummary(meters, window, zone)).toMatchObject({ fullDays: 7, clippedCount: 7, sufficient: true });
    const late = other.map(({ min, value }) => ({ min: min + 1, value }));
    const nextDay = [seriesFrom(nights), seriesFrom(late, { deviceKey: 2 })];
    expect(fingerstickSummary(nextDay, window, zone)).toMatchObject({ fullDays: 6, daysWithData: 8 });
    expect(fingerstickSummary(meters.toReversed(), window, zone)).toEqual(fingerstickSummary(meters, window, zone));
    const edges = [-480.1, -480, 14 * DAY_MIN - 480.1, 14 * DAY_MIN - 480].map((min) => ({ min, value: 100 }));
    expect(summaryOf(edges).count).toBe(2);
  });
});

describe('one fingerstick', () => {
  const stick = (value: number, unit: 'mmol/L' | 'mg/dL', context = 'fasting' as const) => ({ value, unit, context });

  it('taken fasting is satisfactory below 7.0 mmol/L or 126 mg/dL, or below the patient’s own line', () => {
    expect([6.9, 7.0].map((value) => isFastingSatisfactory(stick(value, 'mmol/L')))).toEqual([true, false]);
    expect([125, 126].map((value) => isFastingSatisfactory(stick(value, 'mg/dL')))).toEqual([true, false]);
    const own = { 'mmol/L': 8, 'mg/dL': 144 };
    expect([7.9, 8].map((value) => isFastingSatisfactory(stick(value, 'mmol/L'), own))).toEqual([true, false]);
    expect(isFastingSatisfactory({ value: 401, unit: 'mmol/L', code: 'HIGH', context: 'fasting' })).toBe(false);
    expect(isFastingSatisfactory({ value: 39, unit: 'mmol/L', code: 'LOW', context: 'fasting' })).toBe(true);
  });

  it('taken fasting is on target below the patient’s own line, at it not, and the guideline’s lower end stays', () => {
    const own = ownFastingLine(createRuleSet({}, { 'SMBG-04': { fastingFrom: { value: 8, unit: 'mmol/L' } } }));
    const met = (value: number, unit: 'mmol/L' | 'mg/dL') => meetsFingerstickTarget(stick(value, unit), own);
    expect([4.3, 4.4, 7.1, 7.9, 8].map((value) => met(value, 'mmol/L'))).toEqual([false, true, true, true, false]);
    expect([78, 79, 127, 143, 144].map((value) => met(value, 'mg/dL'))).toEqual([false, true, true, true, false]);
    expect([7.9, 8].map((value) => isFastingSatisfactory(stick(value, 'mmol/L'), own))).toEqual([true, false]);
    const afterMeal = { value: 9.9, unit: 'mmol/L', context: 'after_meal' } as const;
    expect(meetsFingerstickTarget(afterMeal, own)).toBe(true);
  });

  it('is judged by the team’s line where the patient has none, and by everybody’s where nobody set one', () => {
    const line = (value: number) => ({ 'SMBG-04': { fastingFrom: { value, unit: 'mmol/L' } } }) as const;
    expect(ownFastingLine(createRuleSet(line(6.5)))).toEqual({ 'mmol/L': 6.5, 'mg/dL': 117 });
    expect(ownFastingLine(createRuleSet(line(6.5), line(8)))).toEqual({ 'mmol/L': 8, 'mg/dL': 144 });
    expect(ownFastingLine(createRuleSet())).toBeUndefined();
  });

  it('without a fasting tag has no fasting verdict, and without any tag no target', () => {
    expect(isFastingSatisfactory({ value: 6, unit: 'mmol/L', context: 'random' })).toBeUndefined();
    expect(isFastingSatisfactory({ value: 6, unit: 'mmol/L' })).toBeUndefined();
    expect(meetsFingerstickTarget({ value: 6, unit: 'mmol/L' })).toBeUndefined();
    expect(meetsFingerstickTarget({ value: 6, unit: 'mmol/L', context: 'random' })).toBeUndefined();
  });

  it('meets the guideline from 4.4 to 7.0 fasting, and below 10.0 otherwise', () => {
    const fasting = [4.3, 4.4, 7.0, 7.1].map((value) => meetsFingerstickTarget(stick(value, 'mmol/L')));
    expect(fasting).toEqual([false, true, true, false]);
    expect([78, 79, 126, 127].map((value) => meetsFingerstickTarget(stick(value, 'mg/dL')))).toEqual(fasting);
    const afterMeal = (value: number, unit: 'mmol/L' | 'mg/dL') =>
      meetsFingerstickTarget({ value, unit, context: 'after_meal' });
    expect([afterMeal(9.9, 'mmol/L'), afterMeal(10, 'mmol/L')]).toEqual([true, false]);
    expect([afterMeal(179, 'mg/dL'), afterMeal(180, 'mg/dL')]).toEqual([true, false]);
    expect(meetsFingerstickTarget({ value: 401, unit: 'mg/dL', code: 'HIGH', context: 'bedtime' })).toBe(false);
    expect(meetsFingerstickTarget({ value: 39, unit: 'mg/dL', code: 'LOW', context: 'bedtime' })).toBe(true);
    expect(meetsFingerstickTarget({ value: 39, unit: 'mg/dL', code: 'LOW', context: 'fasting' })).toBe(false);
  });
});

describe('a meter against a laboratory', () => {
  it('may be 15 mg/dL off below 100, 15 % from there on', () => {
    const within = (value: number, reference: number) => isWithinIso15197(value, reference, 'mg/dL');
    expect([within(114, 99), within(114.1, 99), within(84, 99), within(83.9, 99)]).toEqual([true, false, true, false]);
    expect([within(115, 100), within(115.1, 100), within(230, 200), within(231, 200)]).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect(within(99.5 + 15, 99.5)).toBe(true);
    expect(within(99.5 + 15.1, 99.5)).toBe(false);
  });

  it('may be 0.83 mmol/L off below 5.55', () => {
    const within = (value: number, reference: number) => isWithinIso15197(value, reference, 'mmol/L');
    expect([within(4.83, 4), within(4.84, 4), within(11.5, 10), within(11.51, 10)]).toEqual([true, false, true, false]);
    expect(within(5.55 + 0.831, 5.55)).toBe(true);
    expect([within(6.38, 5.55), within(6.39, 5.55), within(6.37, 5.54), within(6.38, 5.54)]).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });

  it('is accurate enough from 95 of 100 on', () => {
    const pairs = (good: number) =>
      Array.from({ length: 100 }, (_, index): [number, number] => [index < good ? 100 : 200, 100]);
    expect(meterAccuracy(pairs(95), 'mg/dL')).toEqual({ pairCount: 100, withinPercent: 95, met: true });
    expect(meterAccuracy(pairs(94), 'mg/dL')?.met).toBe(false);
    expect(meterAccuracy([], 'mg/dL')).toBeUndefined();
  });
});
