import { describe, expect, test } from 'vitest';
import type { Severity } from '../../domain/rules/rule.ts';
import { windowRuleById } from '../../domain/rules/rule-catalogue.ts';
import { nudgesOf } from './hand-over.ts';
import type { SignalChange } from './write-signals.ts';

const LOW = windowRuleById('CGM-01')!;
const HIGH = windowRuleById('CGM-06')!;

const change = (patientKey: number, severity: Severity | undefined, rule = HIGH): SignalChange => {
  const none = { insert: [], update: [], withdraw: [] };
  const explanation = { reason: 'below_line', thresholds: {} };
  const verdict = severity === undefined ? 'clear' : 'firing';
  const difference = {
    ...none,
    verdict,
    severity,
    episodeId: undefined,
    explanation,
    deadlineAt: undefined,
    version: 1,
    isChanged: true,
  } as const;
  return { patientKey, rule, difference, isNews: true };
};

describe('nudges', () => {
  test('are one a patient, in the turn of the worst that is said of them', () => {
    const jobs = nudgesOf([change(1, 'warning'), change(1, 'emergency'), change(2, 'critical'), change(3, undefined)]);
    expect(jobs.map(({ data, turn }) => [data.patientKey, turn])).toEqual([
      [1, 3],
      [2, 1],
      [3, 0],
    ]);
  });

  test('of a critical low come before those of any critical high, and after an emergency', () => {
    const jobs = nudgesOf([change(1, 'critical'), change(2, 'critical', LOW), change(3, 'emergency')]);
    expect(jobs.map(({ turn }) => turn)).toEqual([1, 2, 3]);
  });

  test('of a storm are what is urgent alone: the rest is found in the tables while it waits for company', () => {
    const storm = Array.from({ length: 5_000 }, (_, n) => change(n, n % 100 === 0 ? 'critical' : 'warning'));
    expect(nudgesOf(storm)).toHaveLength(50);
    expect(nudgesOf(storm.slice(0, 300))).toHaveLength(300);
  });
});
