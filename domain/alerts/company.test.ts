import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SEVERITIES } from '../rules/rule.ts';
import {
  ALONE,
  type CompanyQuestion,
  CRITICAL_BEAT_MS,
  companyOf,
  DIGEST,
  nextStormBeat,
  STORM,
  STORM_BEAT_MS,
  STORM_OF_LOWS,
  stormOf,
} from './company.ts';
import { NOTIFICATION_KINDS } from './decide-notification.ts';

const WARNING: CompanyQuestion = {
  kind: 'opened',
  severity: 'warning',
  patientKey: 7,
  follows: false,
  wasPutOff: false,
  isTest: false,
};

describe('what is not urgent', () => {
  test('goes in one message with what else there is of the same patient', () => {
    expect(companyOf(WARNING)).toBe('patient:7');
  });

  test('goes in the digest once it was put off, to people and machines alike', () => {
    expect(companyOf({ ...WARNING, wasPutOff: true })).toBe(DIGEST);
    expect(companyOf({ ...WARNING, wasPutOff: true, follows: true })).toBe(DIGEST);
  });

  test('is a message of its own to a machine that follows each alert, unless too much comes', () => {
    expect(companyOf({ ...WARNING, follows: true })).toBe(ALONE);
  });
});

test('a critical page is a message of its own to people, unless too much comes, and always to a machine', () => {
  expect(companyOf({ ...WARNING, severity: 'critical' })).toBe(ALONE);
  expect(companyOf({ ...WARNING, severity: 'critical', follows: true })).toBeUndefined();
});

test('a critical low of glucose to people has a company of its own, so that it waits for nothing but other critical lows', () => {
  const low = { ...WARNING, severity: 'critical', condition: 'glucose', direction: 'low' } as const;
  expect(stormOf(companyOf(low))).toBe(STORM_OF_LOWS);
  expect(stormOf(companyOf({ ...low, direction: 'high' }))).toBe(STORM);
  expect(stormOf(companyOf({ ...low, severity: 'warning' }))).toBe(STORM);
  expect([undefined, DIGEST, STORM, STORM_OF_LOWS].map(stormOf)).toEqual([undefined, undefined, undefined, undefined]);
});

test('an emergency, a test, good news and what a patient or carer is told never wait for company', () => {
  const anything = fc.record({
    kind: fc.constantFrom(...NOTIFICATION_KINDS),
    severity: fc.constantFrom(...SEVERITIES),
    audience: fc.constantFrom('team' as const, 'patient' as const, 'carer' as const),
    patientKey: fc.nat(),
    follows: fc.boolean(),
    wasPutOff: fc.boolean(),
    isTest: fc.boolean(),
  });
  fc.assert(
    fc.property(anything, (question) => {
      const isPage = ['opened', 'changed', 'reminder'].includes(question.kind);
      const isAlone = question.severity === 'emergency' || question.isTest || question.audience !== 'team' || !isPage;
      if (isAlone) expect(companyOf(question)).toBeUndefined();
    }),
  );
});

test('what came too much is told within one beat', () => {
  expect(nextStormBeat('critical', 0)).toBe(CRITICAL_BEAT_MS);
  expect(nextStormBeat('critical', CRITICAL_BEAT_MS - 1)).toBe(CRITICAL_BEAT_MS);
  expect(nextStormBeat('warning', STORM_BEAT_MS - 1)).toBe(STORM_BEAT_MS);
  expect(nextStormBeat('info', STORM_BEAT_MS)).toBe(2 * STORM_BEAT_MS);
});
