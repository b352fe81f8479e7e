import { describe, expect, test } from 'vitest';
import {
  evaluateAt,
  everyMin,
  HOUR_MS,
  PROFILE,
  START_AT,
  seriesFrom,
  transitionsOf,
  windowWith,
} from '../../tests/readings/patient-windows.ts';
import { createCgm02Low } from './cgm-02-low.ts';
import type { PatientProfile } from './rule.ts';

const rule = createCgm02Low();
const lows = windowWith({ cgm: [seriesFrom(everyMin(5, [69, 69, 69]))] });
const severityOf = (profile: Partial<PatientProfile>) =>
  evaluateAt(rule, lows, 10, { ...PROFILE, ...profile }).severity;

describe('fifteen minutes are slots that hold a reading', () => {
  test('three at 5 min, one at 15 min', () => {
    expect(transitionsOf(rule, everyMin(5, [69, 69]))).toEqual([]);
    expect(transitionsOf(rule, everyMin(5, [69, 69, 69]))).toEqual([[10, 'open']]);
    expect(transitionsOf(rule, everyMin(15, [69]), { cadenceMin: 15 })).toEqual([[0, 'open']]);
  });

  test('a gap doesn’t count: two readings 10 min apart are two slots, not three', () => {
    expect(
      transitionsOf(
        rule,
        [0, 10].map((min) => ({ min, value: 69 })),
      ),
    ).toEqual([]);
    expect(
      transitionsOf(
        rule,
        [0, 10, 20].map((min) => ({ min, value: 69 })),
      ),
    ).toEqual([[20, 'open']]);
  });

  test('a gap of more than two cadences begins anew', () => {
    expect(
      transitionsOf(
        rule,
        [0, 5, 16].map((min) => ({ min, value: 69 })),
      ),
    ).toEqual([]);
  });

  test('readings a minute apart share a slot', () => {
    expect(
      transitionsOf(
        rule,
        [0, 1, 2, 3].map((min) => ({ min, value: 69 })),
      ),
    ).toEqual([]);
  });

  test('a fifth of the cadence early is still a slot of its own, more is not', () => {
    const every = (apart: number) => [0, apart, 2 * apart].map((min) => ({ min, value: 69 }));
    expect(transitionsOf(rule, every(4))).toEqual([[8, 'open']]);
    expect(transitionsOf(rule, every(3.9))).toEqual([]);
  });

  test('a sensor that is seconds early now and then loses nothing', () => {
    expect(
      transitionsOf(
        rule,
        [0, 4.8, 9.7].map((min) => ({ min, value: 69 })),
      ),
    ).toEqual([[9.7, 'open']]);
  });
});

test('70 mg/dL and 3.9 mmol/L are in range', () => {
  expect(transitionsOf(rule, everyMin(5, [70, 70, 70, 70]))).toEqual([]);
  expect(transitionsOf(rule, everyMin(5, [3.9, 3.9, 3.9]), { unit: 'mmol/L' })).toEqual([]);
  expect(transitionsOf(rule, everyMin(5, [3.8, 3.8, 3.8]), { unit: 'mmol/L' })).toEqual([[10, 'open']]);
});

describe('severity is that of the patient when the condition was completed', () => {
  test('a warning where nothing else is known', () => {
    expect(severityOf({})).toBe('warning');
  });

  test.each(['insulin', 'sulfonylurea'] as const)('critical on %s', (treatment) => {
    expect(severityOf({ treatments: [{ class: treatment, from: 0 }] })).toBe('critical');
  });

  test('a warning where insulin had ended before, or begins after', () => {
    const before = { class: 'insulin' as const, from: 0, to: START_AT - HOUR_MS };
    const after = { class: 'insulin' as const, from: START_AT + HOUR_MS };
    expect(severityOf({ treatments: [before] })).toBe('warning');
    expect(severityOf({ treatments: [after] })).toBe('warning');
  });

  test('critical from 65 years on where no treatment is recorded; the birthday counts', () => {
    expect(severityOf({ birthDate: '1961-05-01' })).toBe('critical');
    expect(severityOf({ birthDate: '1961-05-02' })).toBe('warning');
  });

  test('critical at 80 with nothing recorded but a drug for blood pressure', () => {
    const treatments = [{ class: 'calcium_channel_blocker', from: 0 }] as const;
    expect(severityOf({ birthDate: '1946-01-01', treatments })).toBe('critical');
  });

  test('a warning at 80 on metformin alone', () => {
    expect(severityOf({ birthDate: '1946-01-01', treatments: [{ class: 'metformin', from: 0 }] })).toBe('warning');
  });
});
