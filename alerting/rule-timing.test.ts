import { describe, expect, test } from 'vitest';
import { isForPatientOnly, repeatMsOf, withCooldown } from './rule-timing.ts';

const MINUTE_MS = 60_000;
const reason = (ruleId: string, given: { firing?: boolean; stage?: number; why?: string } = {}) => ({
  ruleId,
  firing: given.firing ?? true,
  explanation: { reason: given.why ?? 'x', thresholds: {}, stage: given.stage },
});

describe('how often an alert is told again', () => {
  test('is what the most impatient of its firing rules says', () => {
    expect(repeatMsOf([reason('CGM-02'), reason('CGM-01')], 'critical')).toBe(15 * MINUTE_MS);
    expect(repeatMsOf([reason('CGM-02'), reason('CGM-01', { firing: false })], 'critical')).toBe(30 * MINUTE_MS);
    expect(repeatMsOf([reason('SMBG-03')], 'critical')).toBe(120 * MINUTE_MS);
  });

  test('is of a warning what its rules say, too, but for what came late: that is told once', () => {
    expect(repeatMsOf([reason('CGM-02')], 'warning')).toBe(30 * MINUTE_MS);
    expect(repeatMsOf([reason('CGM-02', { why: 'late_low' })], 'warning')).toBeUndefined();
    expect(repeatMsOf([reason('CGM-01', { why: 'late_low' }), reason('CGM-02')], 'warning')).toBe(30 * MINUTE_MS);
    expect(repeatMsOf([reason('CGM-01', { why: 'late_low' })], 'critical')).toBe(15 * MINUTE_MS);
  });

  test('is nothing of a fingerstick that only warns: the patient is asked for another one instead', () => {
    expect(repeatMsOf([reason('SMBG-02')], 'critical')).toBe(15 * MINUTE_MS);
    expect(repeatMsOf([reason('SMBG-02')], 'warning')).toBeUndefined();
    expect(repeatMsOf([reason('SMBG-02'), reason('CGM-02')], 'warning')).toBe(30 * MINUTE_MS);
  });

  test('is left to the policy where no rule says anything, or the rule is no longer known', () => {
    expect(repeatMsOf([reason('DATA-01')], 'critical')).toBeUndefined();
    expect(repeatMsOf([reason('GONE-01')], 'critical')).toBeUndefined();
    expect(repeatMsOf([], 'critical')).toBeUndefined();
  });
});

test('a cooldown is that of each rule that fires, and none where the rule says nothing or is no longer known', () => {
  const warning = (ruleId: string, firing = true) => ({ ...reason(ruleId, { firing }), severity: 'warning' as const });
  const reasons = [warning('CGM-05'), warning('SMBG-03'), warning('GONE-01'), warning('CGM-05', false)];
  expect(withCooldown(reasons)).toEqual([
    { ruleId: 'CGM-05', severity: 'warning', cooldownMs: 240 * MINUTE_MS },
    { ruleId: 'SMBG-03', severity: 'warning', cooldownMs: undefined },
    { ruleId: 'GONE-01', severity: 'warning', cooldownMs: undefined },
  ]);
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
