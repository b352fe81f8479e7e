import { describe, expect, it } from 'vitest';
import { type AlertFact, alertFigures } from './alert-figures.ts';
import { OUTCOMES } from './alert-life.ts';
import { isUsefulOutcome } from './useful-outcome.ts';

const T = 1_000_000;
const fact = (more: Partial<AlertFact> = {}): AlertFact => ({
  openedAt: T,
  condition: 'glucose',
  severity: 'critical',
  state: 'open',
  ruleIds: ['CGM-01'],
  messages: 0,
  escalated: false,
  isTest: false,
  isRetrospective: false,
  ...more,
});
const takenAfter = (seconds: number, more: Partial<AlertFact> = {}) =>
  fact({ state: 'acknowledged', takenAt: T + seconds * 1_000, takenBy: 'lin', ...more });
const resolved = (outcome: AlertFact['outcome'], more: Partial<AlertFact> = {}) =>
  takenAfter(60, { state: 'resolved', resolvedAt: T + 600_000, resolvedBy: 'wang', outcome, ...more });

describe('figures of a team’s alerts', () => {
  it('of no alert are counts of nothing, and no time and no share', () => {
    const figures = alertFigures([]);
    expect(figures).toMatchObject({ alerts: 0, timeToAcknowledge: { count: 0 }, judged: 0, byRule: [], byMember: [] });
    for (const name of ['usefulPercent', 'escalatedPercent', 'messagesPerAlert'] as const)
      expect(figures[name]).toBeUndefined();
    expect(figures.timeToAcknowledge).not.toHaveProperty('medianSeconds');
  });

  it('have median and p90 of those that somebody took over; who waits still is counted, not timed', () => {
    const figures = alertFigures([...[10, 20, 30, 40, 50].map((seconds) => takenAfter(seconds)), fact()]);
    // R: quantile(c(10, 20, 30, 40, 50), c(.5, .9)) is 30 and 46.
    expect(figures.timeToAcknowledge).toEqual({ count: 5, medianSeconds: 30, p90Seconds: 46 });
    expect(figures).toMatchObject({ alerts: 6, open: 6, neverTaken: 1 });
  });

  it('are given for each severity, worst first', () => {
    const { bySeverity } = alertFigures([
      takenAfter(10, { severity: 'emergency' }),
      takenAfter(100, { severity: 'info' }),
    ]);
    expect(
      bySeverity.map(({ severity, alerts, timeToAcknowledge }) => [severity, alerts, timeToAcknowledge.medianSeconds]),
    ).toEqual([
      ['emergency', 1, 10],
      ['critical', 0, undefined],
      ['warning', 0, undefined],
      ['info', 1, 100],
    ]);
  });

  it('tell what people closed from what was over by itself and what nobody reviewed', () => {
    const figures = alertFigures([resolved('called'), fact({ state: 'resolved' }), fact({ state: 'expired' }), fact()]);
    expect(figures).toMatchObject({ resolved: 1, closedThemselves: 1, expired: 1, open: 1, neverTaken: 3 });
    expect(figures.timeToResolve).toEqual({ count: 1, medianSeconds: 600, p90Seconds: 600 });
  });

  it('count trials and what was only listed apart, and in nothing else', () => {
    const figures = alertFigures([
      fact({ isTest: true }),
      resolved('called', { isRetrospective: true }),
      fact({ isTest: true, isRetrospective: true }),
    ]);
    expect(figures).toMatchObject({ alerts: 0, tests: 2, retrospective: 1, judged: 0, resolved: 0, outcomes: {} });
  });

  it('count an alert for each of its rules, with how soon it was taken over and resolved', () => {
    const { byRule } = alertFigures([
      resolved('false_alarm', { ruleIds: ['CGM-01', 'CGM-02'] }),
      resolved('called', { ruleIds: ['CGM-02'], resolvedAt: T + 200_000 }),
      fact({ ruleIds: ['CGM-02'] }),
    ]);
    const taken = { medianSeconds: 60, p90Seconds: 60 };
    expect(byRule).toEqual([
      {
        ...{ ruleId: 'CGM-02', alerts: 3, judged: 2, useful: 1, usefulPercent: 50 },
        timeToAcknowledge: { count: 2, ...taken },
        timeToResolve: { count: 2, medianSeconds: 400, p90Seconds: 560 },
      },
      {
        ...{ ruleId: 'CGM-01', alerts: 1, judged: 1, useful: 0, usefulPercent: 0 },
        timeToAcknowledge: { count: 1, ...taken },
        timeToResolve: { count: 1, medianSeconds: 600, p90Seconds: 600 },
      },
    ]);
  });

  it('give whoever took it over and whoever closed it each their own, and what was worth it to whoever said so', () => {
    const facts = [resolved('called'), resolved('false_alarm', { resolvedAt: T + 100_000 }), takenAfter(20)];
    expect(alertFigures(facts).byMember).toEqual([
      {
        ...{ userId: 'lin', taken: 3, resolved: 0, judged: 0, useful: 0, usefulPercent: undefined },
        timeToAcknowledge: { count: 3, medianSeconds: 60, p90Seconds: 60 },
        timeToResolve: { count: 0 },
      },
      {
        ...{ userId: 'wang', taken: 0, resolved: 2, judged: 2, useful: 1, usefulPercent: 50 },
        timeToAcknowledge: { count: 0 },
        timeToResolve: { count: 2, medianSeconds: 350, p90Seconds: 550 },
      },
    ]);
  });

  it('average messages over all alerts, and escalations', () => {
    const figures = alertFigures([fact({ messages: 3, escalated: true }), fact({ messages: 2 }), fact(), fact()]);
    expect(figures).toMatchObject({ messagesPerAlert: 1.25, escalated: 1, escalatedPercent: 25 });
  });
});

describe('an outcome', () => {
  it.each([
    ['glucose', 'called advice_given drug_changed visit_arranged referred'],
    ['device', 'called advice_given drug_changed visit_arranged referred device_fault'],
    ['data', 'called advice_given drug_changed visit_arranged referred device_fault'],
  ] as const)('of an alert about %s is useful where it is one of: %s', (condition, useful) => {
    expect(OUTCOMES.filter((outcome) => isUsefulOutcome(outcome, condition)).join(' ')).toBe(useful);
  });
});
