import { describe, expect, test } from 'vitest';
import { SHANGHAI as cal, endless, HOUR_MS, profileOf } from '../../tests/readings/patient-histories.ts';
import { createStepRule, type StepRuleDefinition } from './create-step-rule.ts';
import type { Step } from './walk-steps.ts';

const profile = profileOf(cal);
const history = { ...endless(cal, {}), from: cal.at(0) };
const ruleWith = (ats: readonly number[], parts: Partial<StepRuleDefinition> = {}) =>
  createStepRule({
    id: 'TEST-01',
    version: 1,
    title: 'Begins with the first step that it sees, ends with the next',
    condition: 'data',
    direction: 'none',
    thresholds: {},
    timing: {},
    restsOn: [],
    lookBackDays: 2,
    steps: () =>
      ats.map((at): Step => {
        const judge = () => ({ outcome: 'starts', severity: 'info', reason: 'begun', evidence: [] }) as const;
        return { at, judge, ends: () => true };
      }),
    ...parts,
  });
const startsOf = (ats: readonly number[], now: number) =>
  ruleWith(ats)
    .evaluate(history, profile, now)
    .episodes.map(({ startAt }) => startAt);

describe('a rule of weeks', () => {
  test('judges the steps that see all the days they look at, one of which may have 25 hours', () => {
    const first = cal.at(2) + HOUR_MS;
    expect(ruleWith([]).leadMs).toBe(49 * HOUR_MS);
    expect(startsOf([first - 1], cal.at(5))).toEqual([]);
    expect(startsOf([first], cal.at(5))).toEqual([first]);
  });

  test('judges what has come, not what lies ahead', () => {
    expect(startsOf([cal.at(4)], cal.at(4))).toEqual([cal.at(4)]);
    expect(startsOf([cal.at(4) + 1], cal.at(4))).toEqual([]);
  });

  test('ends an episode of before in the first step that sees enough', () => {
    const rule = ruleWith([cal.at(1), cal.at(3), cal.at(4)]);
    expect(rule.findRecovery(history, cal.at(-5), profile, cal.at(5))).toBe(cal.at(3));
  });

  test('looks back as far as its steps do, and three days of steps', () => {
    expect(ruleWith([]).daysBack).toBe(5);
    expect(ruleWith([], { judgedDays: 8 }).daysBack).toBe(10);
  });

  test('without a step nothing is known; with the last one open it fires', () => {
    expect(ruleWith([]).evaluate(history, profile, cal.at(5))).toMatchObject({
      verdict: 'unknown',
      explanation: { reason: 'not_enough_data' },
    });
    expect(ruleWith([cal.at(3)]).evaluate(history, profile, cal.at(5))).toMatchObject({
      verdict: 'firing',
      severity: 'info',
    });
    expect(ruleWith([cal.at(3), cal.at(4)]).evaluate(history, profile, cal.at(5))).toMatchObject({
      verdict: 'clear',
      explanation: { reason: 'recovered' },
    });
  });

  test('asks to be asked again only for what lies ahead', () => {
    const next = (at: number | undefined) =>
      ruleWith([], { nextStepAt: () => at }).evaluate(history, profile, cal.at(5)).nextDeadlineAt;
    expect([next(cal.at(5) + 1), next(cal.at(5)), next(undefined)]).toEqual([cal.at(5) + 1, undefined, undefined]);
  });

  test('says of which stage an episode is', () => {
    const judge = () => ({ outcome: 'starts', severity: 'info', reason: 'begun', stage: 2, evidence: [] }) as const;
    const rule = ruleWith([], { steps: () => [{ at: cal.at(4), judge, ends: () => false }] });
    expect(rule.evaluate(history, profile, cal.at(5)).explanation.stage).toBe(2);
    expect('stage' in ruleWith([cal.at(4)]).evaluate(history, profile, cal.at(5)).explanation).toBe(false);
    expect('endAt' in ruleWith([cal.at(4)]).evaluate(history, profile, cal.at(5)).episodes[0]!).toBe(false);
  });
});
