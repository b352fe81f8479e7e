import { describe, expect, test } from 'vitest';
import { newAlert } from '../move-alert.ts';
import type { Plan } from '../plan.ts';
import { schedule } from './schedule.ts';

const MINUTE = 60_000;
const OPENED_AT = 1_000 * MINUTE;
const alert = {
  ...newAlert({ patientKey: 1, condition: 'glucose', direction: 'low' }, 'critical', {
    teamId: 'team',
    previousAlertId: undefined,
    at: OPENED_AT,
  }),
  told: { kind: 'opened', severity: 'critical', occurrence: 1, at: OPENED_AT },
} as const;
const plan: Plan = { alert, reasons: [], recipients: [], notifications: [], timeline: [] };
const dueOf = (given: Plan, minute: number) => {
  const { dueAt, dueReason } = schedule(given, { now: OPENED_AT + minute * MINUTE }).alert;
  return [dueAt === undefined ? undefined : (dueAt - OPENED_AT) / MINUTE, dueReason];
};

describe('an alert that somebody has taken over', () => {
  const owned: Plan = {
    ...plan,
    alert: { ...alert, state: 'acknowledged', acknowledgedAt: OPENED_AT, acknowledgedBy: 'nurse' },
  };
  const toNextPhone: Plan = {
    ...owned,
    telling: { kind: 'opened', scope: 'outside', step: 0, reason: 'channel_failed', rules: [] },
  };

  test('asks its owner for an outcome in time, also where a phone of the patient has just failed', () => {
    expect(dueOf(owned, 1)).toEqual([60, 'no_outcome_yet']);
    expect(dueOf(toNextPhone, 1)).toEqual([60, 'no_outcome_yet']);
  });

  test('asks its owner at once where the patient’s next phone was told in the minute in which that was due', () => {
    expect(dueOf(toNextPhone, 60)).toEqual([60, 'no_outcome_yet']);
  });
});
