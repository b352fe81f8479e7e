import { describe, expect, test } from 'vitest';
import {
  evaluateAt,
  HOUR_MS,
  MINUTE_MS,
  PROFILE,
  pressureArrival,
  pressureReading,
  START_AT,
  windowWith,
} from '../../tests/readings/patient-windows.ts';
import type { SymptomCode } from '../care/symptom.ts';
import type { BloodPressureReading } from '../reading.ts';
import { createBp02WithDangerSymptom } from './bp-02-with-danger-symptom.ts';
import { DANGER_SYMPTOMS } from './reported-symptom.ts';
import type { PatientProfile } from './rule.ts';

const rule = createBp02WithDangerSymptom();
const felt = (code: SymptomCode, min: number): PatientProfile => ({
  ...PROFILE,
  symptoms: [{ code, at: START_AT + min * MINUTE_MS }],
});
const judge = (bp: readonly BloodPressureReading[], atMin: number, profile = felt('chest_pain', 0)) =>
  evaluateAt(rule, windowWith({ bp }), atMin, profile);
const TWICE = [pressureReading(0, 185, 100), pressureReading(1, 183, 100)];

test.each(DANGER_SYMPTOMS)('%s with a confirmed pressure at the emergency line is an emergency', (code) => {
  expect(judge(TWICE, 1, felt(code, 0))).toMatchObject({
    verdict: 'firing',
    severity: 'emergency',
    explanation: { reason: 'danger_symptom' },
  });
});

test('another symptom, none, or a lower pressure is none', () => {
  expect(judge(TWICE, 1, felt('dizziness', 0))).toMatchObject({
    verdict: 'clear',
    explanation: { reason: 'no_symptom' },
  });
  expect(judge(TWICE, 1, PROFILE).verdict).toBe('clear');
  expect(judge([pressureReading(0, 179, 109), pressureReading(1, 179, 109)], 1)).toMatchObject({
    verdict: 'clear',
    explanation: { reason: 'not_beyond_line' },
  });
  expect(judge([], 1).verdict).toBe('unknown');
});

test('an unconfirmed pressure is none', () => {
  expect(judge([pressureReading(0, 185, 100), pressureReading(1, 165, 95)], 1)).toMatchObject({
    verdict: 'clear',
    episodes: [],
  });
});

describe('a symptom counts', () => {
  test('from 12 h before the sitting on', () => {
    expect(judge(TWICE, 1, felt('vision', -720)).verdict).toBe('firing');
    expect(judge(TWICE, 1, felt('vision', -720.1)).verdict).toBe('clear');
  });

  test('until now, and until the pressure has come down', () => {
    expect(judge(TWICE, 30, felt('vision', 30)).verdict).toBe('firing');
    expect(judge(TWICE, 30, felt('vision', 30.1)).verdict).toBe('clear');
    const calm = [...TWICE, pressureReading(60, 130, 80)];
    expect(judge(calm, 60, felt('vision', 60)).episodes).toEqual([]);
    expect(judge(calm, 60, felt('vision', 59)).episodes).toHaveLength(1);
  });

  test('and completes the condition where it comes later', () => {
    expect(judge(TWICE, 30, felt('vision', 20)).episodes).toMatchObject([
      { startAt: START_AT, completedAt: START_AT + 20 * MINUTE_MS },
    ]);
  });
});

describe('while the repeat is awaited', () => {
  test('it is pending, as an emergency, and fires when none comes', () => {
    const single = [pressureReading(0, 185, 100)];
    expect(judge(single, 14.9)).toMatchObject({
      verdict: 'pending',
      severity: 'emergency',
      nextDeadlineAt: START_AT + 15 * MINUTE_MS,
      explanation: { reason: 'awaiting_repeat' },
    });
    expect(judge(single, 15)).toMatchObject({ verdict: 'firing', severity: 'emergency' });
    expect(judge(single, 14.9, PROFILE)).toMatchObject({ verdict: 'clear', nextDeadlineAt: START_AT + 15 * MINUTE_MS });
  });
});

describe('only a person ends it', () => {
  const calm = [...TWICE, pressureReading(60, 130, 80)];

  test('a calm sitting gives it no end', () => {
    const { episodes } = judge(calm, 60);
    expect(episodes).toHaveLength(1);
    expect(episodes[0]).not.toHaveProperty('endAt');
  });

  test('but who hears of it only then is not called: it is told as over', () => {
    expect(judge(calm, 60)).toMatchObject({ verdict: 'clear', episodes: [{ fate: 'retrospective' }] });
  });

  test('another emergency with a symptom takes its place', () => {
    const again = [...calm, pressureReading(200, 190, 100), pressureReading(201, 190, 100)];
    const { episodes, verdict } = judge(again, 201, felt('chest_pain', 0));
    expect(verdict).toBe('firing');
    expect(episodes).toMatchObject([
      { startAt: START_AT, endAt: START_AT + 200 * MINUTE_MS },
      { startAt: START_AT + 200 * MINUTE_MS },
    ]);
    const window = windowWith({ bp: again });
    const profile = felt('chest_pain', 0);
    const now = START_AT + 201 * MINUTE_MS;
    expect(rule.findRecovery(window, START_AT + 1 * MINUTE_MS, profile, now)).toBe(START_AT + 200 * MINUTE_MS);
    expect(rule.findRecovery(windowWith({ bp: calm }), START_AT + MINUTE_MS, profile, now)).toBeUndefined();
    const goesOn = windowWith({ bp: [...TWICE, pressureReading(60, 190, 100), pressureReading(61, 190, 100)] });
    expect(rule.findRecovery(goesOn, START_AT + MINUTE_MS, profile, now)).toBeUndefined();
  });
});

test('a pressure that came late is a warning for 12 h', () => {
  const late = [pressureReading(0, 185, 100, { receivedMin: 40 }), pressureReading(1, 183, 100, { receivedMin: 40 })];
  expect(judge(late, 40)).toMatchObject({
    verdict: 'firing',
    severity: 'warning',
    explanation: { reason: 'late_high' },
  });
  expect(judge(late, 722)).toMatchObject({ verdict: 'clear', episodes: [{ fate: 'retrospective' }] });
});

test('what began within 25 min of the window’s start is not judged anew', () => {
  const from = START_AT - 25 * MINUTE_MS;
  expect(
    rule.evaluate({ ...windowWith({ bp: TWICE }), from }, felt('chest_pain', 0), START_AT + MINUTE_MS).episodes,
  ).toHaveLength(1);
  expect(
    rule.evaluate({ ...windowWith({ bp: TWICE }), from: from + 1 }, felt('chest_pain', 0), START_AT + HOUR_MS).episodes,
  ).toEqual([]);
});

test('goes by the lines that BP-01 has for this patient', () => {
  const all = { team: {}, patient: { 'BP-01': { systolicAtOnce: { value: 200, unit: 'mmHg' as const } } } };
  const strict = createBp02WithDangerSymptom(undefined, undefined, all);
  const window = windowWith({ bp: [pressureReading(0, 201, 100)] });
  expect(evaluateAt(strict, window, 0, felt('chest_pain', 0)).verdict).toBe('firing');
  expect(evaluateAt(rule, window, 0, felt('chest_pain', 0)).verdict).toBe('pending');
});

test('one more than 12 h later, with a symptom, takes its place though no calm one came between', () => {
  const bp = [...TWICE, pressureReading(800, 190, 100), pressureReading(801, 190, 100)];
  const now = START_AT + 801 * MINUTE_MS;
  expect(rule.findRecovery(windowWith({ bp }), START_AT + MINUTE_MS, felt('vision', 800), now)).toBe(
    START_AT + 800 * MINUTE_MS,
  );
});

test('is asked by what BP-01 is asked by', () => {
  const mayStart = (systolic: number, diastolic: number) =>
    rule.mayStart(pressureArrival(windowWith({ bp: [pressureReading(0, systolic, diastolic)] })));
  expect([mayStart(160, 80), mayStart(159, 99), mayStart(130, 100)]).toEqual([true, false, true]);
});
