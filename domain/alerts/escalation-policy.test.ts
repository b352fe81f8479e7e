import { describe, expect, test } from 'vitest';
import { CONDITIONS, SEVERITIES } from '../rules/rule.ts';
import { DEFAULT_POLICIES, type EscalationPolicy, PATIENT_ALONE, policyFor } from './escalation-policy.ts';

const low = { severity: 'critical', condition: 'glucose', direction: 'low' } as const;
const told = ({ steps }: EscalationPolicy) =>
  steps.map(({ delayMin, targets }) => `${delayMin} ${targets.map(({ kind, role }) => role ?? kind).join(' ')}`);

describe('without configuration', () => {
  test('an urgent low goes to the patient, a carer and whoever is on call at once, after 15 min to the lead, after 30 to the team', () => {
    const expected = ['0 patient', '0 carer', '0 on_call', '15 lead', '30 team'];
    expect(told(policyFor(low))).toEqual(expected);
    expect(told(policyFor({ ...low, severity: 'emergency' }))).toEqual(expected);
  });

  test('what else is urgent goes to the team alone', () => {
    const high = { ...low, direction: 'high' } as const;
    expect(told(policyFor(high))).toEqual(['0 on_call', '15 lead', '30 team']);
    expect(told(policyFor({ ...low, condition: 'blood_pressure' }))).toEqual(['0 on_call', '15 lead', '30 team']);
  });

  test('what isn’t urgent goes to whoever is on call, and no further', () => {
    expect(told(policyFor({ ...low, severity: 'warning' }))).toEqual(['0 on_call']);
  });

  test('there is a policy for whatever there can be, its first step due at once and none before the one in front of it', () => {
    for (const severity of SEVERITIES)
      for (const condition of CONDITIONS)
        for (const direction of ['low', 'high', 'none'] as const) {
          const delays = policyFor({ severity, condition, direction }).steps.map(({ delayMin }) => delayMin);
          expect(delays[0]).toBe(0);
          expect(delays).toEqual(delays.toSorted((a, b) => a - b));
        }
  });
});

describe('a team’s own policies', () => {
  const own = (name: string, more: Partial<EscalationPolicy> = {}): EscalationPolicy => ({
    name,
    severities: ['critical'],
    steps: [{ delayMin: 0, targets: [{ kind: 'team' }] }],
    ...more,
  });

  test('hold before the defaults, the first that fits before the others', () => {
    const ofTeam = [own('highs', { direction: 'high' }), own('glucose', { condition: 'glucose' }), own('all')];
    expect(policyFor(low, ofTeam).name).toBe('glucose');
    expect(policyFor({ ...low, direction: 'high' }, ofTeam).name).toBe('highs');
    expect(policyFor({ ...low, condition: 'data', direction: 'none' }, ofTeam).name).toBe('all');
  });

  test('leave to the defaults what they don’t speak of', () => {
    expect(policyFor({ ...low, severity: 'emergency' }, [own('all')]).name).toBe('urgent_low');
  });
});

test('what is for the patient alone has no step of the team’s', () => {
  expect(PATIENT_ALONE.steps.flatMap(({ targets }) => targets)).toEqual([{ kind: 'patient' }]);
  expect(DEFAULT_POLICIES).not.toContain(PATIENT_ALONE);
});
