import { describe, expect, test } from 'vitest';
import { cooldownMsOf, isForPatientOnly, repeatMsOf } from './rule-timing.ts';

const MINUTE_MS = 60_000;
const reason = (ruleId: string, given: { firing?: boolean; stage?: number } = {}) => ({
  ruleId,
  firing: given.firing ?? true,
  explanation: { reason: 'x', thresholds: {}, stage: given.stage },
});

describe('how often an alert is told again', () => {
  test('is what the most impatient of its firing rules says', () => {
    expect(repeatMsOf([reason('CGM-02'), reason('CGM-01')])).toBe(15 * MINUTE_MS);
    expect(repeatMsOf([reason('CGM-02'), reason('CGM-01', { firing: false })])).toBe(30 * MINUTE_MS);
    expect(repeatMsOf([reason('SMBG-03')])).toBe(120 * MINUTE_MS);
  });

  test('is left to the policy where no rule says anything, or the rule is no longer known', () => {
    expect(repeatMsOf([reason('DATA-01')])).toBeUndefined();
    expect(repeatMsOf([reason('GONE-01')])).toBeUndefined();
    expect(repeatMsOf([])).toBeUndefined();
  });
});

describe('a cooldown', () => {
  test('is that of the rule, and none where any firing rule has none', () => {
    expect(cooldownMsOf([reason('CGM-05')])).toBe(240 * MINUTE_MS);
    expect(cooldownMsOf([reason('CGM-05'), reason('SMBG-03')])).toBe(0);
  });
});

describe('silence of a sensor', () => {
  test.each([
    [1, true],
    [2, true],
    [3, false],
  ])('is at stage %i for the patient alone: %s', (stage, expected) => {
    expect(isForPatientOnly([reason('DATA-01', { stage })])).toBe(expected);
  });

  test('is never for the patient alone together with something else, and nothing without stages is', () => {
    expect(isForPatientOnly([reason('DATA-01', { stage: 1 }), reason('CGM-01')])).toBe(false);
    expect(isForPatientOnly([reason('CGM-01')])).toBe(false);
    expect(isForPatientOnly([])).toBe(false);
  });
});
