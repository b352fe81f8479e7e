import { expect, test } from 'vitest';
import { PRIORITIES } from '../rules/priorities.ts';
import { RULE_CATALOGUE } from '../rules/rule-catalogue.ts';
import { inhibitorOf, withoutInhibited } from './inhibition.ts';

test('a very low glucose speaks for the low and for the predicted low', () => {
  const veryLow = { ruleId: 'CGM-01', severity: 'critical' } as const;
  expect(inhibitorOf({ ruleId: 'CGM-02', severity: 'critical' }, [veryLow])).toBe('CGM-01');
  expect(inhibitorOf({ ruleId: 'CGM-03', severity: 'warning' }, [veryLow])).toBe('CGM-01');
  expect(withoutInhibited([{ ruleId: 'CGM-02' }, { ruleId: 'CGM-01' }])).toEqual([{ ruleId: 'CGM-01' }]);
});

test('a danger symptom speaks for the pressure that it was reported with', () => {
  const emergency = { ruleId: 'BP-02', severity: 'emergency' } as const;
  expect(inhibitorOf({ ruleId: 'BP-01', severity: 'critical' }, [emergency])).toBe('BP-02');
});

test('a very low glucose that came late, a warning, doesn’t speak for a low that is critical now', () => {
  const late = { ruleId: 'CGM-01', severity: 'warning' } as const;
  const low = { ruleId: 'CGM-02', severity: 'critical' } as const;
  expect(inhibitorOf(low, [late, low])).toBeUndefined();
  expect(inhibitorOf({ ...low, severity: 'warning' }, [late])).toBe('CGM-01');
});

test('a low alone speaks for itself, and nothing silences a very low glucose or a high', () => {
  expect(inhibitorOf({ ruleId: 'CGM-02' }, [{ ruleId: 'CGM-02' }, { ruleId: 'CGM-05' }])).toBeUndefined();
  expect(
    inhibitorOf(
      { ruleId: 'CGM-01' },
      RULE_CATALOGUE.map(({ id }) => ({ ruleId: id })),
    ),
  ).toBeUndefined();
  expect(inhibitorOf({ ruleId: 'CGM-05' }, [{ ruleId: 'CGM-01' }])).toBeUndefined();
});

test('no rule silences one of another condition or direction', () => {
  const known = new Map(RULE_CATALOGUE.map((rule) => [rule.id, rule]));
  for (const { speaks, silences } of PRIORITIES) {
    for (const silenced of silences.flatMap((id) => known.get(id) ?? [])) {
      expect(known.get(speaks)).toMatchObject({ condition: silenced.condition, direction: silenced.direction });
    }
  }
});
