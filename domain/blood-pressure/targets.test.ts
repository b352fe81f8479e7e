import { describe, expect, it } from 'vitest';
import { ambulatoryElevated } from './ambulatory-line.ts';
import { controlTarget, isControlled } from './control.ts';
import { meanArterialPressureMmHg, pulsePressureMmHg } from './derived-pressure.ts';
import { guidelineTargets, meetsTarget } from './guideline-target.ts';
import { pressureVariability } from './variability.ts';

const pressure = (systolicMmHg: number, diastolicMmHg: number) => ({ systolicMmHg, diastolicMmHg });

describe('control by the public-health specification', () => {
  it('is below 140/90, from 65 years on below 150/90, both numbers', () => {
    expect([controlTarget(64), controlTarget(65)]).toEqual([pressure(140, 90), pressure(150, 90)]);
    const at = (age: number, ...pairs: [number, number][]) => pairs.map(([s, d]) => isControlled(pressure(s, d), age));
    expect(at(64, [139, 89], [140, 89], [139, 90])).toEqual([true, false, false]);
    expect(at(65, [149, 89], [150, 89], [149, 90])).toEqual([true, false, false]);
  });
});

describe('the guidelines’ targets', () => {
  const named = (age: number, diabetes = false) =>
    guidelineTargets(age, diabetes).map(
      ({ below, guideline }) => `${guideline} ${below.systolicMmHg}/${below.diastolicMmHg}`,
    );

  it('change at 65 and at 80 years, and with diabetes', () => {
    expect(named(64)).toEqual(['primary_care_2025 130/80']);
    expect(named(65)).toEqual(['primary_care_2025 130/80', 'older_adults 140/90']);
    expect(named(79)).toEqual(named(65));
    expect(named(80)).toEqual(['unverified 150/90']);
    expect(named(50, true)).toEqual(['diabetes 130/80', 'primary_care_2025 130/80']);
    expect(named(85, true)).toEqual(['diabetes 130/80', 'unverified 150/90']);
  });

  it('are met below both numbers', () => {
    const [target] = guidelineTargets(50, false);
    expect([pressure(129, 79), pressure(130, 79), pressure(129, 80)].map((p) => meetsTarget(p, target!))).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe('ambulatory pressure', () => {
  it('is elevated from 130/80 over 24 hours, 135/85 by day, 120/70 at night', () => {
    const lines = { day_and_night: [130, 80], day: [135, 85], night: [120, 70] } as const;
    for (const [span, [systolic, diastolic]] of Object.entries(lines)) {
      const elevated = (s: number, d: number) => ambulatoryElevated(pressure(s, d), span as keyof typeof lines);
      expect([elevated(systolic - 1, diastolic - 1), elevated(systolic, 50), elevated(90, diastolic)]).toEqual([
        false,
        true,
        true,
      ]);
    }
  });
});

describe('derived figures', () => {
  it('are pulse pressure and mean arterial pressure', () => {
    expect(pulsePressureMmHg(pressure(150, 90))).toBe(60);
    expect(meanArterialPressureMmHg(pressure(150, 90))).toBe(110);
  });

  it('have a variability from two sessions on', () => {
    expect(pressureVariability([130])).toBeUndefined();
    expect(pressureVariability([130, 140])).toEqual({
      mean: 135,
      sd: expect.closeTo(7.0710678, 6),
      cvPercent: expect.closeTo(5.2378281, 6),
      arv: 10,
    });
    expect(pressureVariability([130, 140, 135, 145])?.arv).toBeCloseTo(8.333333, 6);
  });
});
