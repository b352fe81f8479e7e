import { describe, expect, test } from 'vitest';
import type { Sample } from '../../tests/readings/patient-windows.ts';
import {
  evaluateAt,
  MINUTE_MS,
  PROFILE,
  START_AT,
  seriesFrom,
  stretchesOf,
  windowWith,
} from '../../tests/readings/patient-windows.ts';
import type { PatientProfile } from './rule.ts';
import { createSmbg02Low } from './smbg-02-low.ts';

const rule = createSmbg02Low();
const judge = (
  samples: readonly Sample[],
  {
    unit = 'mmol/L',
    atMin = samples.at(-1)!.min,
    profile = PROFILE,
  }: { unit?: 'mg/dL' | 'mmol/L'; atMin?: number; profile?: PatientProfile } = {},
) => evaluateAt(rule, windowWith({ smbg: [seriesFrom(samples, { unit })] }), atMin, profile);
const one = (value: Sample['value'], unit: 'mg/dL' | 'mmol/L' = 'mmol/L') => judge([{ min: 0, value }], { unit });

describe('from 3.0 to 3.9 mmol/L, both included', () => {
  test.each([
    [2.9, 'clear'],
    [3.0, 'firing'],
    [3.9, 'firing'],
    [4.0, 'clear'],
  ] as const)('%f mmol/L is %s', (value, verdict) => expect(one(value).verdict).toBe(verdict));

  test.each([
    [53, 'clear'],
    [54, 'firing'],
    [70, 'firing'],
    [71, 'clear'],
  ] as const)('%i mg/dL is %s', (value, verdict) => expect(one(value, 'mg/dL').verdict).toBe(verdict));

  test('LO is for SMBG-01', () => {
    expect(one('LOW').verdict).toBe('clear');
    expect(one('HIGH').verdict).toBe('clear');
  });

  test('the upper end can’t be changed, the lower can', () => {
    expect(() => createSmbg02Low({}, { upTo: { value: 4.2, unit: 'mmol/L' } })).toThrow('public-health emergency line');
    const wider = createSmbg02Low({}, { from: { value: 2.5, unit: 'mmol/L' } });
    expect(
      evaluateAt(wider, windowWith({ smbg: [seriesFrom([{ min: 0, value: 2.6 }], { unit: 'mmol/L' })] }), 0).verdict,
    ).toBe('firing');
  });
});

describe('is over with a later fingerstick above 3.9', () => {
  const followedBy = (value: Sample['value']) =>
    judge([
      { min: 0, value: 3.5 },
      { min: 15, value },
    ]);

  test('3.9 is not, 4.0 is', () => {
    expect(followedBy(3.9).verdict).toBe('firing');
    expect(stretchesOf(followedBy(4.0))).toEqual([[0, 15]]);
  });

  test('nor is anything lower', () => expect(stretchesOf(followedBy(2.5))).toEqual([[0, undefined]]));
});

describe('severity', () => {
  const severityOf = (profile: Partial<PatientProfile>) =>
    judge([{ min: 0, value: 3.5 }], { profile: { ...PROFILE, ...profile } }).severity;

  test('is a warning, critical on insulin or a sulfonylurea, or from 65 years on with nothing recorded', () => {
    expect(severityOf({})).toBe('warning');
    expect(severityOf({ treatments: [{ class: 'insulin', from: 0 }] })).toBe('critical');
    expect(severityOf({ treatments: [{ class: 'sulfonylurea', from: 0 }] })).toBe('critical');
    expect(severityOf({ birthDate: '1961-05-01' })).toBe('critical');
    expect(severityOf({ birthDate: '1961-05-02' })).toBe('warning');
    expect(severityOf({ birthDate: '1940-01-01', treatments: [{ class: 'metformin', from: 0 }] })).toBe('warning');
  });
});

describe('asks for another fingerstick', () => {
  test('15 min later, while an answer would be in time', () => {
    expect(judge([{ min: 0, value: 3.5 }]).request).toEqual({
      kind: 'smbg',
      deviceKey: 1,
      dueAt: START_AT + 15 * MINUTE_MS,
      expiresAt: START_AT + 30 * MINUTE_MS,
    });
    expect(rule.timing.repeatMs).toBe(15 * MINUTE_MS);
  });

  test('not of what came late', () => {
    const late = judge([{ min: 0, value: 3.5, receivedMin: 31 }], { atMin: 31 });
    expect(late).toMatchObject({ verdict: 'firing', severity: 'warning', explanation: { reason: 'late_low' } });
    expect(late.request).toBeUndefined();
  });
});

test('what came late is acted on for 12 h', () => {
  const late = (atMin: number) => judge([{ min: 0, value: 3.5, receivedMin: 31 }], { atMin });
  expect(late(720).verdict).toBe('firing');
  expect(late(720.1)).toMatchObject({ verdict: 'clear', explanation: { reason: 'too_old' } });
});

describe('after a very low one', () => {
  test('that was told in time, going on low is no lesser news for coming late', () => {
    const sequence: Sample[] = [
      { min: 0, value: 2.8 },
      { min: 10, value: 3.5, receivedMin: 60 },
    ];
    expect(judge(sequence, { atMin: 60 }).episodes).toMatchObject([
      { fate: 'live', startAt: START_AT + 10 * MINUTE_MS },
    ]);
    expect(
      judge(
        sequence.map((sample) => ({ ...sample, receivedMin: 60 })),
        { atMin: 60 },
      ).episodes,
    ).toMatchObject([{ fate: 'late' }]);
  });

  test('with a normal one between them, it is', () => {
    const sequence: Sample[] = [
      { min: 0, value: 2.8 },
      { min: 5, value: 6 },
      { min: 10, value: 3.5, receivedMin: 60 },
    ];
    expect(judge(sequence, { atMin: 60 }).episodes).toMatchObject([{ fate: 'late' }]);
  });
});

test('one more than 12 h after the last, in time, is another episode', () => {
  const two = (hours: number) =>
    judge([
      { min: 0, value: 3.5 },
      { min: hours * 60, value: 3.5 },
    ]);
  expect(stretchesOf(two(12))).toHaveLength(1);
  expect(stretchesOf(two(12.01))).toHaveLength(2);
});
