import { describe, expect, test } from 'vitest';
import { type Escalation, isCurrent, resumeEscalation, startEscalation, takeStep } from './escalation.ts';
import type { EscalationPolicy } from './escalation-policy.ts';

const MINUTE = 60_000;
const AT = 1_000 * MINUTE;
const policy: EscalationPolicy = {
  name: 'three',
  severities: ['critical'],
  steps: [0, 15, 30].map((delayMin) => ({ delayMin, targets: [{ kind: 'on_call' }] })),
};
const begun = startEscalation(policy, { occurrence: 2, severity: 'critical' }, {}, AT);
const nextIn = ({ nextAt = Number.NaN }: Escalation) => (nextAt - AT) / MINUTE;

describe('an escalation that begins', () => {
  test('keeps the steps as they are then, its first one due after its own delay', () => {
    expect(begun).toEqual({
      policy: 'three',
      occurrence: 2,
      severity: 'critical',
      outcomeWithinMs: 60 * MINUTE,
      startedAt: AT,
      steps: policy.steps,
      next: 0,
      nextAt: AT,
    });
    const later = { ...policy, steps: policy.steps.slice(1) };
    expect(nextIn(startEscalation(later, begun, {}, AT))).toBe(15);
  });

  test('asks for an outcome when the team says, and where it says nothing after an hour of critical and half an hour of emergency', () => {
    const within = (severity: 'critical' | 'emergency') =>
      startEscalation(policy, { occurrence: 1, severity }, { outcomeWithinMin: { critical: 45 } }, AT).outcomeWithinMs;
    expect([within('critical'), within('emergency')]).toEqual([45 * MINUTE, 30 * MINUTE]);
  });

  test('without steps has none due', () => {
    expect(startEscalation({ ...policy, steps: [] }, begun, {}, AT).nextAt).toBeUndefined();
  });
});

describe('a step that is taken', () => {
  test('in time leaves the others at their minutes from the beginning', () => {
    const first = takeStep(begun, AT);
    expect([first.next, nextIn(first)]).toEqual([1, 15]);
    const second = takeStep(first, AT + 15 * MINUTE);
    expect([second.next, nextIn(second)]).toEqual([2, 30]);
    expect(takeStep(second, AT + 30 * MINUTE)).toMatchObject({ next: 3, nextAt: undefined });
  });

  test('two seconds late makes no later step later', () => {
    expect(nextIn(takeStep(takeStep(begun, AT + 2_000), AT + 15 * MINUTE + 2_000))).toBe(30);
  });

  test('an hour late makes every step due that should have come meanwhile', () => {
    const back = takeStep(takeStep(begun, AT), AT + 60 * MINUTE);
    expect(nextIn(back)).toBe(30);
  });

  test('early brings the next one as much earlier', () => {
    expect(nextIn(takeStep(takeStep(begun, AT), AT + 2 * MINUTE))).toBe(17);
  });

  test('after the last one changes nothing', () => {
    const done = takeStep(takeStep(takeStep(begun, AT), AT), AT);
    expect(takeStep(done, AT + MINUTE)).toBe(done);
  });
});

describe('after a snooze', () => {
  const nurse = takeStep(begun, AT);

  test('the next step keeps its distance from the one that is repeated now', () => {
    expect(nextIn(resumeEscalation(nurse, AT + 40 * MINUTE))).toBe(55);
  });

  test('a step that lies further away stays where it is', () => {
    expect(nextIn(resumeEscalation(nurse, AT - 5 * MINUTE))).toBe(15);
  });

  test('there is nothing to come where every step was taken', () => {
    const done = takeStep(takeStep(nurse, AT), AT);
    expect(resumeEscalation(done, AT + 40 * MINUTE).nextAt).toBeUndefined();
  });
});

test('an escalation speaks of its own occurrence alone', () => {
  expect(isCurrent(begun, { occurrence: 2 })).toBe(true);
  expect(isCurrent(begun, { occurrence: 3 })).toBe(false);
  expect(isCurrent(undefined, { occurrence: 1 })).toBe(false);
});
