import { expect, test } from 'vitest';
import { resolveThresholds } from './thresholds.ts';

const DEFAULTS = {
  below: { value: 54, mmolPerL: 3, unit: 'mg/dL' },
  minutes: { value: 15, unit: 'min' },
  emergency: { value: 301, mmolPerL: 16.7, unit: 'mg/dL', fixed: 'emergency_line' },
  from: { value: 251, mmolPerL: 13.9, unit: 'mg/dL', inclusive: true },
} as const;

test('the patient’s own threshold wins over the team’s, the team’s over the default, and each says where it is from', () => {
  const team = { below: { value: 60, unit: 'mg/dL' }, minutes: { value: 20, unit: 'min' } } as const;
  const patient = { below: { value: 65, unit: 'mg/dL' } } as const;
  expect(resolveThresholds(DEFAULTS, team, patient)).toEqual({
    below: { value: 65, mmolPerL: 3.6, unit: 'mg/dL', origin: 'patient' },
    minutes: { value: 20, unit: 'min', origin: 'team' },
    emergency: { value: 301, mmolPerL: 16.7, unit: 'mg/dL', origin: 'default' },
    from: { value: 251, mmolPerL: 13.9, unit: 'mg/dL', origin: 'default' },
  });
});

test('a glucose line given in mmol/L holds for readings in mg/dL too', () => {
  const { below } = resolveThresholds(DEFAULTS, {}, { below: { value: 3.5, unit: 'mmol/L' } });
  expect(below).toEqual({ value: 63, mmolPerL: 3.5, unit: 'mg/dL', origin: 'patient' });
});

test('a line that belongs to what lies beyond begins, in the other unit, with the first value at or above it', () => {
  const from = (value: number, unit: 'mg/dL' | 'mmol/L') => resolveThresholds(DEFAULTS, { from: { value, unit } }).from;
  // 13.9 mmol/L is 250.4 mg/dL: 250 lies below it. 251 mg/dL is 13.93 mmol/L: 13.9 lies below it.
  expect(from(13.9, 'mmol/L')).toMatchObject({ value: 251, mmolPerL: 13.9 });
  expect(from(251, 'mg/dL')).toMatchObject({ value: 251, mmolPerL: 14 });
  expect(from(16.7, 'mmol/L')).toMatchObject({ value: 301, mmolPerL: 16.7 });
});

test.each([
  [{ belw: { value: 60, unit: 'mg/dL' } }, /belw does not exist here; there are below, minutes, emergency, from/],
  [{ emergency: { value: 400, unit: 'mg/dL' } }, /emergency is a public-health emergency line/],
  [{ minutes: { value: 20, unit: 'h' } }, /minutes is in min, not in h/],
  [{ minutes: { value: -1, unit: 'min' } }, /minutes must be a positive number, not -1/],
  [{ minutes: { value: 0.3, unit: 'mmol/L' } }, /minutes is in min, not in mmol\/L/],
] as const)('%o is refused with the threshold named', (team, message) => {
  expect(() => resolveThresholds(DEFAULTS, team)).toThrow(message);
});

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('%d is no threshold', (value) => {
  expect(() => resolveThresholds(DEFAULTS, { minutes: { value, unit: 'min' } })).toThrow('must be a positive number');
});
