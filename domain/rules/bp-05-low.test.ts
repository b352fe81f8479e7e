import { describe, expect, test } from 'vitest';
import {
  evaluateAt,
  MINUTE_MS,
  PROFILE,
  pressureArrival,
  pressureReading,
  START_AT,
  stretchesOf,
  windowWith,
} from '../../tests/readings/patient-windows.ts';
import type { BloodPressureReading } from '../reading.ts';
import { createBp05Low } from './bp-05-low.ts';
import type { PatientProfile } from './rule.ts';

const rule = createBp05Low();
const judge = (bp: readonly BloodPressureReading[], atMin = 0, profile: PatientProfile = PROFILE) =>
  evaluateAt(rule, windowWith({ bp }), atMin, profile);
const LOW = pressureReading(0, 85, 65);

describe('a sitting below 90 or below 60', () => {
  test.each([
    [89, 60, 'firing'],
    [90, 60, 'clear'],
    [90, 59, 'firing'],
    [110, 59, 'firing'],
  ] as const)('%i/%i is %s', (systolic, diastolic, verdict) => {
    expect(judge([pressureReading(0, systolic, diastolic)]).verdict).toBe(verdict);
  });

  test('its mean is judged, as it is shown: 89.5 is 90', () => {
    expect(judge([pressureReading(0, 88, 65), pressureReading(1, 91, 65)], 1).verdict).toBe('clear');
    expect(judge([pressureReading(0, 88, 65), pressureReading(1, 90, 65)], 1).verdict).toBe('firing');
    expect(judge([], 0).verdict).toBe('unknown');
  });

  test('completes with the first reading at which the mean is low', () => {
    const episode = judge([pressureReading(0, 92, 65), pressureReading(1, 84, 65), pressureReading(2, 80, 65)], 2)
      .episodes[0];
    expect(episode).toMatchObject({
      startAt: START_AT,
      completedAt: START_AT + MINUTE_MS,
      freshAt: START_AT + 2 * MINUTE_MS,
    });
    expect(episode?.evidence).toHaveLength(2);
  });
});

describe('severity', () => {
  const at = (min: number, code: 'dizziness' | 'fall' | 'vision') => ({
    ...PROFILE,
    symptoms: [{ code, at: START_AT + min * MINUTE_MS }],
  });

  test('is a warning', () => expect(judge([LOW]).severity).toBe('warning'));

  test('is critical with dizziness or a fall, from 12 h before until it is over', () => {
    expect(judge([LOW], 0, at(-720, 'dizziness')).severity).toBe('critical');
    expect(judge([LOW], 0, at(-720.1, 'dizziness')).severity).toBe('warning');
    expect(judge([LOW], 30, at(30, 'fall')).severity).toBe('critical');
    expect(judge([LOW], 30, at(30.1, 'fall')).severity).toBe('warning');
    expect(judge([LOW], 0, at(0, 'vision')).severity).toBe('warning');
    const over = [LOW, pressureReading(60, 120, 80)];
    expect(judge(over, 90, at(60, 'fall')).episodes).toMatchObject([{ severity: 'warning' }]);
    expect(judge(over, 90, at(59, 'fall')).episodes).toMatchObject([{ severity: 'critical' }]);
  });

  test('is critical from 65 years on with a systolic below 90', () => {
    const old = { ...PROFILE, birthDate: '1961-05-01' };
    const young = { ...PROFILE, birthDate: '1961-05-02' };
    expect(judge([LOW], 0, old).severity).toBe('critical');
    expect(judge([LOW], 0, young).severity).toBe('warning');
    expect(judge([pressureReading(0, 90, 55)], 0, old).severity).toBe('warning');
    expect(judge([pressureReading(0, 89, 55)], 0, old).severity).toBe('critical');
  });
});

describe('is over', () => {
  const followedBy = (systolic: number, diastolic: number) =>
    judge([LOW, pressureReading(60, systolic, diastolic)], 60);

  test('with a sitting of at least 100 and at least 60', () => {
    expect(stretchesOf(followedBy(100, 60))).toEqual([[0, 60]]);
    expect(followedBy(100, 60).explanation.reason).toBe('recovered');
    expect(followedBy(99, 60).verdict).toBe('firing');
    expect(followedBy(120, 59).verdict).toBe('firing');
  });

  test('and not by silence', () => expect(judge([LOW], 2000).verdict).toBe('firing'));

  test('a second reading can take that back', () => {
    expect(judge([LOW, pressureReading(60, 100, 70), pressureReading(61, 92, 70)], 61).verdict).toBe('firing');
  });

  test('also where it began before the window', () => {
    const recovered = windowWith({ bp: [pressureReading(30, 99, 60), pressureReading(60, 100, 60)] });
    expect(rule.findRecovery(recovered, START_AT, PROFILE, START_AT)).toBe(START_AT + 60 * MINUTE_MS);
    expect(rule.findRecovery(recovered, START_AT + 60 * MINUTE_MS, PROFILE, START_AT)).toBeUndefined();
  });
});

test('low again after more than 12 h, in time, is another episode', () => {
  const again = (min: number, receivedMin = min) =>
    stretchesOf(judge([LOW, pressureReading(min, 85, 65, { receivedMin })], min));
  expect(again(720)).toHaveLength(1);
  expect(again(720.1)).toHaveLength(2);
  expect(again(720.1, 751)).toHaveLength(1);
});

test('late it is a warning for 12 h', () => {
  const late = (receivedMin: number, atMin: number) => judge([pressureReading(0, 85, 65, { receivedMin })], atMin);
  expect(late(30, 30)).toMatchObject({ verdict: 'firing', explanation: { reason: 'below_line' } });
  expect(late(30.1, 31)).toMatchObject({ verdict: 'firing', severity: 'warning', explanation: { reason: 'late_low' } });
  expect(late(31, 720).verdict).toBe('firing');
  expect(late(31, 720.1)).toMatchObject({ verdict: 'clear', explanation: { reason: 'too_old' } });
});

test('a sitting that the window’s start may have cut is not judged anew', () => {
  const from = (min: number) =>
    rule.evaluate({ ...windowWith({ bp: [LOW] }), from: START_AT - min * MINUTE_MS }, PROFILE, START_AT).episodes;
  expect(from(10)).toHaveLength(1);
  expect(from(9.9)).toEqual([]);
});

test('is asked by what lies below the lines or the clear lines', () => {
  const mayStart = (systolic: number, diastolic: number) =>
    rule.mayStart(pressureArrival(windowWith({ bp: [pressureReading(0, systolic, diastolic)] })));
  expect([mayStart(100, 60), mayStart(99, 60), mayStart(100, 59)]).toEqual([false, true, true]);
});
